#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include <stentor/detail/slot.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The back-offs, earliest first: a binary heap of slots that know their index, so that one whose deadline comes first can be taken
// out of the middle. Room for every slot is reserved at the start: nothing here allocates or fails. The event thread's alone.
class timers {
public:
    explicit timers(std::size_t slots) { heap_.reserve(slots); }

    [[nodiscard]] bool empty() const noexcept { return heap_.empty(); }
    [[nodiscard]] slot& first() const noexcept { return *heap_.front(); }
    [[nodiscard]] instant next() const noexcept { return heap_.empty() ? instant::max() : heap_.front()->due; }

    void add(slot& s) noexcept {
        heap_.push_back(&s);
        s.timer_at = heap_.size() - 1;
        up(s.timer_at);
    }

    void remove(slot& s) noexcept {
        const std::size_t i = s.timer_at;
        slot* const last = heap_.back();
        heap_.pop_back();
        if (last != &s) {
            heap_[i] = last;
            last->timer_at = i;
            up(i);
            down(last->timer_at);
        }
    }

private:
    [[nodiscard]] bool before(std::size_t a, std::size_t b) const noexcept { return heap_[a]->due < heap_[b]->due; }
    void exchange(std::size_t a, std::size_t b) noexcept {
        std::swap(heap_[a], heap_[b]);
        heap_[a]->timer_at = a;
        heap_[b]->timer_at = b;
    }
    void up(std::size_t i) noexcept {
        while (i > 0 && before(i, (i - 1) / 2)) {
            exchange(i, (i - 1) / 2);
            i = (i - 1) / 2;
        }
    }
    void down(std::size_t i) noexcept {
        for (;;) {
            std::size_t least = i;
            for (std::size_t child = 2 * i + 1; child <= 2 * i + 2 && child < heap_.size(); ++child) {
                if (before(child, least)) {
                    least = child;
                }
            }
            if (least == i) {
                return;
            }
            exchange(i, least);
            i = least;
        }
    }

    std::vector<slot*> heap_;
};

}  // namespace stentor::inline v0::detail
