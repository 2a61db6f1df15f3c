#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <catch2/catch_test_macros.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_from.hpp>

#include <stentor/serializer/json.hpp>

#include "types.hpp"

using stentor::errc;
using stentor::naming;
using stentor::optionals;

namespace {

template <naming Naming = naming::as_written, optionals Optionals = optionals::omitted, class T>
std::string json(const T& value) {
    stentor::buffer out;
    const stentor::fault f = stentor::to_json<Naming, Optionals>(value, out);
    return f ? "error " + std::string(f.text()) : std::string(out.view());
}

// Deterministic bits: a test that fails must fail again.
struct bits {
    std::uint64_t state;
    std::uint64_t operator()() {
        state += 0x9e3779b97f4a7c15ULL;
        std::uint64_t z = state;
        z = (z ^ z >> 30U) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ z >> 27U) * 0x94d049bb133111ebULL;
        return z ^ z >> 31U;
    }
};

std::string random_text(bits& next, std::size_t most) {
    static constexpr std::string_view pieces[] = {
        "a",          "Z",    "0",    " ",    "\"", "\\", "/", "\n", "\t",           "\b", "\f",
        "\r",         "\x01", "\x1f", "\x7f", "é",  "ß",  "€", "你", "\xef\xbf\xbf", "😀", "\xf4\x8f\xbf\xbf",
        "plain words"};
    std::string text;
    const std::size_t count = next() % (most + 1);
    for (std::size_t i = 0; i < count; ++i) {
        text += next() % 3 == 0 ? pieces[next() % std::size(pieces)] : "x";
    }
    return text;
}

}  // namespace

TEST_CASE("a described message is written to the byte, names by trait") {
    const shapes::task t{"42",
                         "ann@example.com",
                         "find \"cats\"",
                         "https://example.com/a?b=c",
                         stentor::timestamp{stentor::milliseconds(0)},
                         shapes::status::new_};
    stentor::buffer out;
    REQUIRE_FALSE(stentor::json_serializer{}.serialize(t, out));
    CHECK(out.view() ==
          R"({"taskId":"42","userEmail":"ann@example.com","query":"find \"cats\"","originalUrl":"https://example.com/a?b=c",)"
          R"("timestamp":"1970-01-01T00:00:00.000Z","status":"new"})");
}

TEST_CASE("every kind of member has its JSON") {
    shapes::everything e;
    e.id = -7;
    e.path = {{1, 0.5}, {}};
    e.by_name = {{"a", {1, 2}}, {"b", {}}};
    e.one_of = "text";
    e.both = {"k", true};
    e.bits = {true, false};
    CHECK(json(e) == R"({"id":-7,"text":"","yes":false,"small":0,"large":0,"path":[{"x":1,"y":0.5},{"x":0,"y":0}],"three":[0,0,0],)"
                     R"("by_name":{"a":[1,2],"b":[]},"one_of":"text","both":["k",true],"bits":[true,false]})");
    e.one_of = std::int64_t{5};
    e.maybe = "here";
    CHECK(json(e).find(R"("maybe":"here")") != std::string::npos);
    CHECK(json(e).find(R"("one_of":5)") != std::string::npos);
    e.maybe.reset();
    e.one_of = std::monostate{};
    const std::string with_null = json<naming::as_written, optionals::as_null>(e);
    CHECK(with_null.find(R"("maybe":null)") != std::string::npos);
    CHECK(with_null.find(R"("one_of":null)") != std::string::npos);
}

TEST_CASE("the smallest and the largest integers are written to the digit") {
    CHECK(json(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
    CHECK(json(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(json(std::numeric_limits<std::int8_t>::min()) == "-128");
    CHECK(json(std::uint8_t{255}) == "255");
    CHECK(json(std::numeric_limits<std::int32_t>::min()) == "-2147483648");
}

TEST_CASE("floating point is the shortest that reads back, laid out as JavaScript does") {
    const std::pair<double, const char*> known[] = {{0, "0"},
                                                    {-0.0, "-0"},
                                                    {1, "1"},
                                                    {-1.5, "-1.5"},
                                                    {0.1, "0.1"},
                                                    {100000, "100000"},
                                                    {123456789012345680000.0, "123456789012345680000"},
                                                    {1e21, "1e+21"},
                                                    {1.5e300, "1.5e+300"},
                                                    {0.000001, "0.000001"},
                                                    {1e-7, "1e-7"},
                                                    {1.25e-9, "1.25e-9"},
                                                    {5e-324, "5e-324"},
                                                    {1.7976931348623157e308, "1.7976931348623157e+308"}};
    for (const auto& [value, text] : known) {
        CHECK(json(value) == text);
    }
    CHECK(json(0.1F) == "0.1");
    bits next{7};
    for (int i = 0; i < 20'000; ++i) {
        const std::uint64_t raw = next();
        double value = 0;
        std::memcpy(&value, &raw, sizeof value);
        if (std::isfinite(value)) {
            const std::string text = json(value);
            CHECK(std::strtod(text.c_str(), nullptr) == value);
        }
    }
}

TEST_CASE("not a number and the infinities are errors that name the member") {
    CHECK(json(shapes::point{std::nan(""), 1}) == "error /x: is not a finite number");
    shapes::everything e;
    e.path = {{0, 0}, {1, std::numeric_limits<double>::infinity()}};
    CHECK(json(e) == "error /path/1/y: is not a finite number");
}

TEST_CASE("invalid UTF-8 is an error wherever it is, and the buffer is as it was") {
    const std::string bad[] = {
        "\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
        "\xf5", "\xff",     "\xc3",     "\xe2\x82",     "\xf0\x9f\x98"};
    for (const std::string& wrong : bad) {
        for (std::size_t at = 0; at < 40; ++at) {
            const std::string text = std::string(at, 'a') + wrong + std::string(at % 7, 'b');
            CHECK(json(text) == "error : invalid UTF-8 at byte " + std::to_string(at));
        }
    }
    stentor::buffer out;
    out.append("before");
    CHECK(stentor::to_json(shapes::base{1}, out).code == errc::none);
    const std::string good(out.view());
    shapes::everything e;
    e.by_name = {{"a/b~c\xff", {1}}};
    CHECK(stentor::to_json(e, out).code == errc::serialization);
    CHECK(out.view() == good);
}

TEST_CASE("pointers escape what JSON pointers must") {
    std::map<std::string, double> m{{"a/b~c", std::nan("")}};
    CHECK(json(m) == "error /a~1b~0c: is not a finite number");
}

TEST_CASE("strings of every length, and sequences over the seams of long ones") {
    for (const std::size_t length : {15U, 16U, 17U, 31U, 32U, 33U, 8190U, 8191U, 8192U, 8193U, 20'000U}) {
        for (const std::string_view piece : {"é", "€", "😀", "\"", "\n"}) {
            std::string text(length, 'x');
            text += piece;
            text += std::string(20, 'y');
            CHECK(json(text) == boost::json::serialize(boost::json::value(text)));
        }
    }
}

TEST_CASE("it is what Boost.JSON writes, byte for byte, for thousands of random values") {
    bits next{2026};
    for (int i = 0; i < 5000; ++i) {
        shapes::common c;
        c.text = random_text(next, 60);
        c.yes = next() % 2 == 0;
        c.big = static_cast<std::int64_t>(next() >> next() % 64);
        c.large = next() >> next() % 64;
        c.tiny = static_cast<std::int8_t>(next());
        c.medium = static_cast<std::uint16_t>(next());
        for (std::size_t n = next() % 4; n != 0; --n) {
            c.words.push_back(random_text(next, 20));
        }
        for (std::size_t n = next() % 3; n != 0; --n) {
            c.counts[random_text(next, 8)] = static_cast<std::int32_t>(next());
        }
        c.two = {static_cast<std::uint8_t>(next()), static_cast<std::uint8_t>(next())};
        REQUIRE(json(c) == boost::json::serialize(boost::json::value_from(c)));
    }
}

TEST_CASE("an enum value without a name, and a time out of range, are errors") {
    CHECK(json(static_cast<shapes::status>(99)) == "error : is no enumerator");
    CHECK(json(stentor::timestamp{std::chrono::sys_days{std::chrono::year{9999} / 12 / 31}}) == "\"9999-12-31T00:00:00.000Z\"");
    CHECK(json(stentor::timestamp{std::chrono::sys_days{std::chrono::year{10000} / 1 / 1}}).starts_with("error : is no time"));
}
