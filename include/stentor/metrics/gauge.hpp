#pragma once

#include <atomic>

#include <stentor/version.hpp>

/// @file
/// A number that goes up and down.

namespace stentor::inline v0 {

/// A number that goes up and down, from 0: a fill level, a temperature. Made by a `metrics_registry`. Any thread, lock-free;
/// nothing here allocates or throws. It may be infinite or not a number: that is rendered as such.
class gauge {
public:
    gauge() noexcept = default;
    gauge(const gauge&) = delete;
    gauge& operator=(const gauge&) = delete;

    /// Makes it that.
    void set(double to) noexcept { value_.store(to, std::memory_order_relaxed); }
    /// Adds that much; less than 0 takes away.
    void add(double much) noexcept { value_.fetch_add(much, std::memory_order_relaxed); }
    /// What it is now.
    [[nodiscard]] double value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

}  // namespace stentor::inline v0
