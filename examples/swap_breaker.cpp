// The breaker decides whether a try is made at all. per_topic<> gives every topic a breaker of its own: what is wrong with one
// topic does not stop the others.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct sensor_reading {
    std::string sensor;
    double celsius;
};
BOOST_DESCRIBE_STRUCT(sensor_reading, (), (sensor, celsius))

}  // namespace app

template <>
struct stentor::message_traits<app::sensor_reading> {
    static constexpr std::string_view topic = "readings";
    static std::string_view key(const app::sensor_reading& r) { return r.sensor; }
};

int main() {
    using namespace std::chrono_literals;
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_retry{},
                                       stentor::per_topic<>{{.failures = 2, .successes = 1, .open_for = 10s}}};
    const auto publish_to = [&](std::string_view topic) {
        const auto sent = publisher.publish(app::sensor_reading{"roof", -3.5}, {.topic = topic});
        std::cout << topic << ": " << (sent ? "persisted" : to_string(sent.error().condition())) << ", the circuit is "
                  << publisher.breaker().state(topic) << '\n';
    };

    broker.script({.topic = "readings", .times = 2, .fault = stentor::memory_fault::answer(19)});  // NOT_ENOUGH_REPLICAS
    publish_to("readings");
    publish_to("readings");
    publish_to("readings");  // refused at once, without a try
    publish_to("readings-test");

    broker.advance(10s);
    publish_to("readings");  // the probe
}
