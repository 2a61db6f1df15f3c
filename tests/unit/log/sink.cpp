#include <catch2/catch_test_macros.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/log/sink.hpp>
#include <stentor/log/stderr.hpp>
#include <stentor/testing/recording_sink.hpp>

using stentor::log_level;

static_assert(stentor::log_sink<stentor::recording_sink>);
static_assert(stentor::log_sink<stentor::stderr_sink>);
static_assert(!stentor::log_sink<int>);

TEST_CASE("a function_sink hands lines on, and what the function throws ends there") {
    std::vector<std::pair<log_level, std::string>> seen;
    stentor::function_sink sink([&](log_level level, std::string_view line) {
        if (line == "throw") {
            throw std::runtime_error("full");
        }
        if (line == "number") {
            throw 5;
        }
        seen.emplace_back(level, line);
    });
    static_assert(stentor::log_sink<decltype(sink)>);
    sink.write(log_level::warn, "one");
    sink.write(log_level::warn, "throw");
    sink.write(log_level::warn, "number");
    sink.write(log_level::error, "two");
    CHECK(seen == std::vector<std::pair<log_level, std::string>>{{log_level::warn, "one"}, {log_level::error, "two"}});
}

TEST_CASE("copies of a recording_sink share what they saw") {
    const stentor::recording_sink kept;
    stentor::recording_sink given = kept;
    given.write(log_level::info, "a line");
    REQUIRE(kept.entries().size() == 1);
    CHECK(kept.entries()[0].level == log_level::info);
    CHECK(kept.lines() == std::vector<std::string>{"a line"});
    given.clear();
    CHECK(kept.entries().empty());
}

TEST_CASE("levels have names") {
    CHECK(to_string(log_level::debug) == "debug");
    CHECK(to_string(log_level::error) == "error");
    CHECK(to_string(log_level::off) == "off");
}
