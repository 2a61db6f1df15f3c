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

TEST_CASE("what does not fit is cut off behind a whole word, and nothing follows the ellipsis") {
    short_text<20> t;
    t.append("Connect to ").append("localhost failed").append("!");
    CHECK(t.view() == "Connect to\u2026");
    short_text<20> at_a_space;
    at_a_space.append("Connection refused by that host");
    CHECK(at_a_space.view() == "Connection\u2026");
    short_text<5> exact;
    exact.append("abcde").append("");
    CHECK(exact.view() == "abcde");
    exact.append("f");
    CHECK(exact.view() == "ab\u2026");
}

TEST_CASE("a word that is too long for that is split, but never inside a UTF-8 character") {
    short_text<8> t;
    t.append("abc\xe2\x82\xac\xe2\x82\xac");
    CHECK(t.view() == "abc\u2026");
    t.append("d");
    CHECK(t.view() == "abc\u2026");
    short_text<100> one_word;
    one_word.append("a ").append(
        "0123456789012345678901234567890123456789012345678901234567890123456789"
        "0123456789012345678901234567890123456789");
    CHECK(one_word.view().size() == 100);
    CHECK(one_word.view().ends_with("\u2026"));
}
