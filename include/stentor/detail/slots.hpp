#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <stentor/detail/box.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/latch.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The pool of slots, bounded in number and in bytes: the only admission. A lock-free list, last in first out so that the slots in
// use stay in cache; who finds it empty queues up, and is served first come first served by whoever brings something back.
template <class Slot>
class slots {
public:
    slots(std::size_t count, std::size_t bytes)
        : count_(std::bit_ceil(greater<std::size_t>(count, 2))), limit_(bytes), all_(new Slot[count_]{}) {
        for (std::size_t i = count_; i-- > 0;) {
            all_[i].next_free.store(i + 1 < count_ ? static_cast<std::uint32_t>(i + 2) : 0, std::memory_order_relaxed);
        }
        head_.store(1, std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] Slot& operator[](std::size_t i) noexcept { return all_[i]; }
    // No slot at or above this index was ever taken: sweeps stop there.
    [[nodiscard]] std::size_t high_water() const noexcept { return high_.load(std::memory_order_acquire); }
    [[nodiscard]] std::size_t bytes_in_use() const noexcept { return bytes_.load(std::memory_order_relaxed); }

    // No slot is free at this moment.
    [[nodiscard]] bool exhausted() const noexcept { return static_cast<std::uint32_t>(head_.load(std::memory_order_relaxed)) == 0; }

    // A slot for a record of that many bytes, or null: full, or others wait already.
    [[nodiscard]] Slot* try_take(std::size_t bytes) noexcept {
        if (waiting_.load(std::memory_order_seq_cst) != 0) {
            return nullptr;
        }
        Slot* const s = take(bytes);
        if (s == nullptr && waiting_.load(std::memory_order_seq_cst) != 0) {
            serve();  // the bytes that this attempt held for a moment may have stood in the way of somebody's turn
        }
        return s;
    }

    // Waits its turn until the deadline; `sleep(latch, until)` is the transport's wait. Null: the deadline came first.
    template <class Sleep>
    [[nodiscard]] Slot* take_until(std::size_t bytes, instant until, Sleep&& sleep) noexcept {
        turn mine;
        mine.bytes = bytes;
        {
            const spin_guard guard(lock_);
            // Announce first, then look: a release either sees the announcement or was early enough to be found here.
            waiting_.fetch_add(1, std::memory_order_seq_cst);
            if (first_ == nullptr) {
                if (Slot* s = take(bytes)) {
                    waiting_.fetch_sub(1, std::memory_order_seq_cst);
                    return s;
                }
            }
            (last_ == nullptr ? first_ : last_->next) = &mine;
            last_ = &mine;
        }
        (void)sleep(mine.served, until);
        const spin_guard guard(lock_);
        if (!mine.served.is_set()) {
            unlink(mine);
            serve_locked();  // who waited behind a large one may fit
        }
        return mine.got;
    }

    // Whoever waits goes away with nothing.
    void dismiss() noexcept {
        const spin_guard guard(lock_);
        while (first_ != nullptr) {
            turn* const gone = first_;
            unlink(*gone);
            gone->served.set();
        }
    }

    // Back to the pool; the slot is free for others at once.
    void give_back(Slot& s) noexcept {
        const std::size_t bytes = s.charged;
        s.put(phase::free);
        push(s);
        bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
        if (waiting_.load(std::memory_order_seq_cst) != 0) {
            serve();
        }
    }

    // One order for all threads, also with the giving back of slots: who comes later sees what the earlier ones did before.
    void line_up() noexcept { bytes_.fetch_add(0, std::memory_order_acq_rel); }

    // Bytes that a slot needs beyond what it was admitted with are not refused any more, only counted.
    void charge(Slot& s, std::size_t more) noexcept {
        s.charged += more;
        bytes_.fetch_add(more, std::memory_order_relaxed);
    }

private:
    struct turn {
        latch served{};
        std::size_t bytes = 0;
        Slot* got = nullptr;
        turn* next = nullptr;
    };

    [[nodiscard]] Slot* take(std::size_t bytes) noexcept {
        // A record larger than the whole limit may go when it is alone: it would wait for ever otherwise.
        const std::size_t before = bytes_.fetch_add(bytes, std::memory_order_seq_cst);
        if (before != 0 && before + bytes > limit_) {
            bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
            return nullptr;
        }
        Slot* s = pop();
        if (s == nullptr) {
            bytes_.fetch_sub(bytes, std::memory_order_seq_cst);
            return nullptr;
        }
        s->charged = bytes;
        return s;
    }

    // head_: index + 1 below, as in `next_free`, a tag above that makes a stale compare-and-swap fail.
    [[nodiscard]] Slot* pop() noexcept {
        std::uint64_t head = head_.load(std::memory_order_seq_cst);
        for (;;) {
            const auto index = static_cast<std::uint32_t>(head);
            if (index == 0) {
                return nullptr;
            }
            Slot& s = all_[index - 1];
            // Another thread may own the slot by now and write the link: then the tag has moved and the value read is thrown away.
            const std::uint64_t below = s.next_free.load(std::memory_order_relaxed);
            if (head_.compare_exchange_weak(head, ((head >> 32U) + 1) << 32U | below, std::memory_order_seq_cst)) {
                if (index > high_.load(std::memory_order_relaxed)) {
                    raise_high(index);
                }
                return &s;
            }
        }
    }

    void push(Slot& s) noexcept {
        const auto index = static_cast<std::uint64_t>(&s - all_.get()) + 1;
        std::uint64_t head = head_.load(std::memory_order_relaxed);
        do {
            s.next_free.store(static_cast<std::uint32_t>(head), std::memory_order_relaxed);
        } while (!head_.compare_exchange_weak(head, ((head >> 32U) + 1) << 32U | index, std::memory_order_seq_cst));
    }

    void raise_high(std::size_t to) noexcept {
        std::size_t seen = high_.load(std::memory_order_relaxed);
        while (seen < to && !high_.compare_exchange_weak(seen, to, std::memory_order_acq_rel)) {
        }
    }

    void serve() noexcept {
        const spin_guard guard(lock_);
        serve_locked();
    }

    void serve_locked() noexcept {
        while (first_ != nullptr) {
            Slot* s = take(first_->bytes);
            if (s == nullptr) {
                return;
            }
            turn* const served = first_;
            first_ = served->next;
            if (first_ == nullptr) {
                last_ = nullptr;
            }
            waiting_.fetch_sub(1, std::memory_order_seq_cst);
            served->got = s;
            served->served.set();
        }
    }

    void unlink(turn& mine) noexcept {
        turn** at = &first_;
        turn* before = nullptr;
        while (*at != &mine) {
            before = *at;
            at = &before->next;
        }
        *at = mine.next;
        if (last_ == &mine) {
            last_ = before;
        }
        waiting_.fetch_sub(1, std::memory_order_seq_cst);
    }

    std::size_t count_;
    std::size_t limit_;
    box<Slot[]> all_;
    alignas(64) std::atomic<std::uint64_t> head_{0};
    alignas(64) std::atomic<std::size_t> bytes_{0};
    std::atomic<std::size_t> waiting_{0};
    std::atomic<std::size_t> high_{0};
    spin_lock lock_;
    turn* first_ = nullptr;
    turn* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail
