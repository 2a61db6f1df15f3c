// A handler takes a result.
// expect: stentor: the handler must be callable as handler(stentor::result<stentor::receipt>)
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    int n = 0;
};
BOOST_DESCRIBE_STRUCT(note, (), (n))
template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
#ifdef TWIN
    return p.async_publish(note{1}, [](stentor::result<stentor::receipt>) {}) ? 0 : 1;
#else
    return p.async_publish(note{1}, [](int) {}) ? 0 : 1;
#endif
}
