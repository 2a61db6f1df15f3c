// A scripted run, after which every metric has exactly the value that the script makes.

#include <cmath>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/metrics.hpp>
#include <stentor/tracer/w3c.hpp>

#include "support.hpp"

using namespace flow;
using stentor::client_event;
using stentor::errc;
using stentor::memory_fault;
using stentor::metrics_format;

namespace {

using chain = stentor::tracer_chain<stentor::w3c_tracer, stentor::exemplar_tracer>;

/// Two publishers that share a broker and a registry: one with retries and dead letters, one with a breaker.
struct world {
    stentor::memory_broker broker{{.latency = 20ms}};
    stentor::metrics_registry registry{};
    publisher<stentor::dead_letter<>, stentor::no_breaker, chain> letters{
        stentor::memory_transport{broker},
        text_serializer{},
        stentor::dead_letter<>{.inner = three_tries, .topic = "dead-letter", .deadline = 10s},
        stentor::no_breaker{},
        chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}},
        stentor::publisher_options{.slots = 4}};
    publisher<stentor::no_retry, stentor::failure_breaker, chain> guarded{
        stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
        stentor::failure_breaker{{.failures = 3, .successes = 1, .open_for = 10s}},
        chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}}};

    world() {
        stentor::observe(registry, letters.snapshots(), {.name = "letters"});
        stentor::observe(registry, guarded.snapshots(), {.name = "guarded"});
    }

    /// Every line of Prometheus' format that is neither a comment nor 0, nor a sum of durations.
    [[nodiscard]] std::vector<std::string> lines() const {
        std::istringstream text(render(registry, metrics_format::prometheus));
        std::vector<std::string> all;
        for (std::string line; std::getline(text, line);) {
            if (!line.starts_with("#") && !line.ends_with(" 0") && line.find("_sum{") == std::string::npos) {
                all.push_back(line);
            }
        }
        return all;
    }
    [[nodiscard]] stentor::metric_point durations(const char* topic) const {
        return *registry.collect().find("kafka_producer_send_duration_seconds")->find({{"topic", topic}});
    }
};

void succeed_and_retry(world& w) {
    for (int i = 0; i < 3; ++i) {
        REQUIRE(w.letters.publish(note{"k", "v"}));  // 20 ms
    }
    w.broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(w.letters.publish(note{"k", "v"}));  // 20 + 100 + 20 ms
}

void write_dead_letters(world& w) {
    w.broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(10)});
    REQUIRE(w.letters.publish(note{"k", "v"}).error() == errc::message_too_large);  // 40 ms with the letter
    w.broker.script({.topic = "dead-letter", .times = 1, .fault = memory_fault::answer(19)});
    REQUIRE(w.letters.publish(note{"k", "v"}).error() == errc::message_too_large);
    w.broker.script({.topic = "dead-letter", .times = 1, .fault = memory_fault::lost_acknowledgement()});
    REQUIRE(w.letters.publish(note{"k", "v"}).error() == errc::message_too_large);  // 20 ms, and 9 s of the letter
}

void leave_in_doubt(world& w) {
    w.broker.fail_next(1, memory_fault::slow_acknowledgement(3s));
    REQUIRE(w.letters.publish(note{"k", "v"}, {.deadline = 1s}).error().outcome == stentor::outcome::unknown);  // 1.2 s
    w.broker.advance(5s);  // the report is late
}

void fill_up(world& w) {
    w.broker.hold();
    outcomes seen;
    for (int i = 0; i < 4; ++i) {
        REQUIRE(w.letters.try_async_publish(note{"", "v"}, seen.into("")));
    }
    REQUIRE(w.letters.try_async_publish(note{"", "v"}, seen.into("")).error() == errc::queue_full);
    w.broker.release();
    w.broker.advance(20ms);
    REQUIRE(seen.persisted() == 4);  // 20 ms each
}

void handle_badly(world& w) {
    REQUIRE(w.letters.async_publish(note{"k", "v"}, [&](const auto&) { w.broker.spend(150ms); }));
    w.broker.advance(20ms);
    REQUIRE(w.letters.async_publish(note{"k", "v"}, [](const auto&) { throw std::runtime_error("no"); }));
    w.broker.advance(20ms);
}

void meet_bad_topics(world& w) {
    w.broker.delete_topic("gone");
    w.broker.deny_topic("secret");
    REQUIRE(w.guarded.publish(note{"k", "v"}, {.topic = "gone"}).error() == errc::unknown_topic);
    REQUIRE(w.guarded.publish(note{"k", "v"}, {.topic = "secret"}).error() == errc::authorization);
}

void trip_the_breaker(world& w) {
    w.broker.fail_next(3, errc::broker_unavailable);
    for (int i = 0; i < 3; ++i) {
        REQUIRE(w.guarded.publish(note{"k", "v"}).error() == errc::broker_unavailable);  // 20 ms
    }
    for (int i = 0; i < 2; ++i) {
        REQUIRE(w.guarded.publish(note{"k", "v"}).error() == errc::circuit_open);
    }
    w.broker.advance(10s);
    w.broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(w.guarded.publish(note{"k", "v"}).error() == errc::broker_unavailable);  // 20 ms; it probes, and is open again
    w.broker.advance(20s);
    REQUIRE(w.guarded.publish(note{"k", "v"}));  // 20 ms; it probes, and closes
}

void hear_the_client(world& w) {
    w.broker.announce({client_event::kind::fault, errc::dns, "no such host"});
    w.broker.announce({client_event::kind::broker_up, errc::none, {}});
    w.broker.announce(
        {client_event::kind::authentication_failed, errc::authentication, "wrong password"});  // which trips the breaker
    w.broker.advance(0s);
}

}  // namespace

TEST_CASE("metrics: after a scripted run every family has exactly the values that the script makes", "[flow]") {
    world w;
    succeed_and_retry(w);
    write_dead_letters(w);
    leave_in_doubt(w);
    fill_up(w);
    handle_badly(w);
    meet_bad_topics(w);
    trip_the_breaker(w);
    hear_the_client(w);
    const std::vector<std::string> wanted{
        R"(kafka_brokers_up{publisher="guarded"} 1)",
        R"(kafka_brokers_up{publisher="letters"} 1)",
        R"(kafka_client_events_total{event="authentication_failed"} 2)",  // each publisher hears it
        R"(kafka_client_events_total{event="broker_up"} 2)",
        R"(kafka_client_events_total{event="fault"} 2)",
        R"(kafka_connection_errors_total{error="authentication"} 2)",
        R"(kafka_connection_errors_total{error="dns"} 2)",
        R"(kafka_connections_total 2)",
        R"(kafka_producer_accepted_total{publisher="guarded"} 7)",
        R"(kafka_producer_accepted_total{publisher="letters"} 14)",
        R"(kafka_producer_attempts_total{topic="gone"} 1)",
        R"(kafka_producer_attempts_total{topic="notes"} 20)",
        R"(kafka_producer_attempts_total{topic="secret"} 1)",
        R"(kafka_producer_buffer_bytes{publisher="guarded"} 67108864)",
        R"(kafka_producer_buffer_bytes{publisher="letters"} 67108864)",
        R"(kafka_producer_circuit_refused_total{topic="notes"} 2)",
        R"(kafka_producer_circuit_state{publisher="guarded",state="open"} 1)",
        R"(kafka_producer_circuit_state{publisher="letters",state="closed"} 1)",
        R"(kafka_producer_circuit_transitions_total{to="closed"} 1)",
        R"(kafka_producer_circuit_transitions_total{to="half_open"} 2)",
        R"(kafka_producer_circuit_transitions_total{to="open"} 3)",
        R"(kafka_producer_dead_letters_total{topic="notes",result="failed"} 1)",
        R"(kafka_producer_dead_letters_total{topic="notes",result="unknown"} 1)",
        R"(kafka_producer_dead_letters_total{topic="notes",result="written"} 1)",
        R"(kafka_producer_errors_total{topic="gone",error="unknown_topic"} 1)",
        R"(kafka_producer_errors_total{topic="notes",error="broker_unavailable"} 4)",
        R"(kafka_producer_errors_total{topic="notes",error="circuit_open"} 2)",
        R"(kafka_producer_errors_total{topic="notes",error="deadline_exceeded"} 1)",
        R"(kafka_producer_errors_total{topic="notes",error="message_too_large"} 3)",
        R"(kafka_producer_errors_total{topic="notes",error="queue_full"} 1)",
        R"(kafka_producer_errors_total{topic="secret",error="authorization"} 1)",
        R"(kafka_producer_handler_exceptions_total{topic="notes"} 1)",
        R"(kafka_producer_init_failures_total 2)",
        R"(kafka_producer_late_outcomes_total{topic="notes",outcome="persisted"} 1)",
        R"(kafka_producer_messages_failed_total{topic="gone"} 1)",
        R"(kafka_producer_messages_failed_total{topic="notes"} 10)",
        R"(kafka_producer_messages_failed_total{topic="secret"} 1)",
        R"(kafka_producer_messages_sent_total{topic="notes"} 11)",
        R"(kafka_producer_messages_unknown_total{topic="notes"} 1)",
        R"(kafka_producer_open{publisher="guarded"} 1)",
        R"(kafka_producer_open{publisher="letters"} 1)",
        R"(kafka_producer_queue_full_total{topic="notes"} 1)",
        R"(kafka_producer_redirects_total{topic="notes"} 3)",
        R"(kafka_producer_refused_total{publisher="guarded"} 2)",
        R"(kafka_producer_refused_total{publisher="letters"} 1)",
        R"(kafka_producer_retries_total{topic="notes"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.025"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.05"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.075"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.1"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.25"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="0.75"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="1"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="2.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="7.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="10"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="gone",le="+Inf"} 1)",
        R"(kafka_producer_send_duration_seconds_count{topic="gone"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.025"} 14)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.05"} 16)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.075"} 16)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.1"} 16)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.25"} 17)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.5"} 17)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="0.75"} 17)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="1"} 17)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="2.5"} 18)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="5"} 18)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="7.5"} 18)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="10"} 19)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="notes",le="+Inf"} 19)",
        R"(kafka_producer_send_duration_seconds_count{topic="notes"} 19)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.025"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.05"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.075"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.1"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.25"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="0.75"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="1"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="2.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="7.5"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="10"} 1)",
        R"(kafka_producer_send_duration_seconds_bucket{topic="secret",le="+Inf"} 1)",
        R"(kafka_producer_send_duration_seconds_count{topic="secret"} 1)",
        R"(kafka_producer_slots{publisher="guarded"} 8192)",
        R"(kafka_producer_slots{publisher="letters"} 4)",
        R"(kafka_producer_slow_handlers_total{topic="notes"} 1)",
        R"(kafka_producer_topic_denied_total{topic="secret"} 1)",
        R"(kafka_producer_topic_missing_total{topic="gone"} 1)",
    };
    CHECK(w.lines() == wanted);
    CHECK(std::abs(w.durations("notes").histogram.sum - (14 * 0.02 + 2 * 0.04 + 0.14 + 1.2 + 9.02)) < 1e-9);
    CHECK(w.durations("gone").histogram.sum == 0.02);
    CHECK(w.durations("secret").histogram.sum == 0.02);
    const std::string page = render(w.registry, metrics_format::openmetrics);
    CHECK(page.find("# {trace_id=\"") != std::string::npos);
}

TEST_CASE("metrics: of a publisher that works, and of one that is gone", "[flow]") {
    stentor::memory_broker broker{{.latency = 20ms}};
    const stentor::metrics_registry registry;
    const auto value = [&](std::string_view name) {
        return registry.collect().value(std::string("kafka_producer_").append(name), {{"publisher", "p"}});
    };
    {
        publisher<> p{stentor::memory_transport{broker}};
        const auto id = stentor::observe(registry, p.snapshots(), {.name = "p"});
        outcomes seen;
        REQUIRE(p.async_publish(note{"k", "text"}, seen.into("")));
        broker.advance(5ms);
        REQUIRE(p.async_publish(note{"", "text"}, seen.into("")));
        broker.advance(1ms);
        CHECK(value("in_flight") == 2);
        CHECK(value("slots_in_use") == 2);
        CHECK(value("buffer_in_use_bytes") == 9);
        CHECK(value("oldest_in_flight_seconds") == 0.006);
        CHECK(value("overdue_seconds") == 0);
        CHECK(value("accepted_total") == 2);
        broker.advance(20ms);
        CHECK(value("in_flight") == 0);
        CHECK(value("oldest_in_flight_seconds") == 0);
        REQUIRE(p.close(1s));
        CHECK(value("open") == 0);
        registry.forget(id);
        CHECK_FALSE(value("open"));
        stentor::observe(registry, p.snapshots(), {.name = "p"});
        CHECK(value("open") == 0);
    }
    CHECK_FALSE(value("open"));
    CHECK(registry.collect().value("stentor_metrics_left_out_total") == 0);
}
