// JSON needs to know the members.
// expect: Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), (members))
#include <stentor/serializer/json.hpp>

struct note {
    int n = 0;
};
#ifdef TWIN
BOOST_DESCRIBE_STRUCT(note, (), (n))
#endif

int main() {
    stentor::buffer out;
    return stentor::to_json(note{1}, out) ? 1 : 0;
}
