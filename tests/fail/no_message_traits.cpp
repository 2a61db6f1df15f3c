// A type without message_traits cannot be published.
// expect: stentor: this type has no message_traits. Write: template <> struct stentor::message_traits<T>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(note, (), (n))

#ifdef TWIN
template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
};
#endif

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(note{1}) ? 0 : 1;
}
