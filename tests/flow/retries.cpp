// Failures that pass: back-off in virtual time, limits, and what is never tried again.

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::memory_fault;
using stentor::outcome;

TEST_CASE("two failures and a success are three attempts with back-off between them", "[flow]") {
    stentor::memory_broker broker;
    stentor::basic_publisher q{stentor::memory_transport{broker}, text_serializer{},
                               stentor::exponential_backoff{.attempts = 3, .initial = 1s}};
    broker.fail_next(2, errc::broker_unavailable);
    const auto s = q.publish(note{"k", "v"});
    REQUIRE(s);
    CHECK(s->attempts == 3);
    CHECK(broker.elapsed() == 3s);
    CHECK(log_of(broker).size() == 1);
}

TEST_CASE("the last error is the result when the attempts are used up", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(3, errc::broker_unavailable);
    const auto r = p.publish(note{"k", "v"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(r.error().outcome == outcome::not_persisted);
    CHECK(r.error().attempts == 3);
    CHECK_FALSE(r.error().cause.empty());
    CHECK(broker.elapsed() == 300ms);
    CHECK(log_of(broker).empty());
    check_balanced(p.account());
}

TEST_CASE("what is permanent is not tried again", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(1, errc::message_too_large);
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::message_too_large);
    CHECK(r.error().attempts == 1);
    CHECK(broker.elapsed() == 0s);
}

TEST_CASE("an unknown is not tried again, unless the user opted in to duplicates", "[flow]") {
    stentor::memory_broker broker;
    {
        publisher<> p{stentor::memory_transport{broker}, three_tries};
        broker.fail_next(1, memory_fault::lost_acknowledgement());
        const auto r = p.publish(note{"k", "once"});
        REQUIRE_FALSE(r);
        CHECK(r.error().outcome == outcome::unknown);
        CHECK(r.error().attempts == 1);
        CHECK(log_of(broker).size() == 1);
        CHECK(p.account().unknown == 1);
    }
    broker.clear();
    stentor::exponential_backoff twice_is_fine = three_tries;
    twice_is_fine.allow_duplicates = true;
    publisher<> p{stentor::memory_transport{broker}, twice_is_fine};
    broker.fail_next(1, memory_fault::lost_acknowledgement());
    const auto r = p.publish(note{"k", "twice"});
    REQUIRE(r);
    CHECK(r->attempts == 2);
    const auto& log = broker.records("notes");
    REQUIRE(log.size() == 2);
    CHECK(log[0].headers.find("message-id").size() == 36);
    CHECK(log[0].headers.find("message-id") == log[1].headers.find("message-id"));
}

TEST_CASE("no retry starts without the attempt timeout and half a second left", "[flow]") {
    stentor::memory_broker broker{{.attempt_timeout = 2s}};
    publisher<> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 9, .initial = 500ms, .factor = 1}};
    broker.fail_next(9, errc::broker_unavailable);
    // 4 s: tries at 0, 0.5, 1.0 and 1.5 s; at 2.0 s less than 2.5 s remain.
    const auto r = p.publish(note{"k", "v"}, {.deadline = 4s});
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(r.error().attempts == 4);
    CHECK(broker.elapsed() == 1500ms);
}

TEST_CASE("a deadline under the attempt timeout gets no retry", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(1, errc::broker_unavailable);
    const auto r = p.publish(note{"k", "v"}, {.deadline = 2s});
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(r.error().attempts == 1);
}

TEST_CASE("a retry sends the same record again, to the byte", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(2, errc::broker_unavailable);
    const std::string value(3000, 'x');
    REQUIRE(p.publish(note{"key", value}, {.headers = {{.name = "h", .value = "1"}, {.name = "empty", .value = ""}}}));
    const stentor::memory_record& m = broker.records("notes")[0];
    CHECK(m.key == "key");
    CHECK(m.value == value);
    REQUIRE(m.headers.size() == 2);
    CHECK(m.headers.find("h") == "1");
    CHECK(m.time == stentor::memory_broker_options{}.start);
}

TEST_CASE("the same calls give the same trace", "[flow]") {
    const auto run = [] {
        stentor::memory_broker broker{{.seed = 42}};
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                                   stentor::exponential_backoff{.jitter = stentor::jitter::full}};
        broker.random_faults({.probability = 0.3});
        for (int i = 0; i < 200; ++i) {
            (void)p.publish(note{std::to_string(i % 7), std::to_string(i)});
        }
        (void)p.close(1s);
        return broker.trace_hash();
    };
    CHECK(run() == run());
}
