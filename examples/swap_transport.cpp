// The transport is the outside world. Code that takes any publisher runs on Kafka (swap_transport host:port) and, without an
// argument, in memory.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct heartbeat {
    std::string service;
    std::int64_t number;
};
BOOST_DESCRIBE_STRUCT(heartbeat, (), (service, number))

}  // namespace app

template <>
struct stentor::message_traits<app::heartbeat> {
    static constexpr std::string_view topic = "heartbeats";
    static std::string_view key(const app::heartbeat& h) { return h.service; }
};

namespace {

template <class Publisher>
int beat_three_times(Publisher publisher) {
    for (std::int64_t number = 1; number <= 3; ++number) {
        const auto sent = publisher.publish(app::heartbeat{"billing", number});
        if (!sent) {
            std::cerr << sent.error() << '\n';
            return 1;
        }
        std::cout << *sent << '\n';
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc > 1) {
        return beat_three_times(stentor::basic_publisher{stentor::kafka_transport{stentor::kafka_config{.brokers = argv[1]}}});
    }
    const stentor::memory_broker broker;
    return beat_three_times(stentor::basic_publisher{stentor::memory_transport{broker}});
}
