#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <stentor/detail/spin_lock.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/latch.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Publishing threads that found their lane full, first come first served. They wait here and not for a slot, so that one hot key
// takes neither pool nor queue from others.
class lane_turns {
public:
    // Sleeps until somebody of that lane goes on, or the deadline (false). `has_room` is asked once, after the wait was announced:
    // whoever makes room later sees the announcement.
    template <class HasRoom, class Sleep>
    [[nodiscard]] bool wait(const topic_name& topic, std::uint32_t hash, instant until, HasRoom&& has_room,
                            Sleep&& sleep) noexcept {
        turn mine;
        mine.topic = &topic;
        mine.hash = hash;
        {
            const spin_guard guard(lock_);
            waiting_.fetch_add(1, std::memory_order_seq_cst);
            (last_ == nullptr ? first_ : last_->next) = &mine;
            last_ = &mine;
        }
        const bool room = has_room() || sleep(mine.served, until);
        const spin_guard guard(lock_);
        if (mine.served.is_set()) {
            return true;
        }
        unlink(mine);
        return room;
    }

    // Wakes the first who waits for that lane, or all of them.
    void wake(const topic_name& topic, std::uint32_t hash, bool all) noexcept {
        if (waiting_.load(std::memory_order_seq_cst) == 0) {
            return;
        }
        const spin_guard guard(lock_);
        for (turn* t = first_; t != nullptr;) {
            turn* const next = t->next;
            if (t->topic == &topic && t->hash == hash) {
                unlink(*t);
                t->served.set();
                if (!all) {
                    return;
                }
            }
            t = next;
        }
    }

    // Wakes everybody.
    void dismiss() noexcept {
        const spin_guard guard(lock_);
        while (first_ != nullptr) {
            turn* const t = first_;
            unlink(*t);
            t->served.set();
        }
    }

private:
    struct turn {
        latch served{};
        const topic_name* topic = nullptr;
        std::uint32_t hash = 0;
        turn* next = nullptr;
    };

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

    std::atomic<std::size_t> waiting_{0};
    spin_lock lock_{};
    turn* first_ = nullptr;
    turn* last_ = nullptr;
};

}  // namespace stentor::inline v0::detail
