#pragma once

#include <atomic>

#include <stentor/detail/slot.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// What publishing threads leave for the event thread: a list that many push to and one empties. Comes out in the order it went in.
class inbox {
public:
    // True when it was empty: then the event thread has to be woken.
    [[nodiscard]] bool push(slot& s) noexcept {
        slot* top = top_.load(std::memory_order_relaxed);
        do {
            s.next = top;
        } while (!top_.compare_exchange_weak(top, &s, std::memory_order_acq_rel, std::memory_order_relaxed));
        return top == nullptr;
    }

    [[nodiscard]] bool empty() const noexcept { return top_.load(std::memory_order_relaxed) == nullptr; }

    // All of it, first pushed first, linked by `next`.
    [[nodiscard]] slot* take() noexcept {
        slot* newest = top_.exchange(nullptr, std::memory_order_acq_rel);
        slot* oldest = nullptr;
        while (newest != nullptr) {
            slot* const before = newest->next;
            newest->next = oldest;
            oldest = newest;
            newest = before;
        }
        return oldest;
    }

private:
    std::atomic<slot*> top_{nullptr};
};

}  // namespace stentor::inline v0::detail
