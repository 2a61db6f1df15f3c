#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <stentor/detail/breaker_machine.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using detail::breaker_machine;

namespace {

moment at(nanoseconds since, std::uint64_t random = 0) {
    moment m;
    m.now = instant(1h + since);
    m.random = random;
    return m;
}

constexpr call good{signal::success, 1ms, errc::none, {}};
constexpr call bad{signal::failure, 1ms, errc::broker_unavailable, "_TRANSPORT"};
constexpr call slow{signal::success, 2s, errc::none, {}};
constexpr call nothing{signal::neutral, {}, errc::rejected, {}};

void tell(breaker_machine& m, const call& what, const moment& when) {
    const auto p = m.allow(when);
    REQUIRE(p);
    m.record(*p, what, when);
}

breaker_machine opened(failure_breaker_options o) {
    o.failures = 1;
    breaker_machine m(o);
    tell(m, bad, at(0s));
    REQUIRE(m.state() == circuit::open);
    return m;
}

}  // namespace

TEST_CASE("half open closes after the wanted successes, and counts from zero then") {
    breaker_machine m = opened({.open_for = 1s});
    tell(m, good, at(1s));
    CHECK(m.state() == circuit::half_open);
    tell(m, good, at(1s));
    CHECK(m.state() == circuit::closed);
    CHECK_FALSE(m.counting());
    CHECK(m.why().empty());
}

TEST_CASE("half open gives only so many permits, and one that came back is free again") {
    breaker_machine m = opened({.successes = 9, .open_for = 1s, .probes = 2});
    const auto a = m.allow(at(1s));
    const auto b = m.allow(at(2s));
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->slot != b->slot);
    CHECK_FALSE(m.allow(at(2s)));
    CHECK(m.not_before() == at(10500ms).now);
    m.record(*a, nothing, at(2s));
    CHECK(m.not_before() == instant::min());
    CHECK(m.allow(at(2s)));
    CHECK_FALSE(m.allow(at(2s)));
}

TEST_CASE("the last of several probes counts as any other, and while one is to be had nobody waits") {
    breaker_machine m = opened({.successes = 1, .open_for = 1s, .probes = 3, .probe_timeout = 10s});
    CHECK(m.not_before() > at(0s).now);
    const auto first = m.allow(at(1s));
    CHECK(m.not_before() == instant::min());
    const auto second = m.allow(at(2s));
    CHECK(m.not_before() == instant::min());
    const auto third = m.allow(at(3s));
    REQUIRE((first && second && third));
    CHECK(m.not_before() == at(11s).now);
    m.record(*third, good, at(3s));
    CHECK(m.state() == circuit::closed);
    CHECK(m.not_before() == instant::min());
}

TEST_CASE("a neutral result of a probe is neither a success nor a failure") {
    breaker_machine m = opened({.successes = 1, .open_for = 1s});
    for (int i = 0; i < 5; ++i) {
        tell(m, nothing, at(1s));
    }
    CHECK(m.state() == circuit::half_open);
    tell(m, good, at(1s));
    CHECK(m.state() == circuit::closed);
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

TEST_CASE("a probe that is not answered in time is a failure, since that instant") {
    breaker_machine m = opened({.open_for = 1s, .factor = 1.0, .jitter = 0.0, .probe_timeout = 5s});
    const auto probe = m.allow(at(1s));
    REQUIRE(probe);
    CHECK(m.allow(at(6s - 1ns)));
    CHECK_FALSE(m.allow(at(6s)));
    CHECK(m.state() == circuit::open);
    CHECK(m.why() == "a probe was not answered in time");
    CHECK(m.not_before() == at(7s).now);
    m.record(*probe, good, at(6s));
    CHECK(m.state() == circuit::open);
}

TEST_CASE("who asks long after an unanswered probe gets a permit at once") {
    breaker_machine m = opened({.open_for = 1s, .probe_timeout = 5s});
    REQUIRE(m.allow(at(1s)));
    CHECK(m.allow(at(10min)));
    CHECK(m.state() == circuit::half_open);
}

TEST_CASE("a permit that comes back twice counts once") {
    breaker_machine m = opened({.successes = 2, .open_for = 1s});
    const auto p = m.allow(at(1s));
    m.record(*p, good, at(1s));
    m.record(*p, good, at(1s));
    CHECK(m.state() == circuit::half_open);
    m.record(permit{m.generation(), 77}, good, at(1s));
    CHECK(m.state() == circuit::half_open);
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

TEST_CASE("a permit that nobody gave means nothing") {
    breaker_machine m = opened({.successes = 1, .open_for = 1s, .probes = 2});
    m.record(permit{m.generation(), 1}, good, at(0s));
    CHECK(m.state() == circuit::open);
    REQUIRE(m.allow(at(1s)));
    for (const std::uint32_t slot : {0U, 2U, 3U, 17U}) {
        m.record(permit{m.generation(), slot}, good, at(1s));
        CHECK(m.state() == circuit::half_open);
    }
    m.record(permit{m.generation(), 1}, good, at(1s));
    CHECK(m.state() == circuit::closed);
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
