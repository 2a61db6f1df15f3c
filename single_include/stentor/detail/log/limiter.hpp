// Made by single_include/generate.py from include/stentor/detail/log/limiter.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <limits>

#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail {

// Lets a burst of lines through, and then one an interval: a token bucket as one number, the instant at which it would be full
// again (the "theoretical arrival time" of the generic cell rate algorithm). Any thread, no lock.
class log_limiter {
public:
    // False: the line is one too many, and was counted.
    [[nodiscard]] bool allow(const moment& at, std::uint32_t burst, nanoseconds interval) noexcept {
        if (interval <= nanoseconds::zero()) {
            return true;
        }
        const std::int64_t now = at.now.time_since_epoch().count();
        const std::int64_t each = interval.count();
        const std::int64_t most = burst > 1 ? static_cast<std::int64_t>(burst - 1) : 0;
        constexpr std::int64_t far = std::numeric_limits<std::int64_t>::max() / 4;
        const std::int64_t tolerance = each > far / (most + 1) ? far : each * most;
        std::int64_t full = full_at_.load(std::memory_order_relaxed);
        for (;;) {
            const std::int64_t from = full > now ? full : now;
            if (from - now > tolerance) {
                last_wall_.store(at.wall.time_since_epoch().count(), std::memory_order_relaxed);
                suppressed_.fetch_add(1, std::memory_order_relaxed);
                return false;
            }
            if (full_at_.compare_exchange_weak(full, from + (each < far ? each : far), std::memory_order_relaxed)) {
                return true;
            }
        }
    }
    // How many were held back since the last call.
    [[nodiscard]] std::uint64_t take_suppressed() noexcept {
        // The usual case is a load only.
        return suppressed_.load(std::memory_order_relaxed) == 0 ? 0 : suppressed_.exchange(0, std::memory_order_relaxed);
    }
    // When the last of them came.
    [[nodiscard]] timestamp last_suppressed() const noexcept {
        return timestamp{milliseconds(last_wall_.load(std::memory_order_relaxed))};
    }

private:
    std::atomic<std::int64_t> full_at_{std::numeric_limits<std::int64_t>::min()};
    std::atomic<std::uint64_t> suppressed_{0};
    std::atomic<std::int64_t> last_wall_{0};
};

}  // namespace stentor::inline v0::detail
