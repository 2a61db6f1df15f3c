#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include <stentor/detail/breaker_machine.hpp>

#include "breaker_moments.hpp"

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

TEST_CASE("of two probes, the one that is still out is waited for") {
    breaker_machine m = opened({.successes = 2, .open_for = 1s, .factor = 1.0, .jitter = 0.0, .probes = 2, .probe_timeout = 5s});
    const auto first = m.allow(at(1s));
    REQUIRE((first && m.allow(at(2s))));
    m.record(*first, good, at(3s));
    // Nobody has asked in between, so the first place is free at the second probe's last instant.
    CHECK_FALSE(m.allow(at(7s)));
    CHECK(m.state() == circuit::open);
    CHECK(m.not_before() == at(8s).now);
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
