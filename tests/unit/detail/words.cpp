#include <stentor/detail/words.hpp>

#include <new>
#include <stdexcept>
#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace stentor::detail;

TEST_CASE("words are put together") {
    CHECK(words("one").append("!") == "one!");
    CHECK(words("one", ", two") == "one, two");
    std::string text = "one";
    add_words(text, ", two");
    CHECK(text == "one, two");
    CHECK(words_of([] { return std::to_string(3) + " of them"; }) == "3 of them");
}

TEST_CASE("words that cannot be put together are none") {
    CHECK(words_of([]() -> std::string { throw std::bad_alloc(); }).empty());
    CHECK(words_of([]() -> std::string { throw std::runtime_error("a breaker's own"); }).empty());
}
