// A publisher from the environment, which is checked whole: KAFKA_BROKERS=localhost:9092 ./from_environment

#include <iostream>

#include <stentor/settings.hpp>
#include <stentor/stentor.hpp>

namespace app {

struct greeting {
    std::string to;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to, text))

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";  // GREETINGS_TOPIC may say another
    static std::string_view key(const app::greeting& g) { return g.to; }
};

int main() {
    stentor::settings defaults;
    defaults.client.client_id = "from_environment";
    defaults.topic_variables = {{"GREETINGS_TOPIC", "greetings"}};
    const stentor::settings_report read = stentor::settings::examine(stentor::environment::of_process(), defaults);
    for (const stentor::problem& p : read.problems) {
        std::cout << "wrong: " << p.key << ": " << p.rule << '\n';
    }
    for (const std::string& note : read.value.notes) {
        std::cout << "note: " << note << '\n';
    }
    for (const stentor::ignored_variable& v : read.value.ignored) {
        std::cout << "not read: " << v.name << (v.meant.empty() ? "" : "; did you mean " + v.meant + "?") << '\n';
    }
    if (!read.problems.empty()) {
        return 1;
    }
    const stentor::settings& s = read.value;
    stentor::publisher publisher{stentor::kafka_transport{s.client}, s.retry, stentor::failure_breaker{s.breaker}, s.publisher};
    const auto r = publisher.publish(app::greeting{.to = "Ann", .text = "hello"});
    if (!r) {
        std::cout << r.error().message() << '\n';
        return r.error() == stentor::errc::disabled ? 0 : 1;
    }
    std::cout << "sent to " << *r << '\n';
}
