#include "support.hpp"

#include <map>
#include <stdexcept>
#include <string>

#include <stentor/testing/recording_tracer.hpp>
#include <stentor/testing/scripted_transport.hpp>
#include <stentor/tracer/w3c.hpp>

// What is worth telling is told with the moment when it happened.

using namespace flow;
using stentor::errc;
using stentor::recording_tracer;
using told = stentor::event::kind;

namespace {

// When the first event of each kind was told, and how many there were.
class seen_events {
public:
    explicit seen_events(const recording_tracer& by) {
        for (const auto& e : by.entries(recording_tracer::entry::kind::event)) {
            ++many_[e.event];
            first_.emplace(e.event, e.at);
        }
    }
    [[nodiscard]] int many(told what) const { return many_.contains(what) ? many_.at(what) : 0; }
    [[nodiscard]] stentor::nanoseconds after(stentor::instant start, told what) const {
        return first_.contains(what) ? first_.at(what) - start : stentor::nanoseconds(-1);
    }

private:
    std::map<told, int> many_{};
    std::map<told, stentor::instant> first_{};
};

// What a record has when it is complete, and how often that was said.
struct record_reader {
    std::string* seen;
    struct span {
        std::string* seen;
        void composed(const stentor::record& r) noexcept {
            seen->append(r.topic).append("|").append(r.key).append("|").append(r.value).append("|");
            seen->append(r.headers.find("mine")).append("|").append(r.headers.find("traceparent").substr(0, 3)).append(";");
        }
        void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
        void finish(const stentor::result<stentor::receipt>&, const stentor::moment&) noexcept {}
    };
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {seen}; }
};

}  // namespace

TEST_CASE("a span is shown the complete record once, with the headers of the call and of other tracers, however often it is sent",
          "[flow]") {
    stentor::memory_broker broker;
    std::string seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, three_tries,
                               stentor::tracer_chain{record_reader{&seen}, stentor::w3c_tracer{}}};
    broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(p.publish(note{"k", "v"}, {.headers = {{"mine", "m"}}}));
    CHECK(seen == "notes|k|v|m|00-;");
}

TEST_CASE("events of the breaker, of topics, of the client and of a full queue have the moment when they happened", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker},
                               text_serializer{},
                               stentor::no_retry{},
                               stentor::failure_breaker{{.failures = 1, .successes = 1, .open_for = 30s}},
                               tracer,
                               stentor::publisher_options{.slots = 2}};
    const stentor::instant start = p.now().now;

    broker.advance(1s);
    broker.fail_next(1, errc::unknown_topic);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    broker.advance(1s);
    broker.fail_next(1, errc::authorization);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    broker.advance(1s);
    broker.announce({stentor::client_event::kind::fault, errc::dns, "no such host"});
    broker.advance(1s);
    broker.hold();
    REQUIRE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    REQUIRE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    CHECK_FALSE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    broker.release();
    broker.run_until_idle();
    const stentor::nanoseconds failed_at = p.now().now - start;
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    broker.advance(30s);
    const stentor::nanoseconds probed_at = p.now().now - start;
    CHECK(p.publish(note{"k", "v"}));

    const seen_events events(tracer);
    CHECK(events.after(start, told::topic_missing) == 1s);
    CHECK(events.after(start, told::topic_denied) == 2s);
    CHECK(events.after(start, told::client) == 3s);
    CHECK(events.after(start, told::queue_full) == 4s);
    CHECK(events.after(start, told::breaker_opened) == failed_at);
    CHECK(events.after(start, told::breaker_closed) == probed_at);
    CHECK(events.many(told::queue_full) == 1);
    CHECK(events.many(told::breaker_opened) == 1);
}

TEST_CASE("a handler that throws after a while is told of when it has thrown, and then that it was slow", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer};
    const stentor::instant start = p.now().now;
    REQUIRE(p.async_publish(note{"k", "v"}, [&](auto) {
        broker.spend(150ms);
        throw std::runtime_error("after all that work");
    }));
    REQUIRE(p.flush(1s));
    const auto events = tracer.entries(recording_tracer::entry::kind::event);
    REQUIRE(events.size() == 2);
    CHECK(events[0].event == told::handler_threw);
    CHECK(events[0].cause == "after all that work");
    CHECK(events[0].at - start == 150ms);
    CHECK(events[1].event == told::slow_handler);
    CHECK(events[1].cause.empty());
    CHECK(events[1].at - start == 150ms);
}

TEST_CASE("a late report has the moment of the report", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer};
    const stentor::instant start = p.now().now;
    broker.hold();
    CHECK(p.publish(note{"k", "v"}, {.deadline = 1s}).error().outcome == stentor::outcome::unknown);
    broker.advance(4s);
    const stentor::nanoseconds released_at = p.now().now - start;
    broker.release();
    broker.run_until_idle();
    const seen_events events(tracer);
    CHECK(events.many(told::late_report) == 1);
    CHECK(events.after(start, told::late_report) >= released_at);
}

TEST_CASE("lines of the client's log go to the tracer that wants them, as far as it wants them, and to no other", "[flow]") {
    stentor::scripted_transport chatty;
    stentor::scripted_transport silent;
    recording_tracer wants(6);
    recording_tracer wants_none;
    stentor::basic_publisher p{chatty, text_serializer{}, wants};
    stentor::basic_publisher q{silent, text_serializer{}, wants_none};
    const stentor::basic_publisher without{stentor::scripted_transport{}, text_serializer{}, stentor::no_tracer{}};
    chatty.advance(2s);
    for (stentor::scripted_transport* const t : {&chatty, &silent}) {
        t->log({4, "CONFWARN", errc::invalid_config, "a setting that means nothing"});
        t->log({7, "GETPID", errc::none, "Acquired PID"});
    }
    CHECK(wants_none.entries().empty());
    const auto seen = wants.entries();
    REQUIRE(seen.size() == 1);
    CHECK(seen[0].event == told::client_log);
    CHECK(seen[0].facility == "CONFWARN");
    CHECK(seen[0].level == 4);
    CHECK(seen[0].code == errc::invalid_config);
    CHECK(seen[0].cause == "a setting that means nothing");
    CHECK(seen[0].at == p.now().now);
    REQUIRE(p.close(1s));
    chatty.log({4, "CONFWARN", errc::invalid_config, "after the end"});
    CHECK(wants.entries().size() == 1);
}

TEST_CASE("what was refused after it had waited for room has ended when it was refused", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, tracer,
                               stentor::publisher_options{.slots = 2}};
    const stentor::instant start = p.now().now;
    broker.hold();
    REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}, {.deadline = 30s}));
    REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}, {.deadline = 30s}));
    CHECK(p.publish(note{"k", "v"}, {.deadline = 5s}).error() == errc::deadline_exceeded);
    CHECK(p.account().refused == 1);
    const auto ends = tracer.entries(recording_tracer::entry::kind::finished);
    REQUIRE(ends.size() == 1);
    CHECK(ends[0].at - start >= 5s);
    CHECK(ends[0].at == p.now().now);
    broker.release();
}
