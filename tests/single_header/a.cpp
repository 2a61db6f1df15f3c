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

int publish_from_b(const stentor::memory_broker& broker);

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    const auto r = p.publish(greeting{"hello"});
    return r && publish_from_b(broker) == 0 && broker.records("greetings").size() == 2 ? 0 : 1;
}
