#include "support.hpp"

#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <boost/json.hpp>

#include <stentor/log.hpp>
#include <stentor/testing/recording_sink.hpp>
#include <stentor/tracer/w3c.hpp>

// What a publisher's log says, line by line.

using namespace flow;
using stentor::errc;
using stentor::log_level;
using stentor::log_tracer;
using stentor::recording_sink;

namespace {

constexpr std::string_view trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

constexpr std::string_view bad_day = R"(
{"time":"2026-01-01T00:00:00.005Z","level":"debug","event":"message_persisted","topic":"notes","partition":0,"offset":0,"attempts":1,"duration_ms":5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1"}
{"time":"2026-01-01T00:00:00.010Z","level":"info","event":"message_retrying","topic":"notes","attempts":1,"outcome":"not_persisted","error":"broker_unavailable","retry_in_ms":100,"duration_ms":5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","cause":"NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:00.115Z","level":"debug","event":"message_persisted","topic":"notes","partition":0,"offset":1,"attempts":2,"duration_ms":110,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1"}
{"time":"2026-01-01T00:00:00.125Z","level":"error","event":"message_failed","topic":"notes","attempts":1,"outcome":"not_persisted","error":"rejected","dead_letter":"written","dead_letter_topic":"lost","dead_letter_partition":0,"dead_letter_offset":0,"duration_ms":10,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","hint":"The cause names the rule: mend the record, a retry cannot help.","cause":"INVALID_RECORD"}
{"time":"2026-01-01T00:00:00.130Z","level":"info","event":"message_retrying","topic":"notes","attempts":1,"outcome":"not_persisted","error":"broker_unavailable","retry_in_ms":100,"duration_ms":5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","cause":"NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:00.235Z","level":"warn","event":"message_retrying","topic":"notes","attempts":2,"outcome":"not_persisted","error":"broker_unavailable","retry_in_ms":200,"duration_ms":110,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","cause":"NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:00.445Z","level":"error","event":"message_failed","topic":"notes","attempts":3,"outcome":"not_persisted","error":"broker_unavailable","dead_letter":"failed","duration_ms":320,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","hint":"Check that the brokers at `brokers` are up and that enough replicas are in sync.","cause":"NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:00.450Z","level":"warn","event":"breaker_opened","error":"broker_unavailable","cause":"5 failures in a row, the last one broker_unavailable: NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:20.945Z","level":"error","event":"message_failed","topic":"notes","attempts":1,"outcome":"not_persisted","error":"broker_unavailable","duration_ms":20500,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","hint":"Check that the brokers at `brokers` are up and that enough replicas are in sync.","cause":"NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:20.945Z","level":"error","event":"message_failed","topic":"notes","attempts":0,"outcome":"not_persisted","error":"circuit_open","duration_ms":0,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","hint":"The cause says what opened it. Mend that, or wait: the breaker probes by itself.","cause":"5 failures in a row, the last one broker_unavailable: NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:20.945Z","level":"error","event":"message_failed","topic":"notes","attempts":0,"outcome":"not_persisted","error":"circuit_open","duration_ms":0,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1","hint":"The cause says what opened it. Mend that, or wait: the breaker probes by itself.","cause":"5 failures in a row, the last one broker_unavailable: NOT_ENOUGH_REPLICAS"}
{"time":"2026-01-01T00:00:50.950Z","level":"info","event":"breaker_half_opened"}
{"time":"2026-01-01T00:00:50.950Z","level":"info","event":"breaker_closed"}
{"time":"2026-01-01T00:00:50.950Z","level":"debug","event":"message_persisted","topic":"notes","partition":0,"offset":2,"attempts":1,"duration_ms":5,"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7","correlation_id":"c-1"}
{"time":"2026-01-01T00:00:50.955Z","level":"debug","event":"message_persisted","topic":"notes","partition":0,"offset":3,"attempts":1,"duration_ms":5,"trace_id":"84b580e44b07de64696328dc9d90d48f","span_id":"1d930681c28506bf"}
{"time":"2026-01-01T00:00:50.955Z","level":"error","event":"handler_threw","topic":"notes","cause":"in \"the\" handler"}
{"time":"2026-01-01T00:00:00.450Z","level":"info","event":"message_retrying","error":"broker_unavailable","suppressed":1,"summary":true}
{"time":"2026-01-01T00:00:20.945Z","level":"error","event":"message_failed","error":"circuit_open","suppressed":2,"summary":true}
)";

std::string joined(const std::vector<std::string>& lines) {
    std::string all;
    for (const std::string& line : lines) {
        all += line + '\n';
    }
    return all;
}

}  // namespace

TEST_CASE("a bad day in a log: these lines, to the byte", "[flow]") {
    stentor::memory_broker broker{{.latency = 5ms}};
    const recording_sink seen;
    {
        log_tracer log{seen, {.level = log_level::debug, .correlation_header = "correlation-id", .burst = 2}};
        stentor::basic_publisher p{
            stentor::memory_transport{broker},
            text_serializer{},
            stentor::dead_letter<stentor::exponential_backoff>{.inner = {.attempts = 3, .initial = 100ms}, .topic = "lost"},
            stentor::failure_breaker{{.failures = 5, .successes = 1, .open_for = 30s}},
            stentor::tracer_chain{stentor::w3c_tracer{}, log},
            stentor::publisher_options{.slots = 2}};
        const auto publish = [&](std::string text) {
            return p.publish(note{"bob", std::move(text)}, {.trace = {.traceparent = trace},
                                                            .headers = {{"correlation-id", "c-1"}, {"authorization", "s3cret"}}});
        };
        REQUIRE(publish("all is well"));
        broker.fail_next(1, errc::broker_unavailable);
        REQUIRE(publish("well at last"));
        broker.fail_next(1, errc::rejected);
        REQUIRE_FALSE(publish("a dead letter"));
        broker.fail_next(5, errc::broker_unavailable);
        REQUIRE_FALSE(publish("three tries"));
        REQUIRE_FALSE(publish("two tries, and the circuit opens"));
        for (int i = 0; i < 4; ++i) {
            REQUIRE_FALSE(publish("refused"));
        }
        broker.advance(30s);
        REQUIRE(publish("the probe"));
        REQUIRE(p.async_publish(note{"bob", "v"}, [](auto) { throw std::runtime_error("in \"the\" handler"); }));
        REQUIRE(p.flush(1s));
    }
    CHECK('\n' + joined(seen.lines()) == bad_day);
    for (const std::string& line : seen.lines()) {
        CHECK(boost::json::parse(line).is_object());
        CHECK(line.find("s3cret") == std::string::npos);
        CHECK(line.find("bob") == std::string::npos);
    }
}

TEST_CASE("the sink is not used any more once the publisher has gone, whatever the wire still holds", "[flow]") {
    stentor::memory_broker broker;
    std::vector<std::string> lines;
    bool gone = false;
    bool used = false;
    {
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                                   log_tracer{stentor::function_sink{[&](log_level, std::string_view line) {
                                                  used = used || gone;
                                                  lines.emplace_back(line);
                                              }},
                                              {.burst = 1}}};
        broker.fail_next(3, errc::broker_unavailable);
        for (int i = 0; i < 3; ++i) {
            REQUIRE_FALSE(p.publish(note{"k", "v"}));
        }
        broker.hold();
        REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}));
        (void)p.close(0s);
        REQUIRE(lines.back().find(R"("summary":true)") != std::string::npos);
    }
    gone = true;
    broker.release();
    broker.advance(60s);
    CHECK_FALSE(used);
}

TEST_CASE("an outage of a thousand messages is a few lines that add up", "[flow]") {
    stentor::memory_broker broker;
    const recording_sink seen;
    constexpr std::uint64_t many = 1000;
    {
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, stentor::no_breaker{},
                                   log_tracer{seen}};
        for (std::uint64_t i = 0; i < many; ++i) {
            broker.fail_next(1, i % 2 == 0 ? errc::broker_unavailable : errc::rejected);
            broker.advance(1ms);
            REQUIRE_FALSE(p.publish(note{"k", "v"}));
        }
        // Twelve in the first second, and one more each: of two classes.
        CHECK(seen.lines().size() <= 24);
    }
    std::uint64_t told = 0;
    for (const std::string& line : seen.lines()) {
        const auto o = boost::json::parse(line).as_object();
        CHECK(o.at("event") == "message_failed");
        told += o.contains("summary") ? 0U : 1U;
        told += o.contains("suppressed") ? o.at("suppressed").to_number<std::uint64_t>() : 0U;
    }
    CHECK(told == many);
}

TEST_CASE("several threads log at once: each line is whole, and none is missing", "[flow]") {
    stentor::memory_broker broker{{.shared = true}};
    const recording_sink seen;
    constexpr int threads = 4;
    constexpr int each = 100;
    {
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_breaker{},
                                   stentor::tracer_chain{stentor::w3c_tracer{}, log_tracer{seen, {.level = log_level::debug}}}};
        std::vector<std::thread> publishing;
        for (int t = 0; t < threads; ++t) {
            publishing.emplace_back([&p] {
                for (int i = 0; i < each; ++i) {
                    // Refused on the publishing thread, or taken and told of on the one that drives the broker.
                    (void)p.async_publish(note{"k", "v"}, [](auto) {}, {.partition = i % 2 == 0 ? -1 : 0});
                    (void)p.async_publish(note{"k", "v"}, [](auto) {}, {.topic = "notes", .partition = 0});
                }
            });
        }
        for (std::thread& t : publishing) {
            t.join();
        }
        REQUIRE(p.flush(10s));
        broker.run_until_idle();
    }
    std::size_t persisted = 0;
    for (const std::string& line : seen.lines()) {
        const auto o = boost::json::parse(line).as_object();
        persisted += o.at("event") == "message_persisted" ? 1U : 0U;
    }
    CHECK(persisted == 2 * threads * each);
}
