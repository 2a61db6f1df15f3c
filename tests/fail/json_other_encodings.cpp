// Text in another encoding than UTF-8 in char would be written as an array of numbers.
// expect: stentor: JSON text is UTF-8 in char
#include <string>

#include <stentor/serializer/json.hpp>

struct note {
#ifdef TWIN
    std::string text;
#else
    std::u8string text;
#endif
};
BOOST_DESCRIBE_STRUCT(note, (), (text))

int main() {
    stentor::buffer out;
    return stentor::to_json(note{}, out) ? 1 : 0;
}
