#include <stentor/environment.hpp>

#include <algorithm>

#include <catch2/catch_test_macros.hpp>

using stentor::environment;

TEST_CASE("a variable is found by its name") {
    const environment e{{"A", "1"}, {"EMPTY", ""}};
    CHECK(e.find("A") == "1");
    CHECK(e.find("EMPTY") == "");
    CHECK_FALSE(e.find("a"));
    CHECK_FALSE(environment{}.find("A"));
    CHECK(std::distance(e.begin(), e.end()) == 2);
}

TEST_CASE("the process has a PATH") {
    const environment e = environment::of_process();
    const auto path = e.find("PATH");
    REQUIRE(path);
    CHECK(path->find('/') != std::string_view::npos);
    CHECK(std::ranges::none_of(e, [](const auto& v) { return v.name.find('=') != std::string_view::npos; }));
}
