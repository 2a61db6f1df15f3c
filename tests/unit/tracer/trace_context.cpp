#include <catch2/catch_test_macros.hpp>

#include <array>
#include <set>
#include <string>
#include <string_view>

#include <stentor/tracer/trace_context.hpp>

using namespace stentor;

namespace {

const std::string good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string fresh(std::uint64_t random) {
    std::array<char, traceparent_size> text{};
    new_traceparent(random, text);
    return {text.data(), text.size()};
}

std::string again(std::string_view text) {
    const auto parsed = parse_traceparent(text);
    if (!parsed) {
        return "bad";
    }
    std::array<char, traceparent_size> out{};
    write_traceparent(*parsed, out);
    return {out.data(), out.size()};
}

std::string forwarded(std::string_view given) {
    std::array<char, tracestate_limit> room{};
    return std::string(forwardable_tracestate(given, room));
}

std::string repeat(std::string_view text, std::size_t n) {
    std::string all;
    for (std::size_t i = 0; i < n; ++i) {
        all += text;
    }
    return all;
}

}  // namespace

TEST_CASE("a valid traceparent is taken apart, and written the same") {
    const auto parsed = parse_traceparent(good);
    REQUIRE(parsed);
    CHECK(parsed->trace_id == "0af7651916cd43dd8448eb211c80319c");
    CHECK(parsed->parent_id == "b7ad6b7169203331");
    CHECK(parsed->flags == 1);
    CHECK(parsed->sampled());
    CHECK(again(good) == good);
}

TEST_CASE("a traceparent that breaks a rule is refused") {
    const auto with = [](std::size_t at, std::string_view text) { return std::string(good).replace(at, text.size(), text); };
    const std::string zeros(32, '0');
    for (const std::string& bad : {
             std::string{},
             std::string("00"),
             good.substr(0, 54),
             good + "0",
             good + "-00",
             " " + good,
             good + " ",
             good + "\n",
             with(0, "ff"),
             with(0, "FF"),
             with(0, "0g"),
             with(0, "-0"),
             with(2, "_"),
             with(35, "_"),
             with(52, "_"),
             with(3, zeros),
             with(36, zeros.substr(16)),
             with(3, "A"),
             with(34, "C"),
             with(36, "B"),
             with(51, "G"),
             with(3, "g"),
             with(3, "/"),
             with(3, ":"),
             with(3, "`"),
             with(10, " "),
             with(20, std::string(1, '\0')),
             with(20, "\x80"),
             with(40, "\xe1"),
             with(40, "\xb0"),
             with(53, "0A"),
             with(53, "x1"),
             with(53, "1x"),
             with(53, " 1"),
             with(0, "0 "),
             std::string("00-0af7651916cd43dd8448eb211c8031-9cb7ad6b7169203331-01"),
             std::string("00-0af7651916cd43dd8448eb211c80319cb7-ad6b7169203331-01"),
             with(2, "-") + std::string("x"),
             std::string(55, '0'),
             std::string(55, '-'),
             std::string("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01x"),
             std::string("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0"),
         }) {
        INFO('"' << bad << '"');
        CHECK_FALSE(parse_traceparent(bad));
    }
}

TEST_CASE("every byte that is no lower-case digit is refused, at every place of both ids") {
    for (int c = 0; c < 256; ++c) {
        const char as_char = static_cast<char>(c);
        const bool is_digit = (as_char >= '0' && as_char <= '9') || (as_char >= 'a' && as_char <= 'f');
        for (const std::size_t place : {3U, 10U, 18U, 34U, 36U, 43U, 44U, 51U}) {
            std::string text = good;
            text[place] = as_char;
            REQUIRE(parse_traceparent(text).has_value() == is_digit);
        }
    }
}

TEST_CASE("of a higher version the first 55 characters count, and it is written as 00") {
    CHECK(again("01" + good.substr(2)) == good);
    CHECK(again("fe" + good.substr(2) + "-what-the-future-brings") == good);
    CHECK(again("cc" + good.substr(2, 50) + "-ff") == good);
}

TEST_CASE("flags that are not known are zeroed") {
    CHECK(again(good.substr(0, 53) + "ff") == good.substr(0, 53) + "03");
    CHECK(again(good.substr(0, 53) + "00") == good.substr(0, 53) + "00");
    CHECK(again(good.substr(0, 53) + "02") == good.substr(0, 53) + "02");
    CHECK(again("01" + good.substr(2, 51) + "fe") == good.substr(0, 53) + "00");
}

TEST_CASE("a new traceparent is valid, sampled, and the same for the same number") {
    std::set<std::string> trace_ids;
    for (std::uint64_t i = 0; i < 2000; ++i) {
        const std::string text = fresh(i);
        const auto parsed = parse_traceparent(text);
        REQUIRE(parsed);
        REQUIRE(parsed->flags == 1);
        REQUIRE(again(text) == text);
        trace_ids.emplace(parsed->trace_id);
    }
    CHECK(trace_ids.size() == 2000);
    CHECK(fresh(42) == fresh(42));
    CHECK(fresh(42) == "00-bdd732262feb6e9528efe333b266f103-47526757130f9f52-01");
}

TEST_CASE("a valid tracestate is forwarded as it is") {
    for (const std::string& text : {
             std::string("rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"),
             std::string("a=1"),
             std::string("a=1 ,\tb=2"),
             std::string("a=1,,b=2"),
             std::string("fw529a3039@dt=FfAAAA"),
             std::string("0a=1"),
             std::string("a_-*/@z=!~ <>x"),
             std::string("a=1,"),
             std::string("a=") + std::string(256, 'v'),
             std::string(256, 'k') + "=1",
             repeat("a=1,", 31) + "a=1",
         }) {
        INFO(text);
        CHECK(forwarded(text) == text);
    }
}

TEST_CASE("an empty tracestate, and one that breaks a rule, is not sent") {
    for (const std::string& text : {
             std::string{},
             std::string(" "),
             std::string(",, ,"),
             std::string("a"),
             std::string("=1"),
             std::string("a="),
             std::string("A=1"),
             std::string("a =1"),
             std::string("a=1=2"),
             std::string("a=\x7f"),
             std::string("a=\xc3\xa9"),
             std::string("a=1\r\nx: y"),
             std::string("@a=1"),
             std::string("_a=1"),
             std::string("a.b=1"),
             std::string("a=1,b"),
             std::string("a=") + std::string(257, 'v'),
             std::string(257, 'k') + "=1",
             repeat("a=1,", 32) + "a=1",
         }) {
        INFO(text);
        CHECK(forwarded(text).empty());
    }
}

TEST_CASE("of a long tracestate whole members go, those over 128 characters first, the last ones first") {
    const std::string small = "s=" + std::string(98, '1');                               // 100 characters
    const std::string big = "b=" + std::string(148, '2');                                // 150
    const std::string list = small + "," + big + "," + small + "," + big + "," + small;  // 604
    CHECK(forwarded(list) == small + "," + big + "," + small + "," + small);
    const std::string many = repeat(small + ",", 5) + small;  // 605
    CHECK(forwarded(many) == repeat(small + ",", 4) + small);
    const std::string exact = repeat(small + ",", 4) + "x=" + std::string(106, '3');
    REQUIRE(exact.size() == tracestate_limit);
    CHECK(forwarded(exact) == exact);
    CHECK(forwarded(exact + "3") == repeat(small + ",", 3) + small);
    CHECK(forwarded(exact + std::string(40, ' ')) == exact);
}
