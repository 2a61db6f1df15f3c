#pragma once

#include <bit>
#include <cstdint>
#include <ctime>

#include <sys/random.h>
#include <unistd.h>

#include <stentor/detail/fork.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::int64_t read_clock(clockid_t which) noexcept {
    std::timespec t{};
    ::clock_gettime(which, &t);
    return static_cast<std::int64_t>(t.tv_sec) * 1'000'000'000 + t.tv_nsec;
}

[[nodiscard]] inline instant monotonic_now() noexcept { return instant{nanoseconds{read_clock(CLOCK_MONOTONIC)}}; }

// One clock read makes a moment; wall time is that plus an offset which is looked at again every 100 ms, so a jump of the wall
// clock shows after that time at the latest. One per thread: no sharing, no locks.
class thread_clock {
public:
    [[nodiscard]] moment now() noexcept {
        const std::int64_t mono = read_clock(CLOCK_MONOTONIC);
        if (mono >= refresh_at_ || process_generation() != generation_) {
            refresh(mono);
        }
        return moment{instant{nanoseconds{mono}}, next(), timestamp{milliseconds{(mono + offset_) / 1'000'000}}};
    }

    // xoshiro256**, by Blackman and Vigna (public domain): fast, and good enough for ids and jitter.
    [[nodiscard]] std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t t = state_[1] << 17U;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

private:
    void refresh(std::int64_t mono) noexcept {
        offset_ = read_clock(CLOCK_REALTIME) - mono;
        refresh_at_ = mono + 100'000'000;
        // A forked child must not go on with its parent's numbers, or both make the same trace ids.
        if (process_generation() != generation_ || (state_[0] | state_[1] | state_[2] | state_[3]) == 0) {
            generation_ = process_generation();
            seed(mono);
        }
    }

    void seed(std::int64_t mono) noexcept {
        if (::getrandom(state_, sizeof state_, GRND_NONBLOCK) == static_cast<ssize_t>(sizeof state_)) {
            return;
        }
        // No entropy yet, early at boot: time, process and place still differ between threads and machines.
        std::uint64_t x = static_cast<std::uint64_t>(mono ^ offset_) ^ reinterpret_cast<std::uintptr_t>(this) ^
                          (static_cast<std::uint64_t>(::getpid()) << 32U);
        for (std::uint64_t& word : state_) {
            x += 0x9e3779b97f4a7c15ULL;
            std::uint64_t z = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
            z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
            word = z ^ (z >> 31U);
        }
    }

    std::int64_t refresh_at_ = 0;
    std::int64_t offset_ = 0;
    std::uint64_t state_[4] = {};
    std::uint32_t generation_ = 0;
};

inline thread_local thread_clock this_threads_clock;

[[nodiscard]] inline moment read_moment() noexcept { return this_threads_clock.now(); }

}  // namespace stentor::inline v0::detail::kafka
