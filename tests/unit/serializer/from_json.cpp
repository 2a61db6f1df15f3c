#include <stentor/serializer/from_json.hpp>

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "types.hpp"

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

}  // namespace

TEST_CASE("what was written is read back the same") {
    const shapes::task t{"42",
                         "a@b",
                         "q \"\\\n é 😀",
                         "https://x",
                         stentor::timestamp{stentor::milliseconds(1'700'000'000'123)},
                         shapes::status::in_progress};
    stentor::buffer out;
    REQUIRE_FALSE(stentor::json_serializer{}.serialize(t, out));
    const auto back = from_json<shapes::task>(out.view());
    REQUIRE(back.has_value());
    CHECK(*back == t);

    shapes::everything e;
    e.id = -5;
    e.text = "t";
    e.yes = true;
    e.small = -128;
    e.large = 18446744073709551615ULL;
    e.maybe = "m";
    e.path = {{0.1, 1e300}};
    e.three = {1, -2, 3};
    e.by_name = {{"a", {1}}, {"", {}}};
    e.one_of = std::int64_t{9};
    e.both = {"k", true};
    e.bits = {true, false, true};
    out.clear();
    REQUIRE_FALSE(stentor::to_json(e, out));
    const auto again = from_json<shapes::everything>(out.view());
    REQUIRE(again.has_value());
    CHECK(*again == e);
}

TEST_CASE("unknown members are tolerated, or not, by option") {
    CHECK(from_json<shapes::point>(R"({"x":1,"z":2,"y":3})").has_value());
    CHECK(why<shapes::point>(R"({"x":1,"z":2,"y":3})", {.unknown_fields = false}) == "/z: is not known");
    CHECK(why<shapes::everything>(R"({"id":1,"text":"","yes":true,"small":0,"large":0,"path":[{"x":1,"y":2,"w":3}]})",
                                  {.unknown_fields = false}) == "/path/0/w: is not known");
}

TEST_CASE("what is wrong is said with a pointer") {
    CHECK(why<shapes::task>(R"({"taskId":5})") == "/taskId: expected a string, found a number");
    CHECK(why<shapes::task>(R"({"taskId":"a"})") == "/userEmail: is missing");
    CHECK(why<shapes::point>("[]") == "document: expected an object, found an array");
    CHECK(why<shapes::point>(R"({"x":"1","y":0})") == "/x: expected a number, found a string");
    CHECK(why<std::vector<shapes::point>>(R"([{"x":1,"y":1},{"x":1}])") == "/1/y: is missing");
    CHECK(why<std::int8_t>("128") == "document: is out of range");
    CHECK(why<std::uint32_t>("-1") == "document: is out of range");
    CHECK(why<std::int32_t>("1.5") == "document: expected an integer, found a number");
    CHECK(why<shapes::status>(R"("old")") == "document: is none of new, in_progress, done");
    CHECK(why<stentor::timestamp>(R"("2026-13-01T00:00:00Z")").starts_with("document: is no time"));
    CHECK((why<std::variant<std::int64_t, bool>>(R"("x")") == "document: fits none of the types that it may have"));
    CHECK((why<std::array<int, 2>>("[1]") == "document: expected an array of 2, found an array"));
}

TEST_CASE("what is no JSON says where") {
    CHECK(why<int>("").find("byte 0") != std::string::npos);
    CHECK(why<shapes::point>(R"({"x":1,)").starts_with("document: is not JSON"));
    CHECK(why<shapes::point>(R"({"x":1,"y":2} x)").starts_with("document: is"));
    CHECK(from_json<shapes::point>(" {\"x\":1,\"y\":2} \n").has_value());
    CHECK(from_json<int>("12").value() == 12);
}

TEST_CASE("from_json refuses text that is nested too deep or is too long") {
    std::string deep(100, '[');
    deep += std::string(100, ']');
    CHECK(why<std::vector<int>>(deep).starts_with("document: is not JSON"));
    CHECK(why<std::string>("\"" + std::string(100, 'x') + "\"", {.size = 50}) == "document: is larger than 50 bytes");
}

TEST_CASE("times are read strictly, with any offset") {
    using stentor::timestamp;
    const auto at = [](std::string_view text) { return stentor::detail::parse_rfc3339(text); };
    CHECK(at("1970-01-01T00:00:00.000Z") == timestamp{});
    CHECK(at("1970-01-01T00:00:00Z") == timestamp{});
    CHECK(at("1970-01-01T01:30:00+01:30") == timestamp{});
    CHECK(at("1970-01-01T00:00:00.1239Z") == timestamp{stentor::milliseconds(123)});
    CHECK(at("1970-01-01T00:00:00.5Z") == timestamp{stentor::milliseconds(500)});
    CHECK(at("2024-02-29T00:00:00Z"));
    for (const char* bad : {"", "1970-01-01", "1970-01-01T00:00:00", "1970-1-01T00:00:00Z", "2023-02-29T00:00:00Z",
                            "1970-01-01T24:00:00Z", "1970-01-01T00:00:60Z", "1970-01-01 00:00:00Z", "1970-01-01T00:00:00.Z",
                            "1970-01-01T00:00:00Zx", "1970-01-01T00:00:00+1:00", "1970-01-01T00:00:00+24:00"}) {
        INFO(bad);
        CHECK_FALSE(at(bad));
    }
}
