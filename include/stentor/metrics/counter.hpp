#pragma once

#include <atomic>
#include <cstdint>

#include <stentor/detail/metrics/ownership.hpp>
#include <stentor/version.hpp>

/// @file
/// A number that only grows.

namespace stentor::inline v0 {

namespace detail::metrics {
class one_writer;
}

/// A number that only grows, from 0: messages, bytes, errors. Made by a `metrics_registry`. Any thread, lock-free; nothing here
/// allocates or throws.
class counter {
public:
    counter() noexcept = default;
    counter(const counter&) = delete;
    counter& operator=(const counter&) = delete;

    /// Adds that many.
    void add(std::uint64_t n = 1) noexcept { shared_.fetch_add(n, std::memory_order_relaxed); }
    /// How many so far. What other threads add at this moment may or may not be among them.
    [[nodiscard]] std::uint64_t value() const noexcept {
        return shared_.load(std::memory_order_relaxed) + owned_.load(std::memory_order_relaxed);
    }

private:
    friend class detail::metrics::one_writer;
    std::atomic<std::uint64_t> shared_{0};
    std::atomic<std::uint64_t> owned_{0};  // written by one thread alone: see detail/metrics/ownership.hpp
    detail::metrics::ownership owner_{};
};

}  // namespace stentor::inline v0
