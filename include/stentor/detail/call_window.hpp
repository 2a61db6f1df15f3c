#pragma once

#include <array>
#include <cstdint>

#include <stentor/detail/math.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

struct call_counts {
    std::uint64_t calls = 0;
    std::uint64_t failed = 0;
    std::uint64_t slow = 0;
};

// Counts calls over a window of time that slides in tenths: constant memory and constant time, whatever the traffic.
class call_window {
public:
    explicit call_window(nanoseconds length) noexcept
        : width_(greater(length / static_cast<nanoseconds::rep>(tenths), nanoseconds(1))) {}

    void add(instant now, bool failed, bool slow) noexcept {
        const std::int64_t number = number_of(now);
        bucket& b = buckets_[index_of(number)];
        if (number < b.number) {
            return;  // another thread's later moment came first, and this one has left the window
        }
        if (number != b.number) {
            b = {number, {}};
        }
        ++b.counts.calls;
        b.counts.failed += failed ? 1U : 0U;
        b.counts.slow += slow ? 1U : 0U;
    }

    [[nodiscard]] call_counts sum(instant now) const noexcept {
        const std::int64_t last = number_of(now);
        call_counts all;
        for (const bucket& b : buckets_) {
            if (b.number > last - static_cast<std::int64_t>(tenths)) {
                all.calls += b.counts.calls;
                all.failed += b.counts.failed;
                all.slow += b.counts.slow;
            }
        }
        return all;
    }

    void clear() noexcept { buckets_.fill(bucket{}); }

private:
    static constexpr std::uint64_t tenths = 10;

    struct bucket {
        std::int64_t number = INT64_MIN;
        call_counts counts{};
    };

    [[nodiscard]] std::int64_t number_of(instant now) const noexcept { return now.time_since_epoch() / width_; }
    [[nodiscard]] static std::size_t index_of(std::int64_t number) noexcept {
        return static_cast<std::size_t>(static_cast<std::uint64_t>(number) % tenths);
    }

    nanoseconds width_;
    std::array<bucket, tenths> buckets_{};
};

}  // namespace stentor::inline v0::detail
