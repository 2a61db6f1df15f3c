#include <catch2/catch_test_macros.hpp>

#include <cstdint>

#include <stentor/detail/short_text.hpp>

using stentor::detail::short_text;

TEST_CASE("a short_text holds texts and numbers up to its bound") {
    short_text<32> t;
    CHECK(t.view().empty());
    t.append("n=").append(std::uint64_t{0}).append(" ").append(~std::uint64_t{0});
    CHECK(t.view() == "n=0 18446744073709551615");
    t.clear();
    CHECK(t.view().empty());
    t.append("again");
    CHECK(t.view() == "again");
}

TEST_CASE("what does not fit is cut off, and nothing follows the cut") {
    short_text<5> t;
    t.append("abc").append("defg").append("h");
    CHECK(t.view() == "abcde");
    short_text<5> exact;
    exact.append("abcde").append("");
    CHECK(exact.view() == "abcde");
}

TEST_CASE("a cut never splits a UTF-8 character") {
    short_text<5> t;
    t.append("abc\xe2\x82\xac");
    CHECK(t.view() == "abc");
    t.append("d");
    CHECK(t.view() == "abc");
}
