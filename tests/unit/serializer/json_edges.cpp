// Text that is no std::string, and values at the edge of what JSON can say.

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include <boost/describe.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/serializer/json.hpp>

using namespace std::string_view_literals;

namespace {

template <class T>
std::string json(const T& value) {
    stentor::buffer out;
    const stentor::fault f = stentor::to_json(value, out);
    return f ? "error " + std::string(f.text()) : std::string(out.view());
}

struct plain_text {
    const char* pointer = "p";
    char room[4] = {'a', 'b', '\0', 'c'};
    char full[3] = {'x', 'y', 'z'};
    std::string_view view{};
    std::int32_t numbers[2][2]{{1, 2}, {3, 4}};
};
BOOST_DESCRIBE_STRUCT(plain_text, (), (pointer, room, full, view, numbers))

struct of_texts {
    std::optional<std::int32_t> first;
    std::string text;
    std::optional<std::int32_t> last;
};
BOOST_DESCRIBE_STRUCT(of_texts, (), (first, text, last))

struct nothing {};
BOOST_DESCRIBE_STRUCT(nothing, (), ())

}  // namespace

TEST_CASE("to_json: C strings, arrays of char up to their NUL or their end, null views, and C arrays") {
    CHECK(json(plain_text{}) == R"({"pointer":"p","room":"ab","full":"xyz","view":"","numbers":[[1,2],[3,4]]})");
    CHECK(json("literal") == R"("literal")");
}

TEST_CASE("to_json: a null C string is an error that names the member, as a map's key, too") {
    plain_text t;
    t.pointer = nullptr;
    CHECK(json(t) == "error /pointer: is a null pointer");
    CHECK(json(std::vector<const char*>{"a", nullptr}) == "error /1: is a null pointer");
    CHECK(json(std::map<const char*, int>{{nullptr, 1}}) == "error /(key): is a null pointer");
}

TEST_CASE("to_json: members that are omitted leave no comma, wherever they stand") {
    CHECK(json(of_texts{{}, "t", {}}) == R"({"text":"t"})");
    CHECK(json(of_texts{1, "t", {}}) == R"({"first":1,"text":"t"})");
    CHECK(json(of_texts{{}, "t", 2}) == R"({"text":"t","last":2})");
}

TEST_CASE("to_json: bad UTF-8 in a member is told with its name") {
    CHECK(json(of_texts{{}, "ab\xff", {}}) == "error /text: invalid UTF-8 at byte 2");
    CHECK(json(std::vector<of_texts>{{}, {{}, "\xff", {}}}) == "error /1/text: invalid UTF-8 at byte 0");
}

TEST_CASE("to_json: NUL and the other control characters are escaped, DEL and what is beyond ASCII is not") {
    CHECK(json("a\0b"sv) == R"("a\u0000b")");
    CHECK(json("\x01\x1f\b\f\n\r\t\x7f\xc3\xa9"sv) == "\"\\u0001\\u001f\\b\\f\\n\\r\\t\x7f\xc3\xa9\"");
}

TEST_CASE("to_json: a surrogate in UTF-8 is an error, alone or as a pair") {
    CHECK(json("a\xed\xa0\xbd"sv) == "error : invalid UTF-8 at byte 1");
    CHECK(json("\xed\xa0\xbd\xed\xb8\x80"sv) == "error : invalid UTF-8 at byte 0");
}

TEST_CASE("to_json: what is empty is written as such") {
    CHECK(json(nothing{}) == "{}");
    CHECK(json(std::vector<int>{}) == "[]");
    CHECK(json(std::map<std::string, int>{}) == "{}");
    CHECK(json(std::tuple<>{}) == "[]");
    CHECK(json(std::string_view{}) == R"("")");
    CHECK(json(std::map<std::string, int>{{"", 0}}) == R"({"":0})");
}

TEST_CASE("to_json: the pointer leads through every kind of container, and the first mistake is told") {
    const double bad = std::numeric_limits<double>::infinity();
    CHECK(json(std::tuple<int, double>{1, bad}) == "error /1: is not a finite number");
    CHECK(json(std::variant<int, double>{bad}) == "error : is not a finite number");
    CHECK(json(std::vector<std::map<std::string, std::vector<double>>>{{}, {{"k", {1, bad, bad}}}}) ==
          "error /1/k/1: is not a finite number");
    CHECK(json(std::map<std::string, std::string>{{"\xff", "\xff"}}) == "error /(key): invalid UTF-8 at byte 0");
}

TEST_CASE("to_json: deep nesting is written as deep as it is") {
    std::string expected = "1";
    const auto level = [&] { expected = "[" + expected + "]"; };
    std::vector<std::vector<std::vector<std::vector<int>>>> deep{{{{1}}}};
    level(), level(), level(), level();
    CHECK(json(deep) == expected);
}

namespace {

// Longer each time that somebody looks.
struct growing {
    mutable std::string text = "a";
    operator std::string_view() const { return text += text; }
};
struct diary {
    growing entry;
};
BOOST_DESCRIBE_STRUCT(diary, (), (entry))

}  // namespace

TEST_CASE("to_json: what is converted to text is converted once") {
    const diary d;
    CHECK(json(d) == R"({"entry":"aa"})");
    CHECK(d.entry.text == "aa");
}
