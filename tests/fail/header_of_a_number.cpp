// A header's value is text.
// expect: stentor: a header's name and value are text. Write a number as one: add("count", std::to_string(n))
// lines: 28: clang shows the way from the publish to the headers
#include <string>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

struct page {
    int number = 1;
};
BOOST_DESCRIBE_STRUCT(page, (), (number))

template <>
struct stentor::message_traits<page> {
    static constexpr std::string_view topic = "pages";
    static void headers(const page& p, auto&& add) {
#ifdef TWIN
        add("number", std::to_string(p.number));
#else
        add("number", p.number);
#endif
    }
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(page{}) ? 0 : 1;
}
