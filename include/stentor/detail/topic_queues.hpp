#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include <stentor/detail/make_room.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// What may be handed over as soon as the transport or the breaker agrees, in order, a queue a topic: "not now" is said of a topic,
// and one that is being looked up must not hold up the others, nor be asked again for each of its records. The event thread's
// alone.
class topic_queues {
public:
    enum class block : std::uint8_t {
        none,
        transport,
        breaker
    };

    // False: there is no memory for a queue, and nothing has changed.
    bool push_back(slot& s) noexcept {
        if (!make_room(*s.topic)) {
            return false;
        }
        queue& q = queues_[s.topic->id];
        s.prev = q.last;
        s.next = nullptr;
        (q.last == nullptr ? q.first : q.last->next) = &s;
        q.last = &s;
        s.where = place::topic_queue;
        ++count_;
        wake(q);
        return true;
    }

    void remove(slot& s) noexcept {
        queue& q = queues_[s.topic->id];
        (s.prev == nullptr ? q.first : s.prev->next) = s.next;
        (s.next == nullptr ? q.last : s.next->prev) = s.prev;
        s.next = nullptr;
        s.prev = nullptr;
        s.where = place::nowhere;
        --count_;
    }

    // The first one that may be tried, or null. It stays where it is.
    [[nodiscard]] slot* ready() noexcept {
        while (!awake_.empty()) {
            queue& q = queues_[awake_.back()];
            if (q.first != nullptr && q.blocked == block::none) {
                return q.first;
            }
            q.awake = false;
            awake_.pop_back();
        }
        return nullptr;
    }

    // `text` is static: what expires in this queue has it as its cause.
    void hold(const topic_name& topic, block why, const char* text) noexcept {
        queue& q = queues_[topic.id];
        q.blocked = q.held_by = why;
        q.text = text;
    }
    // What it waits for, or waited for last.
    [[nodiscard]] block last_block(const topic_name& topic) const noexcept {
        return topic.id < queues_.size() ? queues_[topic.id].held_by : block::none;
    }
    // In words, or null.
    [[nodiscard]] const char* text(const topic_name& topic) const noexcept {
        return topic.id < queues_.size() ? queues_[topic.id].text : nullptr;
    }

    // What blocked them may be over. Linear in the number of topics that this publisher ever queued for, not in records, and in
    // the order of their first use: ids tell what else the process has done, and a seed must not depend on that.
    void release(block why) noexcept {
        for (const std::uint32_t id : used_) {
            queue& q = queues_[id];
            if (q.blocked == why) {
                q.blocked = block::none;
                if (q.first != nullptr) {
                    wake(q);
                }
            }
        }
    }

    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }

private:
    struct queue {
        slot* first = nullptr;
        slot* last = nullptr;
        const char* text = nullptr;
        std::uint32_t id = 0;
        block blocked = block::none;
        block held_by = block::none;
        bool awake = false;
        bool used = false;
    };

    [[nodiscard]] bool make_room(const topic_name& topic) noexcept {
        try {
            for (auto id = static_cast<std::uint32_t>(queues_.size()); id <= topic.id; ++id) {
                queues_.emplace_back().id = id;
            }
            if (!queues_[topic.id].used) {
                // Each topic is awake once, at most.
                detail::make_room(awake_, used_.size() + 1);
                used_.push_back(topic.id);
                queues_[topic.id].used = true;
            }
            return true;
        } catch (const std::bad_alloc&) {
            return false;
        }
    }

    void wake(queue& q) noexcept {
        if (!q.awake && q.blocked == block::none) {
            q.awake = true;
            awake_.push_back(q.id);
        }
    }

    std::vector<queue> queues_;         // by id
    std::vector<std::uint32_t> used_;   // ids, in the order of their first use
    std::vector<std::uint32_t> awake_;  // ids
    std::size_t count_ = 0;
};

}  // namespace stentor::inline v0::detail
