#pragma once

#include <cstddef>
#include <utility>

#include <stentor/detail/box.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The back-offs, earliest first: a binary heap of slots that know their index, so that one whose deadline comes first can be taken
// out of the middle. Room for every slot is reserved at the start: nothing here allocates or fails. The event thread's alone.
class timers {
public:
    explicit timers(std::size_t slots) : heap_(new slot*[slots]()) {}

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] slot& first() const noexcept { return *heap_[0]; }
    [[nodiscard]] instant next() const noexcept { return size_ == 0 ? instant::max() : heap_[0]->due; }

    void add(slot& s) noexcept {
        s.timer_at = size_;
        heap_[size_++] = &s;
        up(s.timer_at);
    }

    void remove(slot& s) noexcept {
        const std::size_t i = s.timer_at;
        slot* const last = heap_[--size_];
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
            for (std::size_t child = 2 * i + 1; child <= 2 * i + 2 && child < size_; ++child) {
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

    box<slot*[]> heap_;
    std::size_t size_ = 0;
};

}  // namespace stentor::inline v0::detail
