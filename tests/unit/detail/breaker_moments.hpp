#pragma once

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>

#include <stentor/detail/breaker_machine.hpp>

// Moments and results of calls, for the tests of the breaker's decisions.

using namespace std::chrono_literals;
using namespace stentor;
using detail::breaker_machine;

inline moment at(nanoseconds since, std::uint64_t random = 0) {
    moment m;
    m.now = instant(1h + since);
    m.random = random;
    return m;
}

inline constexpr call good{signal::success, 1ms, errc::none, {}};
inline constexpr call bad{signal::failure, 1ms, errc::broker_unavailable, "_TRANSPORT"};
inline constexpr call slow{signal::success, 2s, errc::none, {}};
inline constexpr call nothing{signal::neutral, {}, errc::rejected, {}};

inline void tell(breaker_machine& m, const call& what, const moment& when) {
    const auto p = m.allow(when);
    REQUIRE(p);
    m.record(*p, what, when);
}

inline breaker_machine opened(failure_breaker_options o) {
    o.failures = 1;
    breaker_machine m(o);
    tell(m, bad, at(0s));
    REQUIRE(m.state() == circuit::open);
    return m;
}
