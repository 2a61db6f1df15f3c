#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/answer.hpp>

using stentor::path_of;
using stentor::query_of;

TEST_CASE("the path of a target: without query, fragment, scheme and host, and not decoded") {
    CHECK(path_of("/") == "/");
    CHECK(path_of("/a/b") == "/a/b");
    CHECK(path_of("/a?b/c") == "/a");
    CHECK(path_of("/a#b?c") == "/a");
    CHECK(path_of("/a%2fb") == "/a%2fb");
    CHECK(path_of("http://host/a?b") == "/a");
    CHECK(path_of("https://host:1/a") == "/a");
    CHECK(path_of("http://host") == "/");
    CHECK(path_of("http://host?a/b") == "/");
    CHECK(path_of("//a/b") == "//a/b");
}

TEST_CASE("what has no path has an empty one") {
    for (const std::string_view none : {"", "*", "a/b", "?a", "#", "http://", "http:///a", "http:/a", "host:443", "ftp://host/a"}) {
        CHECK(path_of(none).empty());
    }
}

TEST_CASE("the query of a target") {
    CHECK(query_of("/a").empty());
    CHECK(query_of("/a?").empty());
    CHECK(query_of("/a?b=c&d") == "b=c&d");
    CHECK(query_of("/a?b?c") == "b?c");
    CHECK(query_of("/a?b#c?d") == "b");
    CHECK(query_of("/a#b?c").empty());
}
