// A pointer is nothing that JSON can carry.
// expect: stentor: JSON cannot carry this type
#include <stentor/serializer/json.hpp>

struct note {
#ifdef TWIN
    int next = 0;
#else
    int* next = nullptr;
#endif
};
BOOST_DESCRIBE_STRUCT(note, (), (next))

int main() {
    stentor::buffer out;
    return stentor::to_json(note{}, out) ? 1 : 0;
}
