#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json.hpp>

#include <stentor/log.hpp>
#include <stentor/testing/recording_sink.hpp>
#include <stentor/tracer/w3c.hpp>

#include "log_events.hpp"

using namespace std::chrono_literals;
using namespace logged;
using namespace stentor;

static_assert(tracer<log_tracer<recording_sink>>);
static_assert(tracer<tracer_chain<w3c_tracer, log_tracer<recording_sink>>>);

TEST_CASE("by default a publish that succeeds leaves no line, and nothing is asked of the sink") {
    const recording_sink seen;
    log_tracer log{seen};
    publish(log, receipt{"orders", 1, 2, {}, 1});
    CHECK(seen.entries().empty());
}

TEST_CASE("at the level of debugging a publish that succeeds is a line") {
    const recording_sink seen;
    log_tracer log{seen, {.level = log_level::debug}};
    publish(log, receipt{"orders", 1, 2, {}, 1});
    REQUIRE(seen.entries().size() == 1);
    CHECK(seen.entries()[0].level == log_level::debug);
    CHECK(
        seen.lines()[0] ==
        R"({"time":"2026-01-01T00:00:01.002Z","level":"debug","event":"message_persisted","topic":"orders","partition":1,"offset":2,)"
        R"("attempts":1,"duration_ms":2.5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7"})");
}

TEST_CASE("a publish that fails is an error with all that is known of it") {
    const recording_sink seen;
    log_tracer log{seen};
    publish(log, lost());
    error letter = lost(errc::rejected);
    letter.dead_letter.what = dead_letter_result::state::written;
    letter.dead_letter.where = {"dead-letter", 0, 9, {}, 1};
    publish(log, letter);
    REQUIRE(seen.lines().size() == 2);
    CHECK(seen.entries()[0].level == log_level::error);
    CHECK(seen.lines()[0] ==
          R"({"time":"2026-01-01T00:00:01.002Z","level":"error","event":"message_failed","topic":"orders","attempts":3,)"
          R"("outcome":"not_persisted","error":"broker_unavailable","duration_ms":2.5,)"
          R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","hint":"the hint","cause":"the cause"})");
    CHECK(seen.lines()[1].find(
              R"("dead_letter":"written","dead_letter_topic":"dead-letter","dead_letter_partition":0,"dead_letter_offset":9,)") !=
          std::string::npos);
}

TEST_CASE("the trace that a tracer has settled is logged, else the caller's if it is valid, else none") {
    const recording_sink seen;
    tracer_chain chain{w3c_tracer{}, log_tracer{seen}};
    log_tracer alone{seen};
    header_sink sink;
    const auto ids_of = [&](auto& t, std::string_view given) {
        publish_context context;
        context.parent.traceparent = given;
        auto span = t.start(record{}, sink, context);
        span.finish(lost(), at(0s));
        const auto line = boost::json::parse(seen.lines().back()).as_object();
        CHECK(line.contains("trace_id") == line.contains("span_id"));
        return line.contains("trace_id") ? std::string(line.at("trace_id").as_string()) : std::string();
    };
    CHECK(ids_of(chain, ids) == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(ids_of(chain, "nonsense").size() == 32);
    CHECK(ids_of(alone, ids) == "4bf92f3577b34da6a3ce929d0e0e4736");
    CHECK(ids_of(alone, "nonsense").empty());
    CHECK(ids_of(alone, "").empty());
}

TEST_CASE("the correlation id is that of the header that the options name, a key is logged only by option, and both are bounded") {
    const recording_sink seen;
    const std::string canary = "cAn4ry";
    const std::vector<header> headers{{"authorization", canary}, {"x-id", "c-\"1\""}, {"x-id", canary}};
    log_tracer none{seen};
    publish(none, lost(), headers, "bob");
    log_tracer by_name{seen, {.correlation_header = "x-id"}};
    publish(by_name, lost(), headers, "bob");
    log_tracer both{seen, {.correlation_header = "x-id", .key = true}};
    publish(both, lost(), headers, "bob");
    const std::string huge(1000, 'k');
    publish(both, lost(), header_view{{"x-id", huge}}, huge);
    publish(both, lost());
    const auto lines = seen.lines();
    REQUIRE(lines.size() == 5);
    CHECK(lines[0].find("correlation") == std::string::npos);
    CHECK(lines[1].find(R"("correlation_id":"c-\"1\"")") != std::string::npos);
    CHECK(lines[1].find("bob") == std::string::npos);
    CHECK(lines[2].find(R"("topic":"orders","key":"bob",)") != std::string::npos);
    CHECK(lines[2].find(R"("correlation_id":"c-\"1\"")") != std::string::npos);
    CHECK(lines[3].find('"' + std::string(64, 'k') + '"') != std::string::npos);
    CHECK(lines[3].find('"' + std::string(32, 'k') + '"') != std::string::npos);
    CHECK(lines[4].find("key") == std::string::npos);
    CHECK(lines[4].find("correlation") == std::string::npos);
    for (const std::string& line : lines) {
        CHECK(line.find(canary) == std::string::npos);
    }
}

TEST_CASE("a first retry is information, the next ones are warnings") {
    const recording_sink seen;
    log_tracer log{seen};
    header_sink sink;
    publish_context context;
    record r;
    r.topic = "orders";
    auto span = log.start(r, sink, context);
    failure f;
    f.attempt = 1;
    f.code = errc::broker_unavailable;
    f.cause = "NOT_ENOUGH_REPLICAS";
    f.outcome = outcome::not_persisted;
    f.elapsed = 3ms;
    span.retrying(f, retry_in(100ms), at(1s));
    f.attempt = 2;
    span.retrying(f, retry_in(200ms), at(2s));
    REQUIRE(seen.lines().size() == 2);
    CHECK(
        seen.lines()[0] ==
        R"({"time":"2026-01-01T00:00:01.000Z","level":"info","event":"message_retrying","topic":"orders","attempts":1,)"
        R"("outcome":"not_persisted","error":"broker_unavailable","retry_in_ms":100,"duration_ms":3,"cause":"NOT_ENOUGH_REPLICAS"})");
    CHECK(seen.entries()[1].level == log_level::warn);
}

TEST_CASE("events are lines with their level and what they have to say") {
    const recording_sink seen;
    log_tracer log{seen, {.level = log_level::debug}};
    const auto line = [&](const event& e) {
        log.on_event(e);
        const std::string all = seen.lines().back();
        return all.substr(all.find("\"level\""));
    };
    event e = of(event::kind::breaker_opened, errc::dns);
    e.cause = "5 failures";
    CHECK(line(e) == R"("level":"warn","event":"breaker_opened","error":"dns","cause":"5 failures"})");
    CHECK(line(of(event::kind::breaker_half_opened)) == R"("level":"info","event":"breaker_half_opened"})");
    CHECK(line(of(event::kind::breaker_closed)) == R"("level":"info","event":"breaker_closed"})");
    e = of(event::kind::late_report, errc::broker_unavailable);
    e.topic = "t";
    CHECK(line(e) == R"("level":"warn","event":"late_report","topic":"t","outcome":"unknown","error":"broker_unavailable"})");
    e = of(event::kind::late_report);
    e.outcome = outcome::persisted;
    CHECK(line(e) == R"("level":"info","event":"late_report","outcome":"persisted"})");
    CHECK(line(of(event::kind::queue_full, errc::queue_full)) == R"("level":"warn","event":"queue_full","error":"queue_full"})");
    e = of(event::kind::slow_handler);
    e.took = 150ms;
    CHECK(line(e) == R"("level":"warn","event":"slow_handler","duration_ms":150})");
    CHECK(line(of(event::kind::handler_threw)) == R"("level":"error","event":"handler_threw"})");
    CHECK(line(of(event::kind::topic_missing, errc::unknown_topic)) ==
          R"("level":"error","event":"topic_missing","error":"unknown_topic"})");
    CHECK(line(of(event::kind::topic_denied, errc::authorization)) ==
          R"("level":"error","event":"topic_denied","error":"authorization"})");
    CHECK(line(of(event::kind::client)) == R"("level":"info","event":"client_up"})");
    CHECK(line(of(event::kind::client, errc::dns)) == R"("level":"warn","event":"client_fault","error":"dns"})");
    CHECK(line(of(event::kind::client, errc::tls)) == R"("level":"error","event":"client_fault","error":"tls"})");
    e = of(event::kind::client_log, errc::invalid_config);
    e.level = 4;
    e.facility = "CONFWARN";
    e.cause = "x is a consumer property";
    CHECK(
        line(e) ==
        R"("level":"warn","event":"client_log","facility":"CONFWARN","error":"invalid_config","cause":"x is a consumer property"})");
    for (const auto& [syslog, level] : {std::pair{0, "error"}, {3, "error"}, {4, "warn"}, {5, "info"}, {6, "info"}, {7, "debug"}}) {
        e.level = syslog;
        CHECK(line(e).starts_with(std::string(R"("level":")") + level));
    }
}

TEST_CASE("what is below the level is not logged, and of the client's log only what is not is asked for") {
    const recording_sink seen;
    const auto asked = [&](log_options o) { return log_tracer{seen, std::move(o)}.client_log_level(); };
    CHECK(asked({.level = log_level::debug}) == 7);
    CHECK(asked({.level = log_level::info}) == 6);
    CHECK(asked({.level = log_level::warn}) == 4);
    CHECK(asked({.level = log_level::error}) == 3);
    CHECK(asked({.level = log_level::off}) == -1);
    CHECK(asked({.client_log = false}) == -1);
    log_tracer warnings{seen, {.level = log_level::warn}};
    warnings.on_event(of(event::kind::breaker_closed));
    CHECK(seen.entries().empty());
    warnings.on_event(of(event::kind::breaker_opened));
    CHECK(seen.entries().size() == 1);
    log_tracer off{seen, {.level = log_level::off}};
    publish(off, lost());
    off.on_event(of(event::kind::handler_threw));
    log_tracer no_client{seen, {.client_log = false}};
    event e = of(event::kind::client_log);
    e.level = 3;
    no_client.on_event(e);
    CHECK(seen.entries().size() == 1);
}
