// The breaker in the publish path: refusals, probes, retries that wait for it.

#include <stentor/testing/scripted_breaker.hpp>

#include "support.hpp"

using namespace flow;
using stentor::circuit;
using stentor::errc;
using stentor::failure_breaker;

namespace {

auto with_breaker(const stentor::memory_broker& broker, stentor::exponential_backoff retry = {.attempts = 1}) {
    return stentor::basic_publisher{stentor::memory_transport{broker}, text_serializer{}, retry,
                                    failure_breaker{{.failures = 5, .open_for = 30s}}, stentor::no_tracer{}};
}

}  // namespace

TEST_CASE("five failures in a row open the circuit, and a first try is then refused at once", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_breaker(broker);
    broker.fail_next(5, errc::broker_unavailable);
    for (int i = 0; i < 5; ++i) {
        CHECK(p.publish(note{"k", "v"}).error() == errc::broker_unavailable);
    }
    CHECK(p.breaker().state() == circuit::open);
    const auto before = broker.elapsed();
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::circuit_open);
    CHECK(r.error().outcome == stentor::outcome::not_persisted);
    CHECK(r.error().cause.find("failures in a row") != std::string::npos);
    CHECK(broker.elapsed() == before);
    CHECK(p.account().accepted == 5);
    CHECK(p.account().refused == 1);
    check_balanced(p.account());
}

TEST_CASE("after the wait two successes close it", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_breaker(broker);
    broker.fail_next(5, errc::broker_unavailable);
    for (int i = 0; i < 5; ++i) {
        (void)p.publish(note{"k", "v"});
    }
    broker.advance(29'999ms);
    CHECK(p.publish(note{"k", "v"}).error() == errc::circuit_open);
    broker.advance(1ms);
    CHECK(p.publish(note{"k", "v"}));
    CHECK(p.breaker().state() == circuit::half_open);
    CHECK(p.publish(note{"k", "v"}));
    CHECK(p.breaker().state() == circuit::closed);
}

TEST_CASE("permanent errors of the message say nothing about the brokers", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_breaker(broker);
    broker.fail_next(20, errc::message_too_large);
    for (int i = 0; i < 20; ++i) {
        CHECK(p.publish(note{"k", "v"}).error() == errc::message_too_large);
    }
    CHECK(p.breaker().state() == circuit::closed);
}

TEST_CASE("refused credentials open it at once", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_breaker(broker);
    broker.fail_next(1, errc::authentication);
    CHECK(p.publish(note{"k", "v"}).error() == errc::authentication);
    CHECK(p.breaker().state() == circuit::open);
}

TEST_CASE("a retry that finds the circuit open stays parked and goes when it lets it", "[flow]") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               stentor::exponential_backoff{.attempts = 3, .initial = 1s},
                               failure_breaker{{.failures = 1, .open_for = 5s}}};
    broker.fail_next(1, errc::broker_unavailable);
    const auto r = p.publish(note{"k", "v"});
    REQUIRE(r);
    CHECK(r->attempts == 2);
    CHECK(broker.elapsed() == 5s);
}

TEST_CASE("a retry that the circuit never lets through ends with its last real error", "[flow]") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               stentor::exponential_backoff{.attempts = 3, .initial = 1s},
                               failure_breaker{{.failures = 1, .open_for = 300s}}};
    broker.fail_next(1, errc::broker_unavailable);
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(broker.elapsed() <= 30s);
    check_balanced(p.account());
}

TEST_CASE("a broker that is up again lets probes through before the wait is over", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_breaker(broker);
    broker.fail_next(5, errc::broker_unavailable);
    for (int i = 0; i < 5; ++i) {
        (void)p.publish(note{"k", "v"});
    }
    broker.down();
    broker.advance(1s);
    broker.up();
    broker.advance(1ms);
    CHECK(p.publish(note{"k", "v"}));
}

TEST_CASE("the circuit can be opened and closed by hand", "[flow]") {
    const stentor::memory_broker broker;
    auto p = with_breaker(broker);
    p.breaker().isolate();
    CHECK(p.publish(note{"k", "v"}).error() == errc::circuit_open);
    p.breaker().reset();
    CHECK(p.publish(note{"k", "v"}));
}

TEST_CASE("an outage of parked publishes opens the circuit at their deadlines", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    auto p = with_breaker(broker);
    for (int i = 0; i < 5; ++i) {
        CHECK(p.publish(note{"k", "v"}, {.deadline = 1s}).error() == errc::deadline_exceeded);
    }
    CHECK(p.breaker().state() == circuit::open);
}

TEST_CASE("what is parked holds no permit, and asks again when it may go", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    auto p = with_breaker(broker);
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i), "v"}, seen.into("v")));
    }
    p.breaker().isolate();
    broker.up();
    broker.advance(5s);
    CHECK(log_of(broker).empty());
    p.breaker().reset();
    broker.advance(2s);
    CHECK(log_of(broker).size() == 50);
    CHECK(seen.persisted() == 50);
}

TEST_CASE("a parked record holds no probe: another one may try", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               failure_breaker{{.failures = 1, .successes = 1, .open_for = 1s, .probes = 1}}};
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "opens"}));
    broker.advance(1s);
    broker.script({.key = "parked", .times = 1, .fault = stentor::memory_fault::queue_full(500ms)});
    REQUIRE(p.async_publish(note{"parked", "v"}, seen.into("parked")));
    CHECK(p.publish(note{"other", "probe"}));
    CHECK(p.breaker().state() == circuit::closed);
    broker.advance(1s);
    CHECK(seen.persisted() == 1);
}

TEST_CASE("no breaker is asked or told anything after close", "[flow]") {
    struct counting {
        int* calls;
        std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
            ++*calls;
            return stentor::permit{};
        }
        void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept { ++*calls; }
        [[nodiscard]] circuit state() const noexcept {
            ++*calls;
            return circuit::closed;
        }
        void on_client(const stentor::client_event&, const stentor::moment&) noexcept { ++*calls; }
    };
    stentor::memory_broker broker;
    int calls = 0;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, counting{&calls}};
    broker.hold();
    REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}));
    REQUIRE(p.close(1s));
    const int until_then = calls;
    broker.down();
    broker.advance(1s);
    broker.up();
    broker.release();
    broker.advance(1s);
    CHECK(calls == until_then);
}

TEST_CASE("the breaker hears how long a try took, not how long it had waited", "[flow]") {
    stentor::memory_broker broker{{.latency = 5ms}};
    const stentor::scripted_breaker seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, seen};
    broker.down();
    REQUIRE(p.async_publish(note{"k", "v"}, [](const auto&) {}));
    broker.advance(2s);
    broker.up();
    broker.run_until_idle();
    REQUIRE_FALSE(seen.recorded().empty());
    CHECK(seen.recorded().back().signal == stentor::signal::success);
    CHECK(seen.recorded().back().elapsed == 5ms);
}
