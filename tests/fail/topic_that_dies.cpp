// A topic that is made for the call dies before it is used.
// expect: stentor: message_traits<T>::topic must return a std::string_view of bytes that outlive the call
#include <string>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    std::string kind;
};
BOOST_DESCRIBE_STRUCT(note, (), (kind))

template <>
struct stentor::message_traits<note> {
#ifdef TWIN
    static const std::string& topic(const note& n) { return n.kind; }
#else
    static std::string topic(const note& n) { return "notes-" + n.kind; }
#endif
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(note{"a"}) ? 0 : 1;
}
