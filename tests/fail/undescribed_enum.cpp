// JSON writes enums by name.
// expect: Describe it: BOOST_DESCRIBE_ENUM(T, enumerators
#include <stentor/serializer/json.hpp>

enum class color {
    red,
    green
};
#ifdef TWIN
BOOST_DESCRIBE_ENUM(color, red, green)
#endif

int main() {
    stentor::buffer out;
    return stentor::to_json(color::red, out) ? 1 : 0;
}
