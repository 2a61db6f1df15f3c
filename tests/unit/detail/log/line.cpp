#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include <stentor/detail/log/line.hpp>

using namespace std::chrono_literals;
using stentor::detail::log_line;

namespace {

std::string text(std::string_view value, std::size_t limit = log_line::most) {
    log_line line;
    line.text("t", value, limit);
    return std::string(line.finish());
}

}  // namespace

TEST_CASE("a log line without members is an empty object, and members follow each other in their order") {
    log_line none;
    CHECK(none.finish() == "{}");
    log_line line;
    line.plain("a", "b");
    line.text("empty", "");
    line.number("n", -5);
    line.flag("f");
    line.text("t", "x");
    CHECK(line.finish() == R"({"a":"b","n":-5,"f":true,"t":"x"})");
}

TEST_CASE("texts of a log line are escaped, control characters of both blocks, and what is no UTF-8 is replaced") {
    CHECK(text("a\"b\\c\n\t\x01") == R"({"t":"a\"b\\c\n\t\u0001"})");
    CHECK(text(std::string_view("\0", 1)) == R"({"t":"\u0000"})");
    CHECK(text("\xc2\x9b"
               "31m") == R"({"t":"\u009b31m"})");
    CHECK(text("\xc2\xa0") == "{\"t\":\"\xc2\xa0\"}");
    CHECK(text("gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80") == "{\"t\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80\"}");
    CHECK(text("\xff") == "{\"t\":\"\xef\xbf\xbd\"}");
    CHECK(text("\xed\xa0\x80") == "{\"t\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");  // a surrogate
    CHECK(text("\xc3") == "{\"t\":\"\xef\xbf\xbd\"}");                                  // cut off
}

TEST_CASE("milliseconds have what digits they need") {
    const auto ms = [](stentor::nanoseconds d) {
        log_line line;
        line.milliseconds_of("d", d);
        return std::string(line.finish());
    };
    CHECK(ms(0ns) == R"({"d":0})");
    CHECK(ms(999ns) == R"({"d":0})");
    CHECK(ms(1us) == R"({"d":0.001})");
    CHECK(ms(1500us) == R"({"d":1.5})");
    CHECK(ms(12'340us) == R"({"d":12.34})");
    CHECK(ms(30s) == R"({"d":30000})");
    CHECK(ms(-5s) == R"({"d":0})");
    CHECK(ms(stentor::nanoseconds::max()) == R"({"d":9223372036854.775})");
}

TEST_CASE("a time is RFC 3339 in UTC with milliseconds, and one of no such year is left out") {
    const auto time = [](stentor::timestamp t) {
        log_line line;
        line.time("t", t);
        return std::string(line.finish());
    };
    CHECK(time(stentor::timestamp(1'767'225'600'007ms)) == R"({"t":"2026-01-01T00:00:00.007Z"})");
    CHECK(time(stentor::timestamp::min()) == "{}");
    CHECK(time(stentor::timestamp::max()) == "{}");
}

TEST_CASE("where a record is, as far as that is known") {
    stentor::receipt where;
    log_line none;
    none.place("p", "o", where);
    CHECK(none.finish() == "{}");
    where.partition = 0;
    where.offset = 0;
    log_line both;
    both.place("p", "o", where);
    CHECK(both.finish() == R"({"p":0,"o":0})");
}

TEST_CASE("a text that has no room is cut between characters and escapes, and the line is whole and says so") {
    CHECK(text("abcdef", 3) == R"({"t":"abc","truncated":true})");
    CHECK(text("abc", 3) == R"({"t":"abc"})");
    CHECK(text("ab\xc3\xbc", 3) == R"({"t":"ab","truncated":true})");
    CHECK(text("ab\n", 3) == R"({"t":"ab","truncated":true})");
    for (const std::string& piece : {std::string("x"), std::string("\x01"), std::string("\xf0\x9f\x98\x80"), std::string("\xff")}) {
        for (std::size_t before = 0; before < 12; ++before) {
            std::string value(before, 'a');
            while (value.size() < 3 * log_line::most) {
                value += piece;
            }
            log_line line;
            line.plain("first", "here");
            line.text("t", value);
            line.number("more", 1);
            line.text("and", "more");
            const std::string_view all = line.finish();
            REQUIRE(all.size() <= log_line::most);
            CHECK(all.size() > log_line::most - 64);
            const auto read = boost::json::parse(all).as_object();  // throws what is no JSON, or no UTF-8
            CHECK(read.at("first") == "here");
            CHECK(read.at("truncated") == true);
        }
    }
}
