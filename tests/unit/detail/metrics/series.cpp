#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/metrics/series.hpp>

using namespace stentor::detail::metrics;

TEST_CASE("name_table: what was added is found, by all parts of its name, as long as there is room") {
    name_table<int> t;
    const std::array<std::string_view, 2> ab{"a", "b"};
    const std::array<std::string_view, 2> ba{"b", "a"};
    CHECK(t.find(ab) == nullptr);
    int* const one = t.add(ab, 2, 1);
    REQUIRE(one != nullptr);
    CHECK(*one == 1);
    CHECK(t.add(ab, 2, 5) == one);
    CHECK(*one == 1);
    CHECK(t.find(ba) == nullptr);
    CHECK_FALSE(t.full(2));
    CHECK(t.add(ba, 2, 2) != nullptr);
    CHECK(t.full(2));
    const std::array<std::string_view, 2> cc{"c", "c"};
    CHECK(t.add(cc, 2, 3) == nullptr);
    CHECK(*t.find(ab) == 1);
    CHECK(*t.find(ba) == 2);
}

TEST_CASE("name_table: many names, more than it has buckets, and each is seen once") {
    name_table<std::size_t> t;
    for (std::size_t i = 0; i < 500; ++i) {
        const std::string name = "name-" + std::to_string(i);
        const std::string_view view = name;
        REQUIRE(t.add(label_values(&view, 1), 1000, i) != nullptr);
    }
    std::set<std::size_t> seen;
    t.each([&](const std::vector<std::string>& names, std::size_t i) {
        CHECK(names[0] == "name-" + std::to_string(i));
        seen.insert(i);
    });
    CHECK(seen.size() == 500);
}

TEST_CASE("known_values: as many as may be, and always those, and the name of the rest") {
    known_values k;
    CHECK(k.admit("a", 2));
    CHECK(k.admit("b", 2));
    CHECK_FALSE(k.admit("c", 2));
    CHECK(k.admit("a", 2));
    CHECK(k.admit("_other", 2));
    CHECK_FALSE(k.admit("", 2));
}
