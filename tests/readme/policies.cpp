// The code of the policies' pages, docs/*.md: a smallest type of one's own for each, the swaps, and the defaults that they name.
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <stentor/log.hpp>
#include <stentor/log/stderr.hpp>
#include <stentor/stentor.hpp>

using namespace std::chrono_literals;

namespace app {

struct line {
    std::string text;
    operator std::string_view() const noexcept { return text; }
};

struct money {
    long cents = 0;
};
struct offer {
    std::string item;
    money price;
};
BOOST_DESCRIBE_STRUCT(offer, (), (item, price))

struct shout {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const line& message, stentor::buffer& out) const {
        if (message.text.empty()) {
            stentor::fault nothing_to_say;
            nothing_to_say.code = stentor::errc::serialization;
            nothing_to_say.cause = "/text: is empty";
            return nothing_to_say;
        }
        out.append(message.text);
        out.push_back('!');
        return {};
    }
};

struct every_second {
    stentor::verdict next(const stentor::failure& f) const noexcept {
        return f.transient && f.attempt < 5 ? stentor::retry_in(1s) : stentor::give_up();
    }
};

struct kill_switch {
    std::atomic<bool>* off;
    std::optional<stentor::permit> allow(std::string_view /*topic*/, const stentor::moment&) noexcept {
        return off->load() ? std::nullopt : std::optional<stentor::permit>{std::in_place};
    }
    void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
    stentor::circuit state() const noexcept { return off->load() ? stentor::circuit::open : stentor::circuit::closed; }
};

struct failure_counter {
    std::atomic<int>* failed;
    struct span {
        std::atomic<int>* failed;
        void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
        void finish(const stentor::result<stentor::receipt>& r, const stentor::moment&) noexcept { *failed += r ? 0 : 1; }
    };
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {failed}; }
};

// Writes values into a list, and reports when its publisher waits. Its time stands still but for that.
class notebook {
public:
    explicit notebook(std::vector<std::string>& lines) : lines_(&lines) {}

    void attach(stentor::events&) noexcept {}
    stentor::fault submit(const stentor::record& r, stentor::completion& which) noexcept {
        lines_->emplace_back(r.value);
        open_.push_back(&which);
        return {};
    }
    stentor::moment now() noexcept { return {time_, ++drawn_, std::chrono::sys_days{2026y / 1 / 1}}; }
    void wake_at(stentor::instant) noexcept {}
    bool wait(stentor::latch& l, stentor::instant until) noexcept {
        report_all();
        time_ = l.is_set() ? time_ : std::max(time_, until);
        return l.is_set();
    }
    void retire(std::shared_ptr<void> /*keep*/, stentor::instant) noexcept { report_all(); }

private:
    void report_all() noexcept {
        for (stentor::completion* which : std::exchange(open_, {})) {
            stentor::report persisted;
            persisted.partition = 0;
            persisted.offset = next_++;
            which->owner->completed(*which, persisted, now());
        }
    }

    std::vector<std::string>* lines_;
    std::vector<stentor::completion*> open_{};
    stentor::instant time_{};
    std::uint64_t drawn_ = 0;
    std::int64_t next_ = 0;
};

}  // namespace app

template <>
struct stentor::message_traits<app::line> {
    static constexpr std::string_view topic = "lines";
};

template <>
struct stentor::message_traits<app::offer> {
    static constexpr std::string_view topic = "offers";
};

template <>
struct stentor::json_adapter<app::money> {
    static bool write(const app::money& value, stentor::buffer& out) {
        out.append(std::to_string(value.cents));
        return true;
    }
};

TEST_CASE("docs/serializer.md: a serializer of one's own") {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, app::shout{}};
    REQUIRE(p.publish(app::line{"ahoy"}));
    CHECK(broker.records("lines")[0].value == "ahoy!");
    CHECK(p.publish(app::line{}).error().cause == "/text: is empty");
}

TEST_CASE("docs/serializer.md: swaps, and a type that JSON does not know") {
    const stentor::memory_broker broker;
    stentor::basic_publisher raw{stentor::memory_transport{broker}, stentor::raw_serializer{}};
    REQUIRE(raw.publish(app::line{"as it is"}));
    CHECK(broker.records("lines")[0].value == "as it is");

    stentor::basic_publisher p{stentor::memory_transport{broker}};
    REQUIRE(p.publish(app::offer{"tea", {250}}));
    CHECK(broker.records("offers")[0].value == R"({"item":"tea","price":250})");
}

TEST_CASE("docs/retry.md: a retry policy of one's own") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, app::every_second{}};
    broker.fail_next(2, stentor::errc::broker_unavailable);
    const auto r = p.publish(app::line{"ahoy"});
    REQUIRE(r);
    CHECK(r->attempts == 3);
    CHECK(broker.elapsed() == 2s);
}

TEST_CASE("docs/retry.md: swaps") {
    stentor::memory_broker broker;
    stentor::basic_publisher once{stentor::memory_transport{broker}, stentor::no_retry{}};
    stentor::basic_publisher patient{stentor::memory_transport{broker}, stentor::exponential_backoff::event_bus()};
    stentor::basic_publisher kept{stentor::memory_transport{broker},
                                  stentor::dead_letter<>{.inner = {.attempts = 2}, .topic = "failed"}};

    broker.fail_next(1, stentor::errc::broker_unavailable);
    CHECK_FALSE(once.publish(app::line{"ahoy"}));

    broker.fail_next(4, stentor::errc::broker_unavailable);
    CHECK(patient.publish(app::line{"ahoy"}));
    CHECK(broker.elapsed() == 15s);

    broker.fail_next(2, stentor::errc::broker_unavailable);
    const auto r = kept.publish(app::line{"ahoy"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == stentor::errc::broker_unavailable);
    CHECK(r.error().dead_letter.what == stentor::dead_letter_result::state::written);
    CHECK(broker.records("failed")[0].headers.find("stentor-dlq-original-topic") == "lines");
    CHECK(broker.records("failed")[0].headers.find("stentor-dlq-attempts") == "2");
    CHECK(broker.records("failed")[0].headers.find("stentor-dlq-error") == "broker_unavailable");
    CHECK_FALSE(broker.records("failed")[0].headers.find("stentor-dlq-message").empty());
    CHECK_FALSE(broker.records("failed")[0].headers.find("stentor-dlq-time").empty());
}

TEST_CASE("docs/breaker.md: a breaker of one's own") {
    const stentor::memory_broker broker;
    std::atomic<bool> off{false};
    stentor::basic_publisher p{stentor::memory_transport{broker}, app::kill_switch{&off}};
    CHECK(p.publish(app::line{"ahoy"}));
    off = true;
    CHECK(p.publish(app::line{"ahoy"}).error() == stentor::errc::circuit_open);
}

TEST_CASE("docs/breaker.md: swaps") {
    stentor::memory_broker broker;
    stentor::basic_publisher never{stentor::memory_transport{broker}, stentor::no_breaker{}};
    stentor::basic_publisher nervous{stentor::memory_transport{broker}, stentor::no_retry{},
                                     stentor::failure_breaker{{.failures = 3, .open_for = 10s}}};
    stentor::basic_publisher each{stentor::memory_transport{broker}, stentor::no_retry{}, stentor::per_topic<>{{.failures = 3}}};

    CHECK(never.publish(app::line{"ahoy"}));
    broker.fail_next(3, stentor::errc::broker_unavailable);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(nervous.publish(app::line{"ahoy"}));
    }
    CHECK(nervous.publish(app::line{"ahoy"}).error() == stentor::errc::circuit_open);
    nervous.breaker().reset();
    CHECK(nervous.publish(app::line{"ahoy"}));

    broker.fail_next(3, stentor::errc::broker_unavailable);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(each.publish(app::line{"ahoy"}));
    }
    CHECK(each.publish(app::line{"ahoy"}).error() == stentor::errc::circuit_open);
    CHECK(each.publish(app::offer{"tea", {250}}));  // another topic
}

TEST_CASE("docs/logging.md: a log beside the trace headers") {
    stentor::memory_broker broker;
    stentor::log_tracer log{stentor::stderr_sink{}, {.level = stentor::log_level::info, .correlation_header = "correlation-id"}};
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::tracer_chain{stentor::w3c_tracer{}, log}};
    CHECK(p.publish(app::line{"ahoy"}));
    CHECK(broker.records("lines")[0].headers.find("traceparent").size() == 55);
    CHECK(log.client_log_level() == 6);
}

TEST_CASE("docs/tracer.md: the trace of whatever is published in a scope") {
    stentor::memory_broker broker;
    constexpr std::string_view incoming = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::w3c_tracer{.correlation_header = "correlation-id"}};
    const stentor::trace_scope scope({.traceparent = incoming, .correlation_id = "c-1"});
    (void)p.publish(app::line{"ahoy"});
    REQUIRE(broker.records("lines").size() == 1);
    CHECK(broker.records("lines")[0].headers.find("traceparent") == incoming);
    CHECK(broker.records("lines")[0].headers.find("correlation-id") == "c-1");
}

TEST_CASE("docs/tracer.md: a tracer of one's own, alone and behind the default") {
    stentor::memory_broker broker;
    std::atomic<int> failed{0};
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}, app::failure_counter{&failed}};
    stentor::basic_publisher q{stentor::memory_transport{broker},
                               stentor::tracer_chain{stentor::w3c_tracer{}, app::failure_counter{&failed}}};
    stentor::basic_publisher r{stentor::memory_transport{broker}, stentor::no_tracer{}};

    broker.fail_next(1, stentor::errc::rejected);
    CHECK_FALSE(p.publish(app::line{"ahoy"}));
    CHECK(failed == 1);
    CHECK(q.publish(app::line{"ahoy"}));
    CHECK(r.publish(app::line{"ahoy"}));
    CHECK(failed == 1);
    CHECK(broker.records("lines")[0].headers.find("traceparent").size() == 55);
    CHECK(broker.records("lines")[1].headers.find("traceparent").empty());
}

TEST_CASE("docs/transport.md: a transport of one's own") {
    std::vector<std::string> lines;
    stentor::basic_publisher p{app::notebook{lines}};
    const auto first = p.publish(app::offer{"tea", {250}});
    REQUIRE(first);
    CHECK(first->offset == 0);
    CHECK(p.publish(app::offer{"milk", {90}})->offset == 1);
    CHECK(lines == std::vector<std::string>{R"({"item":"tea","price":250})", R"({"item":"milk","price":90})"});
}

// What the tables of the pages call the defaults.
static_assert(stentor::exponential_backoff{}.attempts == 3 && stentor::exponential_backoff{}.initial == 100ms &&
              stentor::exponential_backoff{}.factor == 2.0 && stentor::exponential_backoff{}.max == 10s &&
              stentor::exponential_backoff{}.jitter == stentor::jitter::none && !stentor::exponential_backoff{}.allow_duplicates);
static_assert(stentor::failure_breaker_options{}.failures == 5 && stentor::failure_breaker_options{}.successes == 2 &&
              stentor::failure_breaker_options{}.open_for == 30s && stentor::failure_breaker_options{}.max_open_for == 5min &&
              stentor::failure_breaker_options{}.factor == 2.0 && stentor::failure_breaker_options{}.jitter == 0.2 &&
              stentor::failure_breaker_options{}.probes == 2 && stentor::failure_breaker_options{}.probe_timeout == 9500ms);
static_assert(stentor::failure_breaker_options{}.failure_rate == 0.0 && stentor::failure_breaker_options{}.slow_call == 0s &&
              stentor::failure_breaker_options{}.slow_call_rate == 0.0 && stentor::failure_breaker_options{}.minimum_calls == 20 &&
              stentor::failure_breaker_options{}.window == 10s);

TEST_CASE("README.md and docs/*.md: the defaults that the tables name") {
    const stentor::dead_letter<> letters;
    CHECK((letters.topic == "dead-letter" && letters.deadline == 10s && !letters.allow_duplicates));
    const stentor::publisher_options o;
    CHECK((o.deadline == 30s && o.slots == 8192 && o.bytes == 64U << 20U && o.parked_per_lane == 1024));
    CHECK((o.topics.empty() && !o.message_id && o.enabled && o.close_within == 4750ms && !o.late_outcome));
    const stentor::memory_broker_options m;
    CHECK((!m.shared && m.seed == 1 && m.partitions == 1 && m.latency == 0s && m.auto_create_topics && m.attempt_timeout == 9s));
    CHECK((m.start == std::chrono::sys_days{2026y / 1 / 1} && m.on_the_wire == 10 && m.keep_history));
    CHECK(m.queue_limit == std::numeric_limits<std::size_t>::max());
}
