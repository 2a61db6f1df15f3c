// What a stranger may send: numbers at and beyond every limit, odd text, and all that is no JSON.

#include <stentor/serializer/from_json.hpp>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "types.hpp"

using namespace std::string_view_literals;
using stentor::errc;
using stentor::from_json;

namespace {

template <class T>
std::string why(std::string_view text, const stentor::from_json_options& options = {}) {
    const auto r = from_json<T>(text, options);
    if (r) {
        return "no error";
    }
    CHECK(r.error() == errc::serialization);
    return r.error().cause;
}

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

}  // namespace

namespace shapes {

struct form {
    std::string name;
    std::optional<std::int32_t> age = 18;
    std::optional<point> home;
    std::optional<std::vector<status>> states;
    bool operator==(const form&) const = default;
};
BOOST_DESCRIBE_STRUCT(form, (), (name, age, home, states))

struct grid {
    std::int32_t cells[2][2]{};
};
BOOST_DESCRIBE_STRUCT(grid, (), (cells))

}  // namespace shapes

TEST_CASE("from_json: every double that was written is read back as the same") {
    std::uint64_t state = 2026;
    int different = 0;
    for (int i = 0; i < 20'000; ++i) {
        state = state * 6364136223846793005ULL + 1442695040888963407ULL;
        const std::uint64_t raw = state ^ state >> 29U;
        double value = 0;
        std::memcpy(&value, &raw, sizeof value);
        if (!std::isfinite(value)) {
            continue;
        }
        stentor::buffer out;
        REQUIRE_FALSE(stentor::to_json(value, out));
        const auto back = from_json<double>(out.view());
        different += back && *back == value ? 0 : 1;
    }
    CHECK(different == 0);
    for (const double value :
         {5e-324, std::numeric_limits<double>::min(), std::numeric_limits<double>::max(), 0.1, 1e22, 123456.789}) {
        stentor::buffer out;
        REQUIRE_FALSE(stentor::to_json(value, out));
        CHECK(from_json<double>(out.view()).value() == value);
    }
    CHECK(from_json<float>("0.1").value() == 0.1F);
}

TEST_CASE("from_json: minus zero keeps its sign, and is an integer as well") {
    CHECK(std::signbit(from_json<double>("-0").value()));
    CHECK(std::signbit(from_json<double>("-0.0").value()));
    CHECK_FALSE(std::signbit(from_json<double>("0").value()));
    CHECK(from_json<std::int32_t>("-0").value() == 0);
    CHECK(from_json<std::uint8_t>("-0").value() == 0);
}

TEST_CASE("from_json: integers at their limits, and one beyond") {
    CHECK(from_json<std::int64_t>("9223372036854775807").value() == std::numeric_limits<std::int64_t>::max());
    CHECK(from_json<std::int64_t>("-9223372036854775808").value() == std::numeric_limits<std::int64_t>::min());
    CHECK(from_json<std::uint64_t>("18446744073709551615").value() == std::numeric_limits<std::uint64_t>::max());
    CHECK(why<std::int64_t>("9223372036854775808") == "document: is out of range");
    CHECK(why<std::int64_t>("-9223372036854775809") == "document: is out of range");
    CHECK(why<std::uint64_t>("18446744073709551616") == "document: is out of range");
    CHECK(why<std::uint64_t>("1e400") == "document: is out of range");
    CHECK(why<std::int16_t>("-32769") == "document: is out of range");
    CHECK(why<std::uint8_t>("256") == "document: is out of range");
    CHECK(why<std::int64_t>("1.0") == "document: expected an integer, found a number");
    CHECK(why<std::int64_t>("0.0") == "document: expected an integer, found a number");
    CHECK(why<std::int64_t>("1e3") == "document: expected an integer, found a number");
    CHECK(why<std::int64_t>("true") == "document: expected an integer, found a boolean");
}

TEST_CASE("from_json: a number that no double holds is out of range, and one that is too small is zero") {
    CHECK(why<double>("1e400") == "document: is out of range");
    CHECK(why<double>("-1e400") == "document: is out of range");
    CHECK(why<double>("1.7976931348623159e308") == "document: is out of range");
    CHECK(why<shapes::point>(R"({"x":1,"y":1e309})") == "/y: is out of range");
    CHECK(why<float>("1e39") == "document: is out of range");
    CHECK(from_json<double>("1e-400").value() == 0);
    CHECK(std::signbit(from_json<double>("-1e-400").value()));
    CHECK(from_json<double>("1234567890123456789012345678901234567890").value() == 1234567890123456789012345678901234567890.0);
}

TEST_CASE("from_json: text with escapes, NUL and surrogates") {
    CHECK(from_json<std::string>(R"("a\u0000b")").value() == "a\0b"sv);
    CHECK(from_json<std::string>(R"("\ud83d\ude00 \u00e9 \/ \b")").value() == "\xf0\x9f\x98\x80 \xc3\xa9 / \b");
    CHECK(from_json<std::string>(R"("")").value().empty());
    for (const std::string_view bad :
         {R"("\ud800")", R"("\ud800x")", R"("\udc00")", R"("\udc00\ud800")", R"("\ud800\u0041")", R"("\u12g4")", R"("\x41")"}) {
        INFO(bad);
        CHECK(why<std::string>(bad).starts_with("document: is not JSON: "));
    }
    // NUL, control characters and what is no UTF-8, unescaped
    for (const std::string_view bad :
         {"\"a\0b\""sv, "\"a\nb\""sv, "\"\x1f\""sv, "\"\xff\""sv, "\"\xc0\x80\""sv, "\"\xed\xa0\x80\""sv}) {
        INFO(bad);
        CHECK(why<std::string>(bad).starts_with("document: is not JSON: "));
    }
}

TEST_CASE("from_json: what is no JSON says at which byte") {
    CHECK(why<int>("") == "document: is not JSON: incomplete JSON at byte 0");
    CHECK(why<int>({}) == "document: is not JSON: incomplete JSON at byte 0");
    CHECK(why<int>(" \n\t") == "document: is not JSON: incomplete JSON at byte 3");
    CHECK(why<int>("nul") == "document: is not JSON: incomplete JSON at byte 3");
    for (const std::string_view bad : {"NaN", "Infinity", "+1", ".5", "1.", "1e", "-", "'a'", "{a:1}", "[1,]", R"({"a":1,})",
                                       "\xef\xbb\xbf"
                                       "1",
                                       "// c\n1", "tru e"}) {
        INFO(bad);
        CHECK(why<int>(bad).starts_with("document: is not JSON: "));
    }
}

TEST_CASE("from_json: nothing may follow the document but white space") {
    CHECK(from_json<int>("12 \t\r\n").value() == 12);
    CHECK(why<int>("12 x") == "document: is followed by something else at byte 3");
    CHECK(why<int>("1 2").starts_with("document: is followed by something else"));
    CHECK(why<int>("01").starts_with("document: is followed by something else"));
    CHECK(why<int>("1\0"sv).starts_with("document: is followed by something else"));
    CHECK(why<shapes::point>(R"({"x":1,"y":2}{})").starts_with("document: is followed by something else"));
}

TEST_CASE("from_json: depth is limited to the level, and size to the byte") {
    using boost::json::value;
    CHECK(from_json<value>(nested(32)).has_value());
    CHECK(why<value>(nested(33)).starts_with("document: is not JSON: too deep"));
    CHECK(from_json<value>("[]", {.depth = 1}).has_value());
    CHECK(why<value>(R"([{}])", {.depth = 1}).starts_with("document: is not JSON: too deep"));
    CHECK(why<value>(nested(100'000)).starts_with("document: is not JSON: too deep"));
    CHECK(from_json<std::string>("\"abc\"", {.size = 5}).has_value());
    CHECK(why<std::string>("\"abc\"", {.size = 4}) == "document: is larger than 4 bytes");
}

TEST_CASE("from_json: of equal names the last one counts, in structs and in maps") {
    const auto p = from_json<shapes::point>(R"({"x":1,"y":2,"x":3})", {.unknown_fields = false});
    REQUIRE(p.has_value());
    CHECK(*p == shapes::point{3, 2});
    CHECK(why<shapes::point>(R"({"x":1,"y":2,"x":"3"})") == "/x: expected a number, found a string");
    const auto m = from_json<std::map<std::string, int>>(R"({"a":1,"a":2})");
    REQUIRE(m.has_value());
    CHECK(*m == std::map<std::string, int>{{"a", 2}});
}

TEST_CASE("from_json: an optional member may be missing or null, every other one must be there and be none") {
    CHECK(from_json<shapes::form>(R"({"name":"n"})").value() == shapes::form{"n", {}, {}, {}});
    CHECK(from_json<shapes::form>(R"({"name":"n","age":null,"home":null})").value() == shapes::form{"n", {}, {}, {}});
    CHECK(from_json<shapes::form>(R"({"name":"n","age":3,"states":["new","done"]})").value() ==
          shapes::form{"n", 3, {}, {{shapes::status::new_, shapes::status::done}}});
    // As many as are missing.
    CHECK(why<shapes::form>(R"({"name":"n","x":1,"y":2,"z":3})", {.unknown_fields = false}) == "/x: is not known");
    CHECK(why<shapes::form>("{}") == "/name: is missing");
    CHECK(why<shapes::form>(R"({"name":null})") == "/name: expected a string, found null");
    CHECK(why<shapes::form>(R"({"name":"n","home":{"x":1}})") == "/home/y: is missing");
}

TEST_CASE("from_json: wrong types are told with the pointer to the member, whatever is on the way to it") {
    CHECK(why<shapes::form>(R"({"name":"n","age":"3"})") == "/age: expected an integer, found a string");
    CHECK(why<shapes::form>(R"({"name":"n","states":["new","old"]})") == "/states/1: is none of new, in_progress, done");
    CHECK(why<shapes::form>(R"({"name":"n","states":[2]})") == "/states/0: expected a string, found a number");
    CHECK(why<shapes::form>(R"({"name":"n","states":{}})") == "/states: expected an array, found an object");
    CHECK(why<std::map<std::string, bool>>(R"({"a/b~c":0})") == "/a~1b~0c: expected true or false, found a number");
    CHECK((why<std::pair<std::string, int>>(R"(["a",true])")) == "/1: expected an integer, found a boolean");
    CHECK(why<std::monostate>("0") == "document: expected null, found a number");
    CHECK(why<stentor::timestamp>("0") == "document: expected a time as RFC 3339, found a number");
    CHECK(why<std::map<std::string, int>>("[]") == "document: expected an object, found an array");
}

TEST_CASE("from_json: enum names are exact") {
    CHECK(from_json<shapes::status>(R"("in_progress")").value() == shapes::status::in_progress);
    for (const char* bad : {R"("new_")", R"("New")", R"("inProgress")", R"("")", R"("new ")"}) {
        INFO(bad);
        CHECK(why<shapes::status>(bad) == "document: is none of new, in_progress, done");
    }
    CHECK(why<shapes::status>("0") == "document: expected a string, found a number");
}

TEST_CASE("from_json: a strict reader also refuses what is unknown inside a variant, so that the next alternative is tried") {
    using either = std::variant<shapes::base, shapes::point>;
    CHECK(std::holds_alternative<shapes::base>(from_json<either>(R"({"id":1,"x":1,"y":1})").value()));
    CHECK(why<either>(R"({"id":1,"x":1,"y":1})", {.unknown_fields = false}) == "document: fits none of the types that it may have");
}

TEST_CASE("from_json: C arrays are read as fixed arrays") {
    const auto g = from_json<shapes::grid>(R"({"cells":[[1,2],[3,4]]})");
    REQUIRE(g.has_value());
    CHECK((g->cells[0][0] == 1 && g->cells[0][1] == 2 && g->cells[1][0] == 3 && g->cells[1][1] == 4));
    CHECK(why<shapes::grid>(R"({"cells":[[1,2],[3]]})") == "/cells/1: expected an array of 2, found an array");
}

namespace {
struct small_numbers {
    char plain = 0;
    signed char with_sign = 0;
    unsigned char without = 0;
};
BOOST_DESCRIBE_STRUCT(small_numbers, (), (plain, with_sign, without))
}  // namespace

TEST_CASE("from_json: a char is a number, as it is when written, and has its range") {
    const auto r = stentor::from_json<small_numbers>(R"({"plain":65,"with_sign":-3,"without":200})");
    REQUIRE(r.has_value());
    CHECK(r->plain == 'A');
    CHECK(r->with_sign == -3);
    CHECK(r->without == 200);
    CHECK(stentor::from_json<small_numbers>(R"({"plain":300,"with_sign":0,"without":0})").error().cause.find("/plain") == 0);
}
