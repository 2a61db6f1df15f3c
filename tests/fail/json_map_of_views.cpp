// A map that only views its keys would view what the parser has freed.
// expect: stentor: from_json needs maps whose keys own their text
#include <map>
#include <string>
#include <string_view>

#include <stentor/serializer/from_json.hpp>

#ifdef TWIN
using key = std::string;
#else
using key = std::string_view;
#endif

int main() { return stentor::from_json<std::map<key, int>>("{}") ? 0 : 1; }
