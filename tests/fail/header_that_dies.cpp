// An array member of the message is no literal: it would not be copied.
// expect: not a constant expression
// errors: 3: g++ 16 says it of the call, of the function around it, and with the reason
// lines: 28: the words are the compiler's own, and clang shows the way to the call
#include <string>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct note {
    char code[8];
};
BOOST_DESCRIBE_STRUCT(note, (), (code))

template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
    static void headers(const note& n, auto&& add) {
        add("source", "here");
#ifdef TWIN
        add("code", std::string_view(n.code));
#else
        add("code", n.code);
#endif
    }
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(note{"a"}) ? 0 : 1;
}
