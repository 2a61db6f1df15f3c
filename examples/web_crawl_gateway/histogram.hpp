#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace demo {

/// Counts durations in buckets that are 3 % wide, so that a million of them cost 4 KiB. Any thread may add.
class histogram {
public:
    void add(std::chrono::nanoseconds d) noexcept {
        const auto us = static_cast<std::uint64_t>(d.count() > 0 ? d.count() : 0) / 1000U;
        buckets_[bucket_of(us)].fetch_add(1, std::memory_order_relaxed);
    }

    [[nodiscard]] std::uint64_t count() const noexcept {
        std::uint64_t n = 0;
        for (const auto& b : buckets_) {
            n += b.load(std::memory_order_relaxed);
        }
        return n;
    }

    /// The duration that this share of all (0.99: 99 of 100) stays under; zero when there are none.
    [[nodiscard]] std::chrono::microseconds percentile(double share) const noexcept {
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count()));
        std::uint64_t n = 0;
        for (std::size_t i = 0; i != buckets_.size(); ++i) {
            n += buckets_[i].load(std::memory_order_relaxed);
            if (n > wanted) {
                return std::chrono::microseconds{upper_end(i)};
            }
        }
        return std::chrono::microseconds{0};
    }

private:
    static constexpr unsigned bits = 5;  // 32 buckets for each doubling
    static constexpr std::uint64_t part = 1U << bits;

    static std::size_t bucket_of(std::uint64_t us) noexcept {
        if (us < part) {
            return static_cast<std::size_t>(us);
        }
        const auto shift = static_cast<unsigned>(std::bit_width(us)) - bits - 1U;
        const std::uint64_t i = (shift + 1U) * part + ((us >> shift) - part);
        return i < bucket_count ? static_cast<std::size_t>(i) : bucket_count - 1;
    }
    static std::int64_t upper_end(std::size_t i) noexcept {
        if (i < part) {
            return static_cast<std::int64_t>(i);
        }
        const std::uint64_t shift = i / part - 1U;
        return static_cast<std::int64_t>(((i % part) + part + 1U) << shift);
    }

    static constexpr std::size_t bucket_count = 32 * 28;  // up to 134 s
    std::array<std::atomic<std::uint32_t>, bucket_count> buckets_{};
};

}  // namespace demo
