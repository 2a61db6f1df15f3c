#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// How many handlers run on a thread, and how many have begun there so far, in one word: a handler costs two atomic instructions.
class alignas(64) handler_calls {
public:
    void begin() noexcept { word_.fetch_add(one_begun + 1, std::memory_order_relaxed); }
    void end() noexcept { word_.fetch_sub(1, std::memory_order_relaxed); }
    [[nodiscard]] bool running() const noexcept { return word_.load(std::memory_order_relaxed) % one_begun != 0; }
    [[nodiscard]] std::uint64_t begun() const noexcept { return word_.load(std::memory_order_relaxed) / one_begun; }

private:
    static constexpr std::uint64_t one_begun = 1U << 16U;
    std::atomic<std::uint64_t> word_{0};
};

// Of all threads; beyond so many several share one.
inline std::array<handler_calls, 64> all_handler_calls{};
inline std::atomic<std::size_t> handler_threads{0};
inline thread_local handler_calls* handler_calls_here = nullptr;

[[nodiscard]] inline handler_calls& handlers_here() noexcept {
    if (handler_calls_here == nullptr) {
        handler_calls_here = &all_handler_calls[handler_threads.fetch_add(1, std::memory_order_relaxed) % all_handler_calls.size()];
    }
    return *handler_calls_here;
}

// The event thread of a publisher. What runs on that of another client holds up nobody here. As long as it is not known, or when
// there are several, as on a memory broker that threads share, any handler may.
class serving_thread {
public:
    // To be called on it.
    void is_this_one() noexcept {
        handler_calls* const here = &handlers_here();
        handler_calls* const seen = which_.load(std::memory_order_relaxed);
        if (seen == nullptr) {
            which_.store(here, std::memory_order_relaxed);
        } else if (seen != here) {
            several_.store(true, std::memory_order_relaxed);
        }
    }
    [[nodiscard]] bool may_run_a_handler() const noexcept {
        const handler_calls* const one = only();
        return one != nullptr
                   ? one->running()
                   : std::any_of(all_handler_calls.begin(), all_handler_calls.end(), [](const auto& c) { return c.running(); });
    }
    // Not for sure where several threads may share a place.
    [[nodiscard]] bool surely_runs_a_handler() const noexcept {
        const handler_calls* const one = only();
        return one != nullptr && one->running() && handler_threads.load(std::memory_order_relaxed) <= all_handler_calls.size();
    }
    [[nodiscard]] std::uint64_t handlers_begun() const noexcept {
        if (const handler_calls* const one = only()) {
            return one->begun();
        }
        std::uint64_t sum = 0;
        for (const handler_calls& c : all_handler_calls) {
            sum += c.begun();
        }
        return sum;
    }

private:
    [[nodiscard]] const handler_calls* only() const noexcept {
        return several_.load(std::memory_order_relaxed) ? nullptr : which_.load(std::memory_order_relaxed);
    }

    std::atomic<handler_calls*> which_{nullptr};
    std::atomic<bool> several_{false};
};

}  // namespace stentor::inline v0::detail
