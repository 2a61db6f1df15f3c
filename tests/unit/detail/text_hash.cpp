#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <set>
#include <string>

#include <stentor/detail/text_hash.hpp>

using stentor::detail::text_hash;

TEST_CASE("text_hash: equal texts, wherever they are, have the same; each byte and the length count") {
    const std::string a = "a name of several words";
    const std::string b = a;
    CHECK(text_hash(a) == text_hash(b));
    std::set<std::uint32_t> seen{text_hash("")};
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::string changed = a;
        changed[i] = '#';
        seen.insert(text_hash(changed));
        seen.insert(text_hash(a.substr(0, i + 1)));
    }
    CHECK(seen.size() == 2 * a.size() + 1);
}
