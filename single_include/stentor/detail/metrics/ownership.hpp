// Made by single_include/generate.py from include/stentor/detail/metrics/ownership.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <atomic>

#include <stentor/stentor.hpp>

// Nearly all that a publish is counted by is counted on one thread, its client's event thread, and an atomic addition costs ten
// times what a load and a store do. So counters and histograms have two cells: one that any thread may add to, and one that a
// single thread writes. Which thread that is, each of them knows itself: the first event thread that asks, for ever. Nobody else
// can know, because publishers and tracers with event threads of their own share the metrics of a registry.

namespace stentor::inline v0::detail::metrics {

// Its address is the thread's. When a thread ends and a later one gets the same address, all that the first wrote has happened
// before that: an address is passed on through the C library's locks.
inline constinit thread_local char this_thread = 0;

class ownership {
public:
    // The calling thread, whose `this_thread` is at `me`, is the one that writes the owned cells.
    [[nodiscard]] bool mine(const void* me) noexcept {
        const void* const seen = owner_.load(std::memory_order_relaxed);
        return seen == me || (seen == nullptr && on_event_thread() && claim(me));
    }

private:
    [[nodiscard, gnu::noinline, gnu::cold]] bool claim(const void* me) noexcept {
        const void* nobody = nullptr;
        return owner_.compare_exchange_strong(nobody, me, std::memory_order_relaxed);
    }

    std::atomic<const void*> owner_{nullptr};
};

}  // namespace stentor::inline v0::detail::metrics
