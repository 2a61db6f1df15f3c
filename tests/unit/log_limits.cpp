// How many lines come, and how many are held back.

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>

#include <stentor/log.hpp>
#include <stentor/testing/recording_sink.hpp>

#include "log_events.hpp"

using namespace std::chrono_literals;
using namespace logged;
using namespace stentor;

TEST_CASE("of each kind and class no more lines come than the limits say, and the next one has how many were held back") {
    const recording_sink seen;
    {
        log_tracer log{seen, {.burst = 2, .interval = 1s}};
        for (int i = 0; i < 5; ++i) {
            log.on_event(of(event::kind::client, errc::dns, 10s));
            log.on_event(of(event::kind::client, errc::broker_unavailable, 10s));
        }
        REQUIRE(seen.lines().size() == 4);
        log.on_event(of(event::kind::client, errc::dns, 11s));
        REQUIRE(seen.lines().size() == 5);
        CHECK(seen.lines()[4].ends_with(R"("error":"dns","suppressed":3})"));
        log.on_event(of(event::kind::client, errc::dns, 11s + 20ms));
        CHECK(seen.lines().size() == 5);
        log.summarize();
        REQUIRE(seen.lines().size() == 7);
        CHECK(
            seen.lines()[5] ==
            R"({"time":"2026-01-01T00:00:11.020Z","level":"warn","event":"client_fault","error":"dns","suppressed":1,"summary":true})");
        CHECK(seen.lines()[6].ends_with(R"("error":"broker_unavailable","suppressed":3,"summary":true})"));
        log.summarize();
        CHECK(seen.lines().size() == 7);
        log.on_event(of(event::kind::client, errc::dns, 11s + 30ms));
        log_tracer copy = log;
        CHECK(seen.lines().size() == 7);
        copy.closed();
        REQUIRE(seen.lines().size() == 8);
        CHECK(seen.lines()[7].ends_with(R"("error":"dns","suppressed":1,"summary":true})"));
        log.on_event(of(event::kind::client, errc::dns, 11s + 40ms));
    }
    // The last copy may go long after the publisher has closed, when the sink's own things are no more.
    CHECK(seen.lines().size() == 8);
}

TEST_CASE("what is merely worth knowing holds back nothing that is wrong, and a summary has the level of its lines") {
    const recording_sink seen;
    log_tracer log{seen, {.burst = 2}};
    event line = of(event::kind::client_log);
    line.level = 6;
    for (int i = 0; i < 5; ++i) {
        log.on_event(line);
    }
    REQUIRE(seen.lines().size() == 2);
    line.level = 2;
    for (int i = 0; i < 5; ++i) {
        log.on_event(line);
    }
    REQUIRE(seen.lines().size() == 4);
    CHECK(seen.entries()[3].level == log_level::error);
    log.summarize();
    REQUIRE(seen.lines().size() == 6);
    CHECK(seen.entries()[4].level == log_level::info);
    CHECK(seen.lines()[4].find(R"("level":"info","event":"client_log","suppressed":3,"summary":true)") != std::string::npos);
    CHECK(seen.entries()[5].level == log_level::error);
    CHECK(seen.lines()[5].find(R"("level":"error","event":"client_log","suppressed":3,"summary":true)") != std::string::npos);
}

TEST_CASE("debug lines are never held back, nor any line without an interval") {
    const recording_sink seen;
    log_tracer log{seen, {.level = log_level::debug, .burst = 1}};
    log_tracer no_limit{seen, {.burst = 1, .interval = 0s}};
    for (int i = 0; i < 50; ++i) {
        publish(log, receipt{"orders", 1, 2, {}, 1});
        no_limit.on_event(of(event::kind::breaker_opened));
    }
    CHECK(seen.entries().size() == 100);
}
