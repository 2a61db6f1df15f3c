// With b.cpp: two translation units that include the whole library link into one program.

#include <stentor/stentor.hpp>

struct greeting {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (text))

template <>
struct stentor::message_traits<greeting> {
    static constexpr std::string_view topic = "greetings";
};

int use_all_in_b(const stentor::memory_broker& broker);

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::per_topic<>{}};
    if (!p.publish(greeting{"hello"})) {
        return 1;
    }
    if (!stentor::formats::gateway::publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/")) {
        return 2;
    }
    if (const int wrong = use_all_in_b(broker); wrong != 0) {
        return wrong;
    }
    return broker.records("greetings").size() == 2 && broker.records("task-status").size() == 2 ? 0 : 3;
}
