// A member of message_traits that cannot be called would be passed over without a word.
// expect KEY_IS_INT: stentor: message_traits<T>::key is none: it must be static, take a const T& and return
// expect KEY_OF_OTHER: stentor: message_traits<T>::key is none: it must be static, take a const T& and return
// expect KEY_DIES: stentor: message_traits<T>::key must return a std::string_view into the message
// expect HEADERS: stentor: message_traits<T>::headers cannot be called
// expect VALIDATE: stentor: message_traits<T>::validate cannot be called, or returns something else
#include <string>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(note, (), (id))

template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
#if defined(KEY_IS_INT)
    static int key(const note&) { return 1; }
#elif defined(KEY_OF_OTHER)
    static std::string_view key(note& n) { return n.id; }
#elif defined(KEY_DIES)
    static std::string key(const note& n) { return "note-" + n.id; }
#else
    static std::string_view key(const note& n) { return n.id; }
#endif
#ifdef HEADERS
    static void headers(auto&& add) { add("source", "here"); }
#else
    static void headers(const note&, auto&& add) { add("source", "here"); }
#endif
#ifdef VALIDATE
    static bool validate(const note& n) { return !n.id.empty(); }
#else
    static stentor::fault validate(const note&) { return {}; }
#endif
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(note{"a"}) ? 0 : 1;
}
