#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/metrics/metrics_tracer.hpp>
#include <stentor/metrics/render.hpp>
#include <stentor/tracer.hpp>

using namespace stentor;
using namespace std::chrono_literals;

static_assert(tracer<metrics_tracer>);
static_assert(tracer<exemplar_tracer>);
static_assert(sizeof(metrics_tracer::span) <= 3 * sizeof(void*));
static_assert(std::is_nothrow_move_constructible_v<metrics_tracer::span>);

namespace {

struct fixture {
    metrics_registry registry{metrics_options{.max_label_values = 2}};
    metrics_tracer tracer{registry};

    auto begin(std::string_view topic) {
        header_sink sink;
        publish_context context;
        context.at.now = instant{1s};
        auto span = tracer.start(record{.topic = topic}, sink, context);
        CHECK(sink.headers().empty());
        CHECK_FALSE(context.traced());
        return span;
    }
    void end(std::string_view topic, const result<receipt>& r, nanoseconds took = 20ms) {
        begin(topic).finish(r, moment{instant{1s + took}, 0, {}});
    }
    [[nodiscard]] double value(std::string_view name, const std::vector<metric_label>& labels) const {
        return registry.collect().value(name, labels).value_or(-1);
    }
    [[nodiscard]] double of(std::string_view name, const char* topic = "t") const {
        return value(std::string("kafka_producer_").append(name).append("_total"), {{"topic", topic}});
    }
    [[nodiscard]] metric_point durations(const char* topic = "t") const {
        const collected_metrics all = registry.collect();
        const metric_point* const p = all.find("kafka_producer_send_duration_seconds")->find({{"topic", topic}});
        return p != nullptr ? *p : metric_point{};
    }
};

error failed_with(errc code, outcome what, std::uint32_t attempts) {
    error e(code, "", what);
    e.attempts = attempts;
    return e;
}

}  // namespace

TEST_CASE("metrics_tracer: topics that cannot be told apart are counted as one") {
    fixture f;
    f.end("caf\xe9", receipt{});
    f.end("caf\xe8", receipt{});
    f.end("caf\xe8", failed_with(errc::rejected, outcome::not_persisted, 1));
    CHECK(f.of("messages_sent", "caf\xef\xbf\xbd") == 2);
    CHECK(f.of("messages_failed", "caf\xef\xbf\xbd") == 1);
    CHECK(f.durations("caf\xef\xbf\xbd").count() == 3);
    CHECK(f.registry.collect().value("stentor_metrics_left_out_total") == 0);
}

TEST_CASE("metrics_tracer: each outcome has its own counter") {
    fixture f;
    f.end("t", receipt{.attempts = 3});
    f.end("t", failed_with(errc::rejected, outcome::not_persisted, 1));
    f.end("t", failed_with(errc::rejected, outcome::not_persisted, 1));
    f.end("t", failed_with(errc::deadline_exceeded, outcome::unknown, 2));
    CHECK(f.of("messages_sent") == 1);
    CHECK(f.of("messages_failed") == 2);
    CHECK(f.of("messages_unknown") == 1);
    CHECK(f.of("attempts") == 7);
    CHECK(f.value("kafka_producer_errors_total", {{"topic", "t"}, {"error", "rejected"}}) == 2);
    CHECK(f.value("kafka_producer_errors_total", {{"topic", "t"}, {"error", "deadline_exceeded"}}) == 1);
    CHECK(f.of("circuit_refused") == 0);
    CHECK(f.of("redirects") == 0);
}

TEST_CASE("metrics_tracer: durations are of what was tried or waited until its deadline, not of refusals") {
    fixture f;
    f.end("t", receipt{}, 5ms);
    f.end("t", receipt{}, 6ms);
    f.end("t", failed_with(errc::rejected, outcome::not_persisted, 1), 3s);
    f.end("t", failed_with(errc::deadline_exceeded, outcome::not_persisted, 0), 30s);
    f.end("t", failed_with(errc::circuit_open, outcome::not_persisted, 0), 0s);
    f.end("t", failed_with(errc::queue_full, outcome::not_persisted, 0), 0s);
    const metric_point p = f.durations();
    CHECK(p.count() == 4);
    CHECK(p.histogram.buckets[0] == 1);
    CHECK(p.histogram.buckets[1] == 1);
    CHECK(p.histogram.buckets[11] == 1);
    CHECK(p.histogram.buckets[14] == 1);
    CHECK(p.histogram.sum == 0.005 + 0.006 + 3 + 30);
    CHECK(f.of("circuit_refused") == 1);
}

TEST_CASE("metrics_tracer: retries, and dead letters by what became of them") {
    fixture f;
    auto span = f.begin("t");
    span.retrying({}, retry_in(1s), {});
    span.retrying({}, retry_in(1s), {});
    error e = failed_with(errc::rejected, outcome::not_persisted, 3);
    e.dead_letter.what = dead_letter_result::state::written;
    span.finish(e, {});
    e.dead_letter.what = dead_letter_result::state::unknown;
    f.end("t", e);
    e.dead_letter.what = dead_letter_result::state::failed;
    f.end("t", e);
    f.end("t", e);
    CHECK(f.of("retries") == 2);
    CHECK(f.of("redirects") == 4);
    CHECK(f.value("kafka_producer_dead_letters_total", {{"topic", "t"}, {"result", "written"}}) == 1);
    CHECK(f.value("kafka_producer_dead_letters_total", {{"topic", "t"}, {"result", "unknown"}}) == 1);
    CHECK(f.value("kafka_producer_dead_letters_total", {{"topic", "t"}, {"result", "failed"}}) == 2);
}

TEST_CASE("metrics_tracer: each kind of event has its own counter") {
    fixture f;
    using kind = event::kind;
    const auto tell = [&](kind what, outcome o = outcome::unknown) {
        event e;
        e.what = what;
        e.topic = "t";
        e.outcome = o;
        f.tracer.on_event(e);
    };
    const std::pair<kind, const char*> of_topics[] = {{kind::queue_full, "queue_full"},
                                                      {kind::slow_handler, "slow_handlers"},
                                                      {kind::handler_threw, "handler_exceptions"},
                                                      {kind::topic_missing, "topic_missing"},
                                                      {kind::topic_denied, "topic_denied"}};
    for (const auto& [what, name] : of_topics) {
        INFO(name);
        tell(what);
        CHECK(f.of(name) == 1);
    }
    tell(kind::late_report, outcome::persisted);
    tell(kind::late_report, outcome::persisted);
    tell(kind::late_report, outcome::not_persisted);
    CHECK(f.value("kafka_producer_late_outcomes_total", {{"topic", "t"}, {"outcome", "persisted"}}) == 2);
    CHECK(f.value("kafka_producer_late_outcomes_total", {{"topic", "t"}, {"outcome", "not_persisted"}}) == 1);
    CHECK(f.value("kafka_producer_late_outcomes_total", {{"topic", "t"}, {"outcome", "unknown"}}) == 0);
    tell(kind::breaker_opened);
    tell(kind::breaker_half_opened);
    tell(kind::breaker_opened);
    tell(kind::breaker_closed);
    CHECK(f.value("kafka_producer_circuit_transitions_total", {{"to", "open"}}) == 2);
    CHECK(f.value("kafka_producer_circuit_transitions_total", {{"to", "half_open"}}) == 1);
    CHECK(f.value("kafka_producer_circuit_transitions_total", {{"to", "closed"}}) == 1);
    for (const auto& [what, name] : of_topics) {
        CHECK(f.of(name) == 1);
    }
}

TEST_CASE("metrics_tracer: connections, their failures, and producers that could not begin") {
    fixture f;
    using kind = client_event::kind;
    const auto tell = [&](kind what, errc code) {
        event e;
        e.what = event::kind::client;
        e.client = what;
        e.code = code;
        f.tracer.on_event(e);
    };
    tell(kind::broker_up, errc::none);
    tell(kind::all_brokers_down, errc::broker_unavailable);
    tell(kind::broker_up, errc::none);
    CHECK(f.value("kafka_connections_total", {}) == 2);
    CHECK(f.value("kafka_connection_errors_total", {{"error", "broker_unavailable"}}) == 0);
    tell(kind::fault, errc::dns);
    tell(kind::fault, errc::dns);
    CHECK(f.value("kafka_connection_errors_total", {{"error", "dns"}}) == 2);
    CHECK(f.value("kafka_producer_init_failures_total", {}) == 0);
    tell(kind::authentication_failed, errc::authentication);
    tell(kind::tls_failed, errc::tls);
    CHECK(f.value("kafka_connection_errors_total", {{"error", "authentication"}}) == 1);
    CHECK(f.value("kafka_connection_errors_total", {{"error", "tls"}}) == 1);
    CHECK(f.value("kafka_producer_init_failures_total", {}) == 2);
    tell(kind::fatal, errc::fatal);
    CHECK(f.value("kafka_producer_init_failures_total", {}) == 2);
    tell(kind::fault, errc::fatal);
    CHECK(f.value("kafka_producer_init_failures_total", {}) == 3);
    f.tracer.init_failed();
    CHECK(f.value("kafka_producer_init_failures_total", {}) == 4);
    CHECK(f.value("kafka_client_events_total", {{"event", "broker_up"}}) == 2);
    CHECK(f.value("kafka_client_events_total", {{"event", "all_brokers_down"}}) == 1);
    CHECK(f.value("kafka_client_events_total", {{"event", "fault"}}) == 3);
    CHECK(f.value("kafka_client_events_total", {{"event", "fatal"}}) == 1);
}

TEST_CASE("metrics_tracer: topics beyond the limit are one, and that is counted") {
    fixture f;
    for (const char* const topic : {"a", "b", "c", "d", "a"}) {
        f.end(topic, receipt{});
    }
    CHECK(f.of("messages_sent", "a") == 2);
    CHECK(f.of("messages_sent", "b") == 1);
    CHECK(f.of("messages_sent", "_other") == 2);
    CHECK(f.durations("_other").count() == 2);
    f.end("c", failed_with(errc::rejected, outcome::not_persisted, 1));
    CHECK(f.value("kafka_producer_errors_total", {{"topic", "_other"}, {"error", "rejected"}}) == 1);
    CHECK(f.value("stentor_metrics_overflow_total", {{"metric", "kafka_producer_messages_sent_total"}}) == 3);
}

TEST_CASE("metrics_tracer: what alerts look at is there, at 0, before it happens") {
    fixture f;
    CHECK(f.value("kafka_producer_circuit_transitions_total", {{"to", "open"}}) == 0);
    CHECK(f.value("kafka_connections_total", {}) == 0);
    CHECK(f.of("messages_failed") == -1);
    (void)f.begin("t");
    for (const char* const name : {"messages_sent", "messages_failed", "messages_unknown", "retries", "circuit_refused",
                                   "topic_missing", "topic_denied", "queue_full"}) {
        INFO(name);
        CHECK(f.of(name) == 0);
    }
    CHECK(f.value("kafka_producer_dead_letters_total", {{"topic", "t"}, {"result", "failed"}}) == 0);
    CHECK(f.registry.collect().value("kafka_producer_messages_sent_total", {{"topic", "_other"}}) == std::nullopt);
}

TEST_CASE("metrics_tracer: two on one registry add up, and a name that is taken is refused") {
    fixture f;
    metrics_tracer other(f.registry);
    header_sink sink;
    publish_context context;
    f.end("t", receipt{});
    other.start(record{.topic = "t"}, sink, context).finish(receipt{}, {});
    CHECK(f.of("messages_sent") == 2);

    const metrics_registry taken;
    (void)taken.gauges("kafka_connections", "Mine.").value();
    CHECK_THROWS_AS(metrics_tracer(taken), publish_failure);
}

TEST_CASE("metrics_tracer: it keeps its registry alive") {
    auto t = [] { return metrics_tracer(metrics_registry{}); }();
    header_sink sink;
    publish_context context;
    t.start(record{.topic = "t"}, sink, context).finish(receipt{}, {});
}

TEST_CASE("exemplar_tracer: a bucket leads to the newest sampled trace") {
    const metrics_registry r;
    exemplar_tracer t(r);
    const auto publish = [&](std::string_view traceparent, nanoseconds took) {
        header_sink sink;
        publish_context context;
        std::copy(traceparent.begin(), traceparent.end(), context.traceparent.begin());
        context.at.wall = timestamp{milliseconds(42)};
        t.start(record{.topic = "t"}, sink, context).finish(receipt{}, moment{instant{took}, 0, {}});
    };
    publish("", 1ms);
    CHECK(to_openmetrics(r.collect()).find("trace_id") == std::string::npos);
    publish("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", 1ms);  // not sampled
    CHECK(to_openmetrics(r.collect()).find("trace_id") == std::string::npos);
    publish("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", 20ms);
    CHECK(to_openmetrics(r.collect())
              .find("le=\"0.025\"} 3 # {trace_id=\"0af7651916cd43dd8448eb211c80319c\","
                    "span_id=\"b7ad6b7169203331\"} 0.02 0.042\n") != std::string::npos);
    CHECK(to_prometheus(r.collect()).find("trace_id") == std::string::npos);
}
