#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <stentor/detail/breaker_machine.hpp>

#include "breaker_moments.hpp"

TEST_CASE("half open closes after the wanted successes, and counts from zero then") {
    breaker_machine m = opened({.open_for = 1s});
    tell(m, good, at(1s));
    CHECK(m.state() == circuit::half_open);
    tell(m, good, at(1s));
    CHECK(m.state() == circuit::closed);
    CHECK_FALSE(m.counting());
    CHECK(m.why().empty());
}

TEST_CASE("each failed probe doubles the wait, up to the cap, and chance only shortens it") {
    breaker_machine m = opened({.open_for = 10s, .max_open_for = 35s, .factor = 2.0, .jitter = 0.5});
    tell(m, bad, at(10s, 0));
    CHECK(m.not_before() == at(30s).now);
    tell(m, bad, at(30s, 0));
    CHECK(m.not_before() == at(65s).now);
    tell(m, bad, at(100s, ~std::uint64_t{0}));
    CHECK(m.not_before() >= at(117'500ms).now);
    CHECK(m.not_before() < at(117'501ms).now);
}

TEST_CASE("after it has closed, the wait is the first one again") {
    breaker_machine m = opened({.successes = 1, .open_for = 10s});
    tell(m, bad, at(10s));
    tell(m, good, at(100s));
    REQUIRE(m.state() == circuit::closed);
    tell(m, bad, at(200s, ~std::uint64_t{0}));
    CHECK(m.not_before() == at(210s).now);
}

TEST_CASE("a failure rate opens it, but not before the minimum of calls") {
    breaker_machine m({.failures = 0, .failure_rate = 0.5, .minimum_calls = 10});
    for (int i = 0; i < 4; ++i) {
        tell(m, bad, at(0s));
        tell(m, good, at(0s));
    }
    tell(m, bad, at(0s));
    CHECK(m.state() == circuit::closed);
    tell(m, good, at(0s));
    CHECK(m.state() == circuit::open);
    CHECK(m.why() == "5 failures in 10 calls");
}

TEST_CASE("what has left the window does not count for a rate") {
    breaker_machine m({.failures = 0, .failure_rate = 0.5, .minimum_calls = 4, .window = 10s});
    tell(m, bad, at(0s));
    tell(m, bad, at(0s));
    tell(m, bad, at(0s));
    tell(m, good, at(12s));
    tell(m, good, at(12s));
    tell(m, bad, at(12s));
    CHECK(m.state() == circuit::closed);
    tell(m, bad, at(13s));
    CHECK(m.state() == circuit::open);
}

TEST_CASE("a rate of slow calls opens it, and a slow probe does not close it") {
    breaker_machine m({.failures = 0, .successes = 1, .open_for = 1s, .slow_call = 1s, .slow_call_rate = 1.0, .minimum_calls = 2});
    tell(m, slow, at(0s));
    tell(m, slow, at(0s));
    REQUIRE(m.state() == circuit::open);
    CHECK(m.why() == "2 slow calls in 2");
    tell(m, slow, at(1s));
    CHECK(m.state() == circuit::open);
    CHECK(m.why() == "a probe was slow");
}

TEST_CASE("a call that takes just as long as a slow one is slow") {
    for (const auto& [elapsed, then] : {std::pair{1s - 1ns, circuit::closed}, std::pair{nanoseconds(1s), circuit::open}}) {
        breaker_machine m({.failures = 0, .slow_call = 1s, .slow_call_rate = 1.0, .minimum_calls = 2});
        tell(m, {signal::success, elapsed, errc::none, {}}, at(0s));
        tell(m, {signal::success, elapsed, errc::none, {}}, at(0s));
        CHECK(m.state() == then);
    }
}

TEST_CASE("without a rate, slowness means nothing, and 0 failures turns the count off") {
    CHECK_FALSE(breaker_machine({.slow_call = 1s, .slow_call_rate = 0.0}).counting());
    breaker_machine m({.failures = 0});
    for (int i = 0; i < 100; ++i) {
        tell(m, bad, at(0s));
        tell(m, slow, at(0s));
    }
    CHECK(m.state() == circuit::closed);
}

TEST_CASE("every transition is a new generation") {
    breaker_machine m = opened({.successes = 1, .open_for = 1s});
    const std::uint32_t open = m.generation();
    tell(m, good, at(1s));
    CHECK(m.generation() == open + 2);
    m.isolate();
    CHECK(m.generation() == open + 3);
    m.reset();
    CHECK(m.generation() == open + 4);
}

TEST_CASE("waits that do not fit a clock end at its last instant") {
    breaker_machine m = opened({.open_for = nanoseconds::max()});
    CHECK(m.not_before() == instant::max());
    // The time of `at(0s)` is 1 h: this one is too long by half of that.
    breaker_machine just = opened({.open_for = nanoseconds::max() - 30min, .jitter = 0.0});
    CHECK(just.not_before() == instant::max());
    breaker_machine fits = opened({.open_for = nanoseconds::max() - 90min, .jitter = 0.0});
    CHECK(fits.not_before() == instant::max() - 30min);
}

TEST_CASE("a trip while open renews the cause and nothing else, and not while isolated") {
    breaker_machine m = opened({.open_for = 10s});
    m.trip(errc::tls, "bad certificate", at(5s));
    CHECK(m.why() == "tls: bad certificate");
    CHECK(m.not_before() == at(10s).now);
    m.isolate();
    m.trip(errc::tls, "bad certificate", at(5s));
    CHECK(m.why() == "isolated by hand");
}

TEST_CASE("a result of an older generation counts for nothing, whatever the state") {
    breaker_machine m({.failures = 1, .successes = 1, .open_for = 1s});
    const auto early = m.allow(at(0s));
    const auto late = m.allow(at(0s));
    m.record(*early, bad, at(0s));
    const auto probe = m.allow(at(1s));
    m.record(permit{late->generation, probe->slot}, bad, at(1s));
    CHECK(m.state() == circuit::half_open);
    m.record(*probe, good, at(1s));
    m.record(*late, bad, at(1s));
    CHECK(m.state() == circuit::closed);
}

TEST_CASE("a trip while half open opens it, for longer, and what the probes say afterwards is nothing") {
    breaker_machine m = opened({.successes = 1, .open_for = 1s});
    const auto probe = m.allow(at(1s));
    REQUIRE(m.state() == circuit::half_open);
    m.trip(errc::authentication, "refused", at(2s));
    CHECK(m.state() == circuit::open);
    CHECK(m.why() == "authentication: refused");
    CHECK(m.not_before() == at(4s).now);
    m.record(*probe, good, at(2s));
    CHECK(m.state() == circuit::open);
}

TEST_CASE("what was opened and then isolated stays so when its wait is over") {
    breaker_machine m = opened({.open_for = 1s});
    m.isolate();
    CHECK_FALSE(m.allow(at(5s)));
    CHECK(m.not_before() == instant::max());
    m.broker_up();
    CHECK(m.state() == circuit::open);
    m.reset();
    CHECK(m.allow(at(5s)));
}

TEST_CASE("rates: each by itself, and neither without its number") {
    breaker_machine by_failures({.failures = 0, .failure_rate = 0.5, .minimum_calls = 2});
    CHECK(by_failures.counting());
    for (int i = 0; i < 3; ++i) {
        tell(by_failures, slow, at(0s));
        tell(by_failures, nothing, at(0s));
    }
    tell(by_failures, bad, at(0s));
    CHECK(by_failures.state() == circuit::closed);
    tell(by_failures, bad, at(0s));
    tell(by_failures, bad, at(0s));
    CHECK(by_failures.why() == "3 failures in 6 calls, the last one broker_unavailable: _TRANSPORT");

    breaker_machine by_slowness({.failures = 0, .slow_call = 1s, .slow_call_rate = 0.5, .minimum_calls = 2});
    CHECK(by_slowness.counting());
    tell(by_slowness, good, at(0s));
    tell(by_slowness, bad, at(0s));
    tell(by_slowness, slow, at(0s));
    CHECK(by_slowness.state() == circuit::closed);
    tell(by_slowness, slow, at(0s));
    CHECK(by_slowness.why() == "2 slow calls in 4");

    breaker_machine no_length({.failures = 0, .slow_call = 0s, .slow_call_rate = 0.5, .minimum_calls = 1});
    CHECK_FALSE(no_length.counting());
    tell(no_length, slow, at(0s));
    CHECK(no_length.state() == circuit::closed);
}

TEST_CASE("a failure without a code or a cause is called a failure") {
    breaker_machine m({.failures = 1});
    tell(m, {signal::failure, 1ms, errc::none, {}}, at(0s));
    CHECK(m.why() == "1 failure: failure");
}

TEST_CASE("openings: each time that it opens, also when it is half open again at once; nothing that finds it open") {
    breaker_machine m = opened({.open_for = 1s, .factor = 1.0, .probe_timeout = 2s});
    CHECK(m.openings() == 1);
    m.trip(errc::tls, "expired", at(100ms));
    m.isolate();
    CHECK(m.openings() == 1);
    m.reset();
    CHECK(m.openings() == 1);
    m.isolate();
    m.isolate();
    CHECK(m.openings() == 2);
    m.reset();
    tell(m, bad, at(1s));
    CHECK(m.openings() == 3);
    REQUIRE(m.allow(at(2s)));
    REQUIRE(m.allow(at(1h)));
    CHECK(m.state() == circuit::half_open);
    CHECK(m.openings() == 4);
}
