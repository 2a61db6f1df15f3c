// Nothing blocks for ever: every outcome comes by its deadline + 250 ms, and says no more than is known.

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::memory_fault;
using stentor::outcome;

TEST_CASE("on a client that never found its broker everything ends as a definite not_persisted", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    for (int i = 0; i < 20; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i % 4), "v"}, seen.into("v"), {.deadline = 2s}));
    }
    broker.advance(1999ms);
    CHECK(seen.all.empty());
    broker.advance(251ms);
    REQUIRE(seen.all.size() == 20);
    for (const auto& one : seen.all) {
        CHECK(one.result.error() == errc::deadline_exceeded);
        CHECK(one.result.error().outcome == outcome::not_persisted);
        CHECK_FALSE(one.result.error().cause.empty());
    }
    check_balanced(p.account());
}

TEST_CASE("in an outage what was inside and on the wire is unknown, what was not is not_persisted", "[flow]") {
    stentor::memory_broker broker{{.latency = 5ms, .on_the_wire = 10}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    for (int i = 0; i < 30; ++i) {
        REQUIRE(p.async_publish(note{"", std::to_string(i)}, seen.into("inside"), {.deadline = 2s}));
    }
    broker.down();
    for (int i = 0; i < 20; ++i) {
        REQUIRE(p.async_publish(note{"", std::to_string(i)}, seen.into("outside"), {.deadline = 2s}));
    }
    broker.advance(2250ms);
    REQUIRE(seen.all.size() == 50);
    int unknown = 0;
    for (const auto& one : seen.all) {
        REQUIRE_FALSE(one.result);
        unknown += one.result.error().outcome == outcome::unknown ? 1 : 0;
        if (one.text == "outside") {
            CHECK(one.result.error().outcome == outcome::not_persisted);
        }
    }
    CHECK(unknown == 10);
    check_balanced(p.account());
}

TEST_CASE("when the broker is back everything parked goes on in order", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    for (int i = 0; i < 100; ++i) {
        REQUIRE(p.async_publish(note{"k", std::to_string(i)}, seen.into("")));
    }
    broker.advance(5s);
    CHECK(seen.all.empty());
    broker.up();
    broker.advance(1ms);
    CHECK(seen.persisted() == 100);
    const auto log = log_of(broker);
    REQUIRE(log.size() == 100);
    for (std::size_t i = 0; i < log.size(); ++i) {
        CHECK(log[i] == "k=" + std::to_string(i));
    }
    for (const auto& one : seen.all) {
        CHECK(one.result->attempts == 1);  // parked time is no attempt
    }
}

TEST_CASE("a synchronous publish whose acknowledgement is late is unknown, and the late report is told once", "[flow]") {
    stentor::memory_broker broker;
    std::vector<stentor::late_report> late;
    stentor::publisher_options options;
    options.late_outcome = [&](const stentor::late_report& r) { late.push_back(r); };
    publisher<> p{stentor::memory_transport{broker}, options};
    broker.fail_next(1, memory_fault::late_acknowledgement(2s));
    const auto r = p.publish(note{"k", "v"}, {.deadline = 500ms});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(broker.elapsed() >= 500ms);
    CHECK(broker.elapsed() <= 750ms);
    CHECK(late.empty());
    broker.advance(2s);
    REQUIRE(late.size() == 1);
    CHECK(late[0].outcome == outcome::persisted);
    CHECK(late[0].topic == "notes");
    CHECK(late[0].key.data() == nullptr);
    CHECK(late[0].where.offset == 0);
    CHECK(p.account().unknown == 1);
    check_balanced(p.account());
}

TEST_CASE("a late report that hands its record back says which it was", "[flow]") {
    stentor::memory_broker broker{{.attempt_timeout = 2s}};
    std::vector<std::string> late;
    stentor::publisher_options options;
    options.late_outcome = [&](const stentor::late_report& r) {
        late.push_back(std::string(r.topic).append(" ").append(r.key).append(" ").append(to_string(r.outcome)));
    };
    publisher<> p{stentor::memory_transport{broker}, options};
    broker.fail_next(1, memory_fault::lost_request());
    CHECK(p.publish(note{"k", "v"}, {.deadline = 500ms}).error().outcome == outcome::unknown);
    broker.advance(5s);
    CHECK(late == std::vector<std::string>{"notes k unknown"});
}

TEST_CASE("a report within 250 ms of the deadline is still the outcome", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    broker.fail_next(1, memory_fault::slow_acknowledgement(550ms));
    CHECK(p.publish(note{"k", "v"}, {.deadline = 500ms}));
}

TEST_CASE("a full queue parks, and goes on when there is room", "[flow]") {
    stentor::memory_broker broker{{.latency = 10ms, .queue_limit = 5}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{"k", std::to_string(i)}, seen.into("")));
    }
    REQUIRE(p.flush(20s));
    CHECK(seen.persisted() == 50);
    const auto log = log_of(broker);
    for (std::size_t i = 0; i < log.size(); ++i) {
        CHECK(log[i] == "k=" + std::to_string(i));
    }
}

TEST_CASE("credentials that every broker refuses end what is parked at once, with that cause", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("")));
    REQUIRE(p.async_publish(note{"k", "w"}, seen.into("")));
    broker.advance(10ms);
    broker.announce({stentor::client_event::kind::authentication_failed, errc::authentication, "SASL authentication failed"});
    broker.advance(10ms);
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[0].result.error() == errc::authentication);
    CHECK(seen.all[0].result.error().cause == "SASL authentication failed");
    CHECK(seen.all[1].result.error() == errc::authentication);
    check_balanced(p.account());
}

TEST_CASE("once a broker takes the credentials, what they were refused for is over", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    broker.announce({stentor::client_event::kind::authentication_failed, errc::authentication, "SASL authentication failed"});
    CHECK(p.publish(note{"k", "v"}, {.deadline = 1s}));
    broker.down();
    CHECK(p.publish(note{"k", "v"}, {.deadline = 1s}).error() == errc::authentication);
    broker.up();
    CHECK(p.publish(note{"k", "v"}, {.deadline = 1s}));
    broker.down();
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into(""), {.deadline = 1s}));
    broker.advance(500ms);
    CHECK(seen.all.empty());
    broker.up();
    broker.advance(100ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result);
    check_balanced(p.account());
}

TEST_CASE("a wall clock that is set while a publisher is closed changes nothing: time limits go by the other clock", "[flow]") {
    for (const stentor::milliseconds jump : {stentor::milliseconds(-1h), stentor::milliseconds(1h)}) {
        stentor::memory_broker broker;
        outcomes seen;
        publisher<stentor::exponential_backoff> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.initial = 20s}};
        broker.fail_next(1, memory_fault::answer(19));
        REQUIRE(p.async_publish(note{"d", "backing off"}, seen.into("backing off"), {.deadline = 60s}));
        broker.advance(10ms);
        broker.hold();
        REQUIRE(p.async_publish(note{"a", "inside"}, seen.into("inside"), {.deadline = 30s}));
        broker.advance(10ms);
        broker.down();
        REQUIRE(p.async_publish(note{"b", "parked"}, seen.into("parked"), {.deadline = 30s}));
        REQUIRE(p.async_publish(note{"c", "short"}, seen.into("short"), {.deadline = 200ms}));
        broker.shift_wall(jump);
        broker.advance(450ms);
        REQUIRE(seen.all.size() == 1);
        CHECK(seen.all[0].text == "short");
        CHECK(seen.all[0].result.error() == errc::deadline_exceeded);
        const auto begun = broker.elapsed();
        broker.shift_wall(jump);
        CHECK(p.close(1s));
        CHECK(broker.elapsed() - begun <= 1250ms);
        REQUIRE(seen.all.size() == 4);
        for (const auto& one : seen.all) {
            INFO(one.text);
            CHECK(one.result.error() == (one.text == "short"         ? errc::deadline_exceeded
                                         : one.text == "backing off" ? errc::broker_unavailable
                                                                     : errc::closed));
            CHECK((one.result.error().outcome == stentor::outcome::unknown) == (one.text == "inside"));
        }
        check_balanced(p.account());
    }
}
