#pragma once

#include <sched.h>
#include <atomic>

#include <stentor/version.hpp>

// A lock for a handful of instructions, one byte big: <mutex> would cost every user its compile time, a pthread mutex 40 bytes a
// lane.

namespace stentor::inline v0::detail {

class spin_lock {
public:
    constexpr spin_lock() noexcept = default;
    spin_lock(const spin_lock&) = delete;
    spin_lock& operator=(const spin_lock&) = delete;

    void lock() noexcept {
        if (held_.exchange(true, std::memory_order_acquire)) [[unlikely]] {
            wait();
        }
    }
    void unlock() noexcept { held_.store(false, std::memory_order_release); }

private:
    // Apart, so that `lock` is small enough to be inlined. Ends with the lock held.
    [[gnu::noinline, gnu::cold]] void wait() noexcept {
        // The holder may have been descheduled: after a short spin give it the core, or two cores and three threads crawl.
        int spins = 0;
        do {
            while (held_.load(std::memory_order_relaxed)) {
                if (++spins > 64) {
                    ::sched_yield();
                }
            }
        } while (held_.exchange(true, std::memory_order_acquire));
    }

    std::atomic<bool> held_{false};
};

class spin_guard {
public:
    explicit spin_guard(spin_lock& lock) noexcept : lock_(lock) { lock_.lock(); }
    ~spin_guard() { lock_.unlock(); }
    spin_guard(const spin_guard&) = delete;
    spin_guard& operator=(const spin_guard&) = delete;

private:
    spin_lock& lock_;
};

}  // namespace stentor::inline v0::detail
