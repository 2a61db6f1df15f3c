// What JSON cannot carry is found from the publish call, however deep it lies, and named with the struct that holds it.
// expect UNDESCRIBED: stentor: JSON does not know this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), (members))
// expect UNDESCRIBED: verdict_on_content<place, note>
// expect ENUMERATION: stentor: JSON writes enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators
// expect POINTER: stentor: JSON cannot carry this type
// expect WHOLE: stentor: JSON does not know this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), (members))
#include <optional>
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

enum class color {
    red,
    green
};
struct place {
    double latitude = 0;
};
#ifndef ENUMERATION
BOOST_DESCRIBE_ENUM(color, red, green)
#endif
#ifndef UNDESCRIBED
BOOST_DESCRIBE_STRUCT(place, (), (latitude))
#endif

struct note {
    std::vector<std::optional<place>> places;
    color ink = color::red;
#ifdef POINTER
    int* next = nullptr;
#else
    int next = 0;
#endif
};
struct letter {
    std::vector<note> pages;
};
#ifndef WHOLE
BOOST_DESCRIBE_STRUCT(note, (), (places, ink, next))
BOOST_DESCRIBE_STRUCT(letter, (), (pages))
#endif

template <>
struct stentor::message_traits<letter> {
    static constexpr std::string_view topic = "letters";
};

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    return p.publish(letter{}) ? 0 : 1;
}
