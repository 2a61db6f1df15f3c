#pragma once

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// What a transport's `wait` sleeps on.

// A futex and not a condition variable: <condition_variable> and <mutex> cost every user 0.4 s of compile time, and one word in the
// waiter's stack frame is all that a synchronous publish needs. Instants are taken for CLOCK_MONOTONIC nanoseconds, which is what
// every transport with a real clock uses; virtual transports never sleep here.

namespace stentor::inline v0 {

/// A flag that one thread waits for and another sets, once per use. `set` is the setter's last touch: the waiter may destroy the
/// latch as soon as it sees it.
class latch {
public:
    /// From any thread. Once true, all that the setter did before is visible.
    [[nodiscard]] bool is_set() const noexcept { return word_.load(std::memory_order_acquire) == 1; }

    /// Sets it and wakes the waiter; touches it no more.
    void set() noexcept {
        // After the exchange the waiter may be gone; waking an address that nobody waits on is harmless, so nothing else is
        // touched.
        if (word_.exchange(1, std::memory_order_acq_rel) == sleeping) {
            ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word_), FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
        }
    }

    /// Makes it usable again; nobody may be waiting.
    void reset() noexcept { word_.store(0, std::memory_order_relaxed); }

    /// Sleeps until it is set (true) or the monotonic clock reads `until` (false).
    [[nodiscard]] bool wait_until(instant until) noexcept {
        const auto ns = until.time_since_epoch().count();
        const std::timespec absolute{static_cast<std::time_t>(ns > 0 ? ns / 1'000'000'000 : 0),
                                     static_cast<long>(ns > 0 ? ns % 1'000'000'000 : 0)};
        for (;;) {
            std::uint32_t seen = 0;
            if (!word_.compare_exchange_strong(seen, sleeping, std::memory_order_acq_rel) && seen == 1) {
                return true;
            }
            const long r = ::syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word_), FUTEX_WAIT_BITSET_PRIVATE, sleeping,
                                     &absolute, nullptr, FUTEX_BITSET_MATCH_ANY);
            if (is_set()) {
                return true;
            }
            if (r == -1 && errno == ETIMEDOUT) {
                // A reset() after this must not leave `sleeping` behind for a setter to see: take it back, unless it is being set.
                std::uint32_t mine = sleeping;
                return !word_.compare_exchange_strong(mine, 0, std::memory_order_acq_rel) && mine == 1;
            }
        }
    }

private:
    static constexpr std::uint32_t sleeping = 2;
    std::atomic<std::uint32_t> word_{0};  // 0 idle, 1 set, 2 somebody sleeps
};

}  // namespace stentor::inline v0
