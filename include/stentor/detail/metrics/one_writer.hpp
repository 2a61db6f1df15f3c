#pragma once

#include <atomic>
#include <cstdint>

#include <stentor/detail/metrics/ownership.hpp>
#include <stentor/metrics/counter.hpp>
#include <stentor/metrics/exemplar.hpp>
#include <stentor/metrics/histogram.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::metrics {

// Records for the calling thread: into the owned cells of what it owns, see ownership.hpp, and into the shared ones of the rest.
// Made where it is used: it is of one thread.
class one_writer {
public:
    void add(counter& to, std::uint64_t n) const noexcept {
        if (to.owner_.mine(me_)) [[likely]] {
            plus(to.owned_, n);
        } else {
            to.add(n);
        }
    }
    // A number: a duration always is one.
    void observe(histogram& to, double value) const noexcept {
        if (to.owner_.mine(me_)) [[likely]] {
            plus(to.cells_[to.bucket_of(value)].owned, std::uint64_t{1});
            plus(to.owned_sum_, value);
        } else {
            to.observe(value);
        }
    }
    // In either cell.
    static void mark(histogram& to, double value, const exemplar& trace) noexcept { to.mark(value, trace); }

private:
    template <class Number>
    static void plus(std::atomic<Number>& cell, Number n) noexcept {
        cell.store(cell.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
    }

    const void* me_ = &this_thread;
};

}  // namespace stentor::inline v0::detail::metrics
