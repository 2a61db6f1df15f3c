// Health as a service's endpoints tell it: what makes a publisher ill, what does not, and the JSON.

#include <optional>

#include <stentor/breaker/per_topic.hpp>
#include <stentor/health.hpp>
#include <stentor/testing/scripted_breaker.hpp>

#include "health_world.hpp"
#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::health_monitor;
using stentor::health_report;
using stentor::health_status;
using stentor::publisher_health;

TEST_CASE("a healthy publisher passes, with what it has done") {
    world w;
    REQUIRE(w.p.publish(note{"k", "one"}));
    const publisher_health h = w.tasks();
    CHECK(h.name == "tasks");
    CHECK(h.status == health_status::pass);
    CHECK(h.liveness == health_status::pass);
    CHECK(h.reasons.empty());
    CHECK(h.circuit == "closed");
    CHECK(h.brokers_up == 1U);
    CHECK(h.messages.accepted == 1);
    CHECK(h.messages.persisted == 1);
    CHECK(h.last_success == w.p.now().wall);
    CHECK_FALSE(h.last_failure);
}

TEST_CASE("a failure warns until a success follows it, or it is old") {
    world w;
    w.fail_once();
    publisher_health h = w.tasks();
    CHECK(h.status == health_status::warn);
    CHECK(only_reason(h) == "The last message to notes failed: broker_unavailable.");
    REQUIRE(h.last_failure);
    CHECK(h.last_failure->error == "broker_unavailable");
    CHECK(h.last_failure->outcome == "not_persisted");
    CHECK(h.last_failure->topic == "notes");
    CHECK_FALSE(h.last_failure->cause.empty());

    SECTION("a success") {
        w.broker.advance(1s);
        REQUIRE(w.p.publish(note{"k", "two"}));
    }
    SECTION("time") { w.broker.advance(60s); }
    h = w.tasks();
    CHECK(h.status == health_status::pass);
    CHECK(h.last_failure);
}

TEST_CASE("the caller's own mistakes are no illness") {
    world w;
    CHECK_FALSE(w.p.publish(note{"k", "x"}, {.partition = -7}));
    CHECK(w.tasks().status == health_status::pass);
    CHECK_FALSE(w.tasks().last_failure);
}

TEST_CASE("an open circuit fails readiness, not liveness; half open it warns; what opened it is still told") {
    world w{{.failure_warns_for = 0s}};
    w.fail_once();
    w.fail_once();
    CHECK(w.p.publish(note{"k", "refused"}).error() == errc::circuit_open);
    publisher_health h = w.tasks();
    CHECK(h.circuit == "open");
    CHECK(h.status == health_status::fail);
    CHECK(h.liveness == health_status::pass);
    CHECK(w.health.live().status == health_status::pass);
    CHECK(only_reason(h) == "The circuit is open: messages are refused until it lets probes through.");
    CHECK(h.last_failure->error == "broker_unavailable");

    w.broker.advance(9s);
    CHECK(w.tasks().status == health_status::fail);
    w.broker.advance(6s);
    h = w.tasks();
    CHECK(h.circuit == "half_open");
    CHECK(h.status == health_status::warn);  // before any publish: nobody sends traffic to what is not ready
    CHECK(only_reason(h) == "The circuit is half open: a few messages may go, to see whether brokers are well again.");
    REQUIRE(w.p.publish(note{"k", "probe"}));
    h = w.tasks();
    CHECK(h.circuit == "half_open");
    CHECK(h.status == health_status::warn);
    REQUIRE(w.p.publish(note{"k", "another"}));
    CHECK(w.tasks().status == health_status::pass);
}

TEST_CASE("a circuit that was isolated fails readiness for ever") {
    world w;
    w.p.breaker().isolate();
    w.broker.advance(24h);
    CHECK(w.tasks().circuit == "open");
    CHECK(w.tasks().status == health_status::fail);
    w.p.breaker().reset();
    CHECK(w.tasks().status == health_status::pass);
}

TEST_CASE("of circuits for each topic the worst decides, each at its own time; a breaker of one's own is believed") {
    stentor::memory_broker broker;
    health_monitor health;
    publisher<stentor::no_retry, stentor::per_topic<>> p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                                                         stentor::per_topic<>{{.failures = 1, .open_for = 10s}}};
    health.watch("tasks", p.snapshots());
    const auto circuit = [&] { return health.ready().checks.kafka->publishers[0].circuit; };
    broker.fail_next(2, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "one"}));
    broker.advance(5s);
    CHECK_FALSE(p.publish(note{"k", "two"}, {.topic = "others"}));
    broker.advance(6s);
    CHECK(circuit() == "open");
    CHECK(health.ready().status == health_status::fail);
    broker.advance(5s);
    CHECK(circuit() == "half_open");
    p.breaker().isolate("notes");
    CHECK(circuit() == "open");

    publisher<stentor::no_retry, stentor::scripted_breaker> q{stentor::memory_transport{broker}, text_serializer{},
                                                              stentor::no_retry{}, stentor::scripted_breaker{}};
    q.breaker().set_state(stentor::circuit::open);
    health.watch("tasks", q.snapshots());
    broker.advance(24h);
    CHECK(circuit() == "open");
}

TEST_CASE("brokers that are down fail readiness, not liveness, with what the client says") {
    world w;
    w.broker.advance(2s);
    w.broker.down();
    w.broker.run_until_idle();
    const publisher_health h = w.tasks();
    CHECK(h.brokers_up == 0U);
    CHECK(h.status == health_status::fail);
    CHECK(h.liveness == health_status::pass);
    REQUIRE(h.last_client_fault);
    CHECK(only_reason(h) == "No broker is up: " + h.last_client_fault->cause + ".");
    CHECK(h.last_client_fault->time == w.p.now().wall);
    CHECK(h.last_client_fault->error == "broker_unavailable");

    w.broker.up();
    w.broker.run_until_idle();
    CHECK(w.tasks().status == health_status::pass);
    CHECK_FALSE(w.tasks().last_client_fault);
}

TEST_CASE("what the client said last is told until a message is persisted, while brokers are up") {
    world w;
    REQUIRE(w.p.publish(note{"k", "before"}));
    w.broker.advance(1s);
    w.broker.announce({stentor::client_event::kind::fault, errc::dns, "no such host"});
    w.broker.advance(1s);
    REQUIRE(w.tasks().last_client_fault);
    CHECK(w.tasks().last_client_fault->error == "dns");
    REQUIRE(w.p.publish(note{"k", "after"}));
    CHECK_FALSE(w.tasks().last_client_fault);
    w.broker.advance(1s);
    w.broker.announce({stentor::client_event::kind::fault, errc::tls, "expired"});
    w.broker.advance(1s);
    CHECK(w.tasks().last_client_fault->error == "tls");
}

TEST_CASE("little room, and messages that wait, warn") {
    outcomes seen;
    world w{{.room_warns = 0.5, .oldest_warns = 2s}, {.slots = 4, .bytes = 300}, 30s};
    REQUIRE(w.p.async_publish(note{"", "1"}, seen.into("1")));
    CHECK(w.tasks().status == health_status::pass);
    REQUIRE(w.p.async_publish(note{"", "2"}, seen.into("2")));
    CHECK(only_reason(w.tasks()) == "2 of 4 slots are in use (50 %).");
    REQUIRE(w.p.async_publish(note{"", "three"}, seen.into("3")));
    publisher_health h = w.tasks();
    CHECK(h.status == health_status::warn);
    REQUIRE(h.reasons.size() == 2);
    CHECK(h.slots_used == 0.75);
    CHECK(h.reasons[1].ends_with("bytes are in use (68 %)."));
    w.broker.advance(2s);
    h = w.tasks();
    REQUIRE(h.reasons.size() == 3);
    CHECK(h.reasons[2] == "The oldest message has waited 2.0 s for its outcome.");
    CHECK(h.oldest_in_flight_ms == 2'000);
}

TEST_CASE("an outcome that does not come at all fails liveness: a restart would help") {
    std::optional<publisher_health> inside;
    std::optional<health_report> live;
    world w{{.oldest_warns = 1h, .overdue_fails = 5s}, {.deadline = 1s}};
    REQUIRE(w.p.async_publish(note{"k", "one"}, [&](const stentor::result<stentor::receipt>&) {
        w.broker.spend(7s);
        inside = w.tasks();
        live = w.health.live();
    }));
    w.broker.run_until_idle();
    REQUIRE(inside);
    CHECK(inside->status == health_status::fail);
    CHECK(inside->liveness == health_status::fail);
    CHECK(only_reason(*inside).starts_with("An outcome has been due for 6.0 s: a handler"));
    CHECK(live->status == health_status::fail);
    CHECK(w.health.live().status == health_status::pass);
}
