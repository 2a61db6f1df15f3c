#include <catch2/catch_test_macros.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/metrics/json_walk.hpp>

using stentor::detail::metrics::json_scalar;
using stentor::detail::metrics::json_walk;

namespace {

struct walked {
    bool whole = false;
    std::vector<std::string> seen{};
};

walked walk(std::string_view text) {
    walked w;
    w.whole = json_walk(text).run([&](std::span<const std::string_view> path, const json_scalar& s) {
        std::string line;
        for (const std::string_view name : path) {
            line.append("/").append(name);
        }
        w.seen.push_back(line + "=" + (s.is_number ? std::to_string(s.number) : std::string(s.text)));
    });
    return w;
}

}  // namespace

TEST_CASE("json_walk: numbers and strings with the names that lead to them") {
    const walked w = walk(R"( { "a" : 1 , "b":{"c":-2.5e1,"d":"x\"y","":[3,{"e":4}]},"f":true,"g":null,"h":{},"i":[] } )");
    CHECK(w.whole);
    CHECK(w.seen == std::vector<std::string>{"/a=1.000000", "/b/c=-25.000000", "/b/d=x\\\"y", "/b//=3.000000", "/b///e=4.000000"});
    CHECK(walk("7").seen == std::vector<std::string>{"=7.000000"});
}

TEST_CASE("json_walk: what is cut off or no JSON is told, wherever it ends") {
    const std::string whole = R"({"a":[1,"x",{"b":true}],"c":null})";
    CHECK(walk(whole).whole);
    for (std::size_t n = 0; n < whole.size(); ++n) {
        INFO(n);
        CHECK_FALSE(walk(whole.substr(0, n)).whole);
    }
    for (const std::string_view wrong : {"{a:1}", "{\"a\" 1}", "[1 2]", "{\"a\":}", "tru", "-", "{} {}", "\"\\\"", "inf", "-inf",
                                         "[-infinity]", "+1", ".5", "--1"}) {
        INFO(wrong);
        CHECK_FALSE(walk(wrong).whole);
    }
}

TEST_CASE("json_walk: a number beyond double is passed over") {
    const walked w = walk(R"([1e999,-1e999,2])");
    CHECK(w.whole);
    CHECK(w.seen == std::vector<std::string>{"/=2.000000"});
}

TEST_CASE("json_walk: what is nested too deep is not followed") {
    CHECK(walk(std::string(16, '[') + std::string(16, ']')).whole);
    CHECK_FALSE(walk(std::string(17, '[') + std::string(17, ']')).whole);
    CHECK_FALSE(walk(std::string(100'000, '[')).whole);
}
