#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <stentor/record.hpp>

using namespace stentor;

namespace {
std::size_t size_of(header_view headers) { return headers.size(); }
std::string_view first_b(header_view headers) { return headers.find("b"); }
}  // namespace

TEST_CASE("a header_view is made of a braced list, an array or a vector") {
    CHECK(size_of({{"a", "1"}, {"b", "2"}, {"b", "3"}}) == 3);
    CHECK(size_of({}) == 0);
    const std::array<header, 2> array{{{"a", "1"}, {"b", "2"}}};
    const std::vector<header> vector(array.begin(), array.end());
    CHECK(size_of(array) == 2);
    CHECK(size_of(vector) == 2);
    CHECK(header_view(vector)[1].value == "2");
    CHECK(header_view(vector).begin() == vector.data());
    CHECK_FALSE(header_view(vector).empty());
}

TEST_CASE("find answers the first header of that name, and tells an empty value from none") {
    CHECK(first_b({{"a", "1"}, {"b", "2"}, {"b", "3"}}) == "2");
    CHECK(first_b({{"a", "1"}}).data() == nullptr);
    const std::array<header, 1> empty{{{"b", std::string_view{"", 0}}}};
    CHECK(header_view(empty).find("b").data() != nullptr);
    CHECK(header_view(empty).find("b").empty());
}

TEST_CASE("a record has no key, no value and no partition until somebody gives them") {
    const record r;
    CHECK(r.key.data() == nullptr);
    CHECK(r.value.data() == nullptr);
    CHECK(r.partition == -1);
    CHECK(r.time == timestamp{});
    const receipt where;
    CHECK(where.partition == -1);
    CHECK(where.offset == -1);
    CHECK(where.attempts == 1);
}

TEST_CASE("a header_view is made of an array, too") {
    const header list[] = {{"a", "1"}, {"b", "2"}};
    const stentor::header_view view = list;
    REQUIRE(view.size() == 2);
    CHECK(view.find("b") == "2");
}
