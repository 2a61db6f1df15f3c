// A publisher seen from outside: what its snapshots say while it works, when it is moved, closed and gone.

#include <cstdint>
#include <optional>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/snapshot.hpp>

#include "support.hpp"

using namespace flow;
using stentor::circuit;
using stentor::errc;
using stentor::publisher_snapshot;

namespace {

[[nodiscard]] publisher<> on(stentor::memory_broker& broker, stentor::publisher_options options = {}) {
    return publisher<>{stentor::memory_transport{broker},
                       text_serializer{},
                       three_tries,
                       stentor::no_breaker{},
                       stentor::no_tracer{},
                       std::move(options)};
}

}  // namespace

TEST_CASE("Of a publisher that has nothing to do, limits and time are seen") {
    stentor::memory_broker broker;
    const auto p = on(broker, {.slots = 64, .bytes = 1'000});
    const publisher_snapshot seen = p.snapshot();
    CHECK_FALSE(seen.gone);
    CHECK(seen.enabled);
    CHECK_FALSE(seen.closed);
    CHECK(seen.account.accepted == 0);
    CHECK(seen.breaker == circuit::closed);
    CHECK(seen.slots == 64);
    CHECK(seen.slots_in_use == 0);
    CHECK(seen.bytes == 1'000);
    CHECK(seen.bytes_in_use == 0);
    CHECK(seen.oldest_in_flight == 0s);
    CHECK(seen.knows_brokers);
    CHECK(seen.brokers_up == 1);
    CHECK(seen.at.now == broker.now());
}

TEST_CASE("What is in flight is seen with its bytes and the age of the oldest, until it has its outcome") {
    outcomes seen_by;
    stentor::memory_broker broker{{.latency = 5s}};
    auto p = on(broker);
    REQUIRE(p.async_publish(note{"k", "first"}, seen_by.into("first")));
    broker.advance(2s);
    REQUIRE(p.async_publish(note{"l", "second"}, seen_by.into("second")));
    broker.advance(1s);

    publisher_snapshot seen = p.snapshot();
    CHECK(seen.account.in_flight == 2);
    CHECK(seen.slots_in_use == 2);
    CHECK(seen.bytes_in_use == 1 + 5 + 1 + 6);
    CHECK(seen.oldest_in_flight == 3s);

    broker.advance(2s);
    seen = p.snapshot();
    CHECK(seen.account.persisted == 1);
    CHECK(seen.slots_in_use == 1);
    CHECK(seen.oldest_in_flight == 3s);

    broker.advance(2s);
    seen = p.snapshot();
    CHECK(seen.account.persisted == 2);
    CHECK(seen.bytes_in_use == 0);
    CHECK(seen.oldest_in_flight == 0s);
}

TEST_CASE("What waits for a broker is in flight, and its age goes on over its retries") {
    outcomes seen_by;
    stentor::memory_broker broker;
    auto p = on(broker);
    broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(p.async_publish(note{"k", "again"}, seen_by.into("again")));
    broker.advance(50ms);  // backing off
    CHECK(p.snapshot().oldest_in_flight == 50ms);
    broker.down();
    broker.advance(10s);
    const publisher_snapshot seen = p.snapshot();
    CHECK(seen.account.in_flight == 1);
    CHECK(seen.oldest_in_flight == 10s + 50ms);
    CHECK(seen.brokers_up == 0);
}

TEST_CASE("An operation that has ended holds its slot until its last report, and is not in flight any more") {
    outcomes seen_by;
    stentor::memory_broker broker{{.latency = 5s}};
    auto p = on(broker);
    REQUIRE(p.async_publish(note{"k", "late"}, seen_by.into("late"), {.deadline = 1s}));
    broker.advance(2s);
    publisher_snapshot seen = p.snapshot();
    CHECK(seen.account.unknown == 1);
    CHECK(seen.account.in_flight == 0);
    CHECK(seen.oldest_in_flight == 0s);
    CHECK(seen.slots_in_use == 1);
    broker.advance(5s);
    seen = p.snapshot();
    CHECK(seen.slots_in_use == 0);
}

TEST_CASE("The breaker's state is seen") {
    stentor::memory_broker broker;
    publisher<stentor::no_retry, stentor::failure_breaker> p{
        stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
        stentor::failure_breaker{{.failures = 1, .open_for = 10s}}, stentor::no_tracer{}};
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "trips it"}));
    CHECK(p.snapshot().breaker == circuit::open);
    broker.advance(11s);
    REQUIRE(p.publish(note{"k", "probes"}));
    CHECK(p.snapshot().breaker == circuit::half_open);
}

TEST_CASE("A source needs no type, follows the publisher when that is moved, and says when it is gone") {
    stentor::memory_broker broker;
    const stentor::snapshot_source none;
    CHECK(none.read().gone);

    std::optional<publisher<>> p{on(broker)};
    const stentor::snapshot_source source = p->snapshots();
    REQUIRE(p->publish(note{"k", "one"}));
    CHECK(source.read().account.persisted == 1);

    std::optional<publisher<>> q{std::move(*p)};
    CHECK(p->snapshot().gone);
    CHECK(p->snapshots().read().gone);
    REQUIRE(q->publish(note{"k", "two"}));
    CHECK(source.read().account.persisted == 2);

    CHECK(source.read().knows_brokers);
    REQUIRE(q->close(1s));
    CHECK(source.read().closed);
    CHECK_FALSE(source.read().knows_brokers);
    CHECK_FALSE(source.read().gone);
    q.reset();
    broker.run_until_idle();
    CHECK(source.read().gone);
}

TEST_CASE("One that was made to accept nothing says so") {
    stentor::memory_broker broker;
    broker.down();
    const publisher_snapshot off = on(broker, {.enabled = false}).snapshot();
    CHECK_FALSE(off.enabled);
    CHECK_FALSE(off.knows_brokers);  // or else those who look on would say that it has none, for ever
}

TEST_CASE("An outcome that is due and does not come is seen: a handler holds up the event thread") {
    stentor::memory_broker broker;
    publisher_snapshot seen;
    auto p = on(broker, {.deadline = 1s});
    broker.down();
    REQUIRE(p.async_publish(note{"k", "one"}, [&](stentor::result<stentor::receipt>) {
        broker.spend(7s);
        seen = p.snapshot();
    }));
    REQUIRE(p.async_publish(note{"l", "two"}, [](stentor::result<stentor::receipt>) {}, {.deadline = 3s}));
    broker.advance(500ms);
    CHECK(p.snapshot().overdue == 0s);
    broker.advance(500ms);
    CHECK(seen.overdue == 7s);  // its own: it ends with its handler
    broker.run_until_idle();
    CHECK(p.snapshot().overdue == 0s);
}
