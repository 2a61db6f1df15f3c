#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/header_shape.hpp>

using stentor::header;
using stentor::detail::kafka::header_shape;

namespace {
const char* const gateway = "gateway";
const char* const crawler = "crawler";
}  // namespace

TEST_CASE("header_shape: the values of a shape may change, its names, sizes, order and literals may not") {
    header_shape shape;
    const std::vector<header> learned{{"traceparent", "one"}, {"source", gateway, true}, {"none", {}}};
    CHECK(shape.number() == 0);
    const std::uint64_t number = shape.learn(learned);
    CHECK(number != 0);
    CHECK(shape.number() == number);
    CHECK(shape.fits({{"traceparent", "two"}, {"source", gateway, true}, {"none", {}}}));
    const std::vector<std::vector<header>> others{
        {},
        {{"traceparent", "one"}, {"source", gateway, true}},
        {{"traceparent", "one"}, {"source", gateway, true}, {"none", {}}, {"more", ""}},
        {{"traceparent", "three"}, {"source", gateway, true}, {"none", {}}},
        {{"traceparenT", "one"}, {"source", gateway, true}, {"none", {}}},
        {{"traceparent", "one"}, {"source", crawler, true}, {"none", {}}},
        {{"traceparent", "one"}, {"source", gateway}, {"none", {}}},
        {{"traceparent", "one", true}, {"source", gateway, true}, {"none", {}}},
        {{"traceparent", "one"}, {"source", gateway, true}, {"none", ""}},  // an empty value is not a null one
        {{"source", gateway, true}, {"traceparent", "one"}, {"none", {}}},
    };
    for (std::size_t i = 0; i < others.size(); ++i) {
        CAPTURE(i);
        CHECK_FALSE(shape.fits(others[i]));
    }
}

TEST_CASE("header_shape: it keeps its number while it is the same, and no two shapes ever have the same") {
    header_shape one;
    header_shape other;
    const std::uint64_t first = one.learn({{"n", "a"}});
    CHECK(one.learn({{"n", "b"}}) == first);
    const std::uint64_t second = one.learn({{"m", "a"}});
    CHECK(second != first);
    CHECK_FALSE(one.fits({{"n", "a"}}));
    CHECK(one.learn({{"n", "a"}}) != first);  // a list that was made for the first one is not known any more
    CHECK(other.learn({{"n", "a"}}) != one.number());
}

TEST_CASE("header_shape: the names are its own copies") {
    header_shape shape;
    std::string name = "name-1";
    REQUIRE(shape.learn({{name, "v"}}) != 0);
    name = "name-2";
    CHECK(shape.fits({{"name-1", "v"}}));
    CHECK_FALSE(shape.fits({{name, "v"}}));
}

TEST_CASE("header_shape: what is too large to remember has no number, and harms nothing that is known") {
    header_shape shape;
    const std::uint64_t known = shape.learn({{"n", "v"}});
    const std::string long_name(25, 'n');
    CHECK(shape.learn({{long_name, "v"}}) == 0);
    CHECK(shape.learn({{"n", "v"}, {long_name, gateway, true}}) != 0);  // a literal's name is not copied
    CHECK(shape.learn({{"n", "v"}}) != known);
    const std::vector<header> many(9, header{"n", "v"});
    CHECK(shape.learn(many) == 0);
    CHECK(shape.learn(std::vector<header>(13, header{"n", gateway, true})) == 0);
    CHECK(shape.fits({{"n", "v"}}));
}

TEST_CASE("header_shape: of a number a thread knows the headers, whatever it has looked for in between") {
    const std::vector<header> one{{"traceparent", "a"}, {"type", gateway, true}};
    const std::vector<header> other{{"traceparent", "a"}, {"type", crawler, true}};
    const std::uint64_t number = header_shape::place_for(one).learn(one);
    for (int i = 0; i < 3; ++i) {
        CHECK(header_shape::is(number, {{"traceparent", "b"}, {"type", gateway, true}}));
        CHECK_FALSE(header_shape::is(number, other));
        CHECK_FALSE(header_shape::is(number, {{"traceparent", "bc"}, {"type", gateway, true}}));
        CHECK_FALSE(header_shape::is(number + 1, one));
    }
    bool known_elsewhere = true;
    std::thread([&] { known_elsewhere = header_shape::is(number, one); }).join();
    CHECK_FALSE(known_elsewhere);
}

TEST_CASE("header_shape: names of any length are compared to their last byte") {
    for (std::size_t n = 1; n <= 24; ++n) {
        CAPTURE(n);
        header_shape shape;
        const std::string name(n, 'n');
        REQUIRE(shape.learn({{name, "v"}}) != 0);
        CHECK(shape.fits({{name, "w"}}));
        for (std::size_t at = 0; at < n; ++at) {
            std::string other = name;
            other[at] = 'm';
            CHECK_FALSE(shape.fits({{other, "v"}}));
        }
    }
}

TEST_CASE("header_shape: a thread that sends several types in turn, and two threads, do not take each other's shapes") {
    static const std::array<const char*, 3> types{"task-new", "task-old", "heartbeat"};
    const auto turn = [](std::array<std::uint64_t, 3>& last) {
        for (int round = 0; round < 100; ++round) {
            for (std::size_t t = 0; t < types.size(); ++t) {
                const std::vector<header> headers{{"traceparent", round % 2 == 0 ? "a" : "b"}, {"type", types[t], true}};
                header_shape& shape = header_shape::place_for(headers);
                const bool fits = shape.number() != 0 && shape.fits(headers);
                const std::uint64_t before = shape.number();
                last[t] = shape.learn(headers);
                if (last[t] == 0 || !shape.fits(headers) || fits != (last[t] == before)) {
                    last[t] = 0;
                    return;
                }
            }
        }
    };
    std::array<std::uint64_t, 3> here{};
    std::array<std::uint64_t, 3> there{};
    std::thread second([&] { turn(there); });
    turn(here);
    second.join();
    for (std::size_t t = 0; t < types.size(); ++t) {
        CHECK(here[t] != 0);
        CHECK(there[t] != 0);
        for (const std::uint64_t other : there) {
            CHECK(here[t] != other);
        }
    }
}
