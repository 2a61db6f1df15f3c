// Made by single_include/generate.py from include/stentor/metrics/histogram.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <sched.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <utility>
#include <vector>

#include <stentor/detail/metrics/ownership.hpp>
#include <stentor/metrics/exemplar.hpp>
#include <stentor/stentor.hpp>

/// @file
/// How often values fell between which bounds.

namespace stentor::inline v0 {

namespace detail::metrics {
class one_writer;
}

/// The buckets that OpenTelemetry's conventions give durations of messaging and HTTP operations, in seconds.
inline constexpr std::array<double, 14> otel_duration_bounds{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                             0.5,   0.75, 1,     2.5,  5,     7.5, 10};

/// What a histogram had counted at one moment.
struct histogram_values {
    /// The last observation of a bucket that came with an exemplar.
    struct marked {
        exemplar what{};   ///< which trace; `trace_id` begins with a NUL: there was none
        double value = 0;  ///< the observed value
    };
    std::vector<std::uint64_t> buckets{};  ///< of each bound those up to it and above the one before; last, those above all
    double sum = 0;                        ///< of all observed values
    std::vector<marked> exemplars{};       ///< one each bucket, or none at all
};

/// How often values fell between which bounds, and their sum. Made by a `metrics_registry`. Any thread, lock-free, and noexcept;
/// the first observation with an exemplar allocates room for exemplars, nothing else allocates.
class histogram {
public:
    /// `bounds`: increasing, finite; they must outlive it.
    explicit histogram(std::span<const double> bounds) : bounds_(bounds), cells_(new cell[bounds.size() + 1]) {}
    histogram(const histogram&) = delete;
    histogram& operator=(const histogram&) = delete;
    ~histogram() { delete exemplars_.load(std::memory_order_relaxed); }

    /// Counts a value. One that is not a number is left out, because it would spoil the sum for ever.
    void observe(double value) noexcept {
        if (!__builtin_isnan(value)) {
            cells_[bucket_of(value)].shared.fetch_add(1, std::memory_order_relaxed);
            shared_sum_.fetch_add(value, std::memory_order_relaxed);
        }
    }
    /// The same, and remembers its trace as the bucket's newest. When another thread is at that this moment, or there is no memory,
    /// it is only counted.
    void observe(double value, const exemplar& trace) noexcept {
        observe(value);
        mark(value, trace);
    }

    /// What it has counted so far. A value that is being observed at this moment may be in the buckets and not yet in the sum.
    [[nodiscard]] histogram_values read() const {
        histogram_values out;
        out.buckets.reserve(bounds_.size() + 1);
        for (std::size_t i = 0; i <= bounds_.size(); ++i) {
            out.buckets.push_back(cells_[i].shared.load(std::memory_order_relaxed) +
                                  cells_[i].owned.load(std::memory_order_relaxed));
        }
        out.sum = shared_sum_.load(std::memory_order_relaxed) + owned_sum_.load(std::memory_order_relaxed);
        if (marks* const m = exemplars_.load(std::memory_order_acquire)) {
            std::vector<histogram_values::marked> copied(bounds_.size() + 1);
            while (m->busy.test_and_set(std::memory_order_acquire)) {
                ::sched_yield();
            }
            for (std::size_t i = 0; i < copied.size(); ++i) {
                copied[i] = m->of_bucket[i];
            }
            m->busy.clear(std::memory_order_release);
            out.exemplars = std::move(copied);
        }
        return out;
    }

private:
    friend class detail::metrics::one_writer;
    struct cell {
        std::atomic<std::uint64_t> shared{0};
        std::atomic<std::uint64_t> owned{0};  // as in `counter`
    };
    struct marks {
        explicit marks(histogram_values::marked* room) noexcept : of_bucket(room) {}
        std::atomic_flag busy{};
        std::unique_ptr<histogram_values::marked[]> of_bucket;
    };

    [[nodiscard]] std::size_t bucket_of(double value) const noexcept {
        // From below: what is fast is frequent.
        std::size_t i = 0;
        while (i < bounds_.size() && value > bounds_[i]) {
            ++i;
        }
        return i;
    }

    void mark(double value, const exemplar& trace) noexcept {
        marks* m = exemplars_.load(std::memory_order_acquire);
        if (m == nullptr) {
            m = room_for_marks();
        }
        if (__builtin_isnan(value) || trace.trace_id[0] == '\0' || m == nullptr ||
            m->busy.test_and_set(std::memory_order_acquire)) {
            return;
        }
        m->of_bucket[bucket_of(value)] = {trace, value};
        m->busy.clear(std::memory_order_release);
    }

    [[nodiscard, gnu::noinline, gnu::cold]] marks* room_for_marks() noexcept {
        auto* const room = new (std::nothrow) histogram_values::marked[bounds_.size() + 1];
        auto* const fresh = room != nullptr ? new (std::nothrow) marks(room) : nullptr;
        if (fresh == nullptr) {
            delete[] room;
            return nullptr;
        }
        marks* seen = nullptr;
        if (!exemplars_.compare_exchange_strong(seen, fresh, std::memory_order_acq_rel)) {
            delete fresh;
            return seen;
        }
        return fresh;
    }

    std::span<const double> bounds_;
    std::unique_ptr<cell[]> cells_;
    std::atomic<double> shared_sum_{0};
    std::atomic<double> owned_sum_{0};
    std::atomic<marks*> exemplars_{nullptr};
    detail::metrics::ownership owner_{};
};

}  // namespace stentor::inline v0
