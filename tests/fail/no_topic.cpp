// message_traits must name a topic.
// expect: stentor: message_traits<T> lacks a topic
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(note, (), (n))

template <>
struct stentor::message_traits<note> {
#ifdef TWIN
    static constexpr std::string_view topic = "notes";
#endif
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(note{1}) ? 0 : 1;
}
