// Made by single_include/generate.py from include/stentor/detail/metrics/one_writer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <atomic>
#include <cstdint>

#include <stentor/stentor.hpp>
#include <stentor/metrics/counter.hpp>
#include <stentor/metrics/histogram.hpp>

// Nearly all that a publish is counted by is counted on one thread, its client's event thread, and an atomic addition costs ten
// times what a load and a store do. So counters and histograms have two cells: one that any thread may add to, and one that a
// single thread writes. Which thread that is, this decides for all metrics of a topic: the first event thread that asks, for ever.

namespace stentor::inline v0::detail::metrics {

// Its address is the thread's. When a thread ends and a later one gets the same address, all that the first wrote has happened
// before that: an address is passed on through the C library's locks.
inline constinit thread_local char this_thread = 0;

class ownership {
public:
    // The calling thread is the one that writes the owned cells.
    [[nodiscard]] bool mine() noexcept {
        const void* const me = &this_thread;
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

// For the owner alone.
struct one_writer {
    static void add(counter& to, std::uint64_t n) noexcept { plus(to.owned_, n); }
    static void observe(histogram& to, double value) noexcept {
        plus(to.cells_[to.bucket_of(value)].owned, std::uint64_t{1});
        plus(to.owned_sum_, value);
    }
    // In either cell.
    static void mark(histogram& to, double value, const exemplar& trace) noexcept { to.mark(value, trace); }

private:
    template <class Number>
    static void plus(std::atomic<Number>& cell, Number n) noexcept {
        cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }
};

}  // namespace stentor::inline v0::detail::metrics
