#pragma once

#include <cstdint>

#include <stentor/detail/durations.hpp>
#include <stentor/version.hpp>

/// @file
/// Time, as the library sees it. Policies never read a clock: they are handed a `moment`.

namespace stentor::inline v0 {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

/// The clock behind `instant`. It has no `now()`: only a transport tells the time, so that a test can.
struct monotonic_clock {
    /// What `std::chrono` asks of a clock.
    /// @{
    using rep = nanoseconds::rep;
    using period = nanoseconds::period;
    using duration = nanoseconds;
    using time_point = std::chrono::time_point<monotonic_clock>;
    static constexpr bool is_steady = true;
    /// @}
};

/// A point on the transport's monotonic clock. Comparable only with instants of the same transport.
using instant = monotonic_clock::time_point;

/// Wall time with millisecond resolution, UTC, as Kafka stores it. The epoch value means "not given".
using timestamp = std::chrono::sys_time<milliseconds>;

/// All that a policy learns of time and chance (DESIGN: determinism). One read of the transport makes one moment.
struct moment {
    instant now{};            ///< monotonic: for deadlines, back-off, breaker windows
    std::uint64_t random{0};  ///< 64 uniformly distributed bits, fresh in each moment
    timestamp wall{};         ///< wall time, for timestamps in messages; it may jump
};

namespace detail {

// `base` plus `d`, whatever a caller gave as `d`: a century is for ever, and leaves room for what is added later.
[[nodiscard]] constexpr instant later(instant base, nanoseconds d) noexcept {
    constexpr nanoseconds century = std::chrono::hours(24) * 36525;
    return base + (d > century ? century : d < -century ? -century : d);
}

}  // namespace detail

}  // namespace stentor::inline v0
