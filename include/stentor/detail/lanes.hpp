#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include <stentor/detail/box.hpp>
#include <stentor/detail/lane_turns.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The records in flight of each (topic, key), in the order of their publishing, exactly: no retry may put one behind a later one.
// A table of last sequence numbers was tried and races: it let through one reordering in five retries. So: a bucket is a spin byte
// and a list of lanes; a lane is a list of slots whose first one carries the lane's counts. No memory beyond the slots, O(1) for
// everything but keys that share a bucket. Callers only `enter` and `put_off`; all else is the event thread's.
//
// Each record of a lane is
//   handed  the transport has it, or may have it in a moment: until its report,
//   back    it failed and may go again, once nothing of the lane is handed over any more,
//   parked  it waits for its turn.
// A record is handed over only when none before it is parked and nothing is back.
class lanes {
public:
    enum class entry : std::uint8_t {
        go,
        wait,
        full
    };

    explicit lanes(std::size_t count, std::uint32_t parked_at_most)
        : mask_(std::bit_ceil(greater<std::size_t>(count, 2)) - 1),
          parked_at_most_(parked_at_most),
          buckets_(new bucket[mask_ + 1]{}) {}

    // Appends the slot to its lane. `go`: hand it over; `wait`: it counts as parked; `full`: it is not in the lane.
    [[nodiscard]] entry enter(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        slot* const first = find(b, s);
        if (first == nullptr) {
            s.lane = {};
            s.lane.tail = &s;
            s.lane.next_lane = b.lanes;
            b.lanes = &s;
            s.lane_prev = nullptr;
            s.lane_next = nullptr;
            s.lane_at = lane_state::handed;
            s.lane.handed = 1;
            s.lane_place = s.lane.entered = 1;
            return entry::go;
        }
        lane_aggregate& l = first->lane;
        const bool blocked = l.back != 0 || l.parked != 0;
        if (blocked && l.parked >= parked_at_most_) {
            return entry::full;
        }
        s.lane_prev = l.tail;
        s.lane_next = nullptr;
        l.tail->lane_next = &s;
        l.tail = &s;
        s.lane_place = ++l.entered;
        if (!blocked) {
            s.lane_at = lane_state::handed;
            ++l.handed;
            return entry::go;
        }
        park(l, s);
        return entry::wait;
    }

    // handed -> parked: the transport would not take it, and nothing was sent.
    void put_off(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        --l.handed;
        park(l, s);
    }

    // May this parked one be handed over now?
    [[nodiscard]] bool is_front(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        const lane_aggregate& l = find(b, s)->lane;
        return l.back == 0 && l.front == &s;
    }

    // parked -> handed; answers the one that is the front now, or null.
    slot* handed_over(slot& s) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        unpark(l, s);
        s.lane_at = lane_state::handed;
        ++l.handed;
        wake(s, l);
        return l.back == 0 ? l.front : nullptr;
    }

    // handed -> back. `maybe_logged`: this try may be in the log, so nothing before it may go again.
    void came_back(slot& s, bool maybe_logged) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, s)->lane;
        --l.handed;
        ++l.back;
        s.lane_at = lane_state::back;
        if (maybe_logged) {
            l.logged = greater(l.logged, s.lane_place);
        }
    }

    // Once nothing is handed over any more, what is back is settled: it is parked again, marked as doomed if a later record is in
    // the log. Answers the front if something may be handed over now. The slot may be of any state; it only names the lane.
    [[nodiscard]] slot* settle(slot& any) noexcept {
        bucket& b = bucket_of(any);
        const spin_guard guard(b.lock);
        lane_aggregate& l = find(b, any)->lane;
        if (l.handed != 0 || l.back == 0) {
            return l.back == 0 ? l.front : nullptr;
        }
        for (slot* s = find(b, any); s != nullptr; s = s->lane_next) {
            if (s->lane_at != lane_state::back) {
                continue;
            }
            --l.back;
            s->doomed.store(l.logged > s->lane_place, std::memory_order_relaxed);
            park(l, *s);
        }
        return l.front;
    }

    // Out of the lane, whatever its state. `maybe_logged`: it is, or may be, in the log. Answers another slot of the lane when
    // somebody there waits: the lane may need settling, or its front may be handed over.
    [[nodiscard]] slot* leave(slot& s, bool maybe_logged) noexcept {
        bucket& b = bucket_of(s);
        const spin_guard guard(b.lock);
        slot* const first = find(b, s);
        lane_aggregate& l = first->lane;
        switch (s.lane_at) {
            case lane_state::handed: --l.handed; break;
            case lane_state::back:
                --l.back;
                wake(s, l);
                break;
            case lane_state::parked:
                unpark(l, s);
                wake(s, l);
                break;
            case lane_state::none: break;
        }
        s.lane_at = lane_state::none;
        if (maybe_logged) {
            l.logged = greater(l.logged, s.lane_place);
        }
        if (s.lane_next != nullptr) {
            s.lane_next->lane_prev = s.lane_prev;
        } else {
            l.tail = s.lane_prev;
        }
        if (s.lane_prev != nullptr) {
            s.lane_prev->lane_next = s.lane_next;
            return l.back != 0 || l.parked != 0 ? first : nullptr;
        }
        // The first one carries the lane: it hands the counts on.
        slot** at = &b.lanes;
        while (*at != first) {
            at = &(*at)->lane.next_lane;
        }
        if (s.lane_next == nullptr) {
            *at = l.next_lane;
            return nullptr;
        }
        s.lane_next->lane = l;
        *at = s.lane_next;
        return l.back != 0 || l.parked != 0 ? s.lane_next : nullptr;
    }

    // A publishing thread found its lane full: sleeps until somebody of that lane goes on, or the deadline.
    template <class Sleep>
    [[nodiscard]] bool wait_for_room(const topic_name& topic, std::uint32_t hash, instant until, Sleep&& sleep) noexcept {
        return turns_.wait(topic, hash, until, [&] { return has_room(topic, hash); }, sleep);
    }

    // Who got room does not take it: the next one may.
    void pass_room_on(const topic_name& topic, std::uint32_t hash) noexcept { turns_.wake(topic, hash, false); }

    // Nobody waits for room any more.
    void dismiss() noexcept { turns_.dismiss(); }

    [[nodiscard]] bool has_room(const topic_name& topic, std::uint32_t hash) noexcept {
        bucket& b = bucket_at(topic, hash);
        const spin_guard guard(b.lock);
        for (slot* s = b.lanes; s != nullptr; s = s->lane.next_lane) {
            if (s->topic == &topic && s->key_hash == hash) {
                return s->lane.parked < parked_at_most_;
            }
        }
        return true;
    }

private:
    struct bucket {
        spin_lock lock{};
        slot* lanes = nullptr;
    };
    [[nodiscard]] bucket& bucket_at(const topic_name& topic, std::uint32_t hash) noexcept {
        return buckets_[(hash ^ topic.hash * 0x9e3779b9U) & mask_];
    }
    [[nodiscard]] bucket& bucket_of(const slot& s) noexcept { return bucket_at(*s.topic, s.key_hash); }

    [[nodiscard]] static slot* find(const bucket& b, const slot& like) noexcept {
        slot* s = b.lanes;
        while (s != nullptr && (s->topic != like.topic || s->key_hash != like.key_hash)) {
            s = s->lane.next_lane;
        }
        return s;
    }

    static void park(lane_aggregate& l, slot& s) noexcept {
        s.lane_at = lane_state::parked;
        if (l.parked++ == 0 || s.lane_place < l.front->lane_place) {
            l.front = &s;
        }
    }

    static void unpark(lane_aggregate& l, slot& s) noexcept {
        --l.parked;
        if (l.front == &s) {
            slot* next = s.lane_next;
            while (next != nullptr && next->lane_at != lane_state::parked) {
                next = next->lane_next;
            }
            l.front = next;
        }
    }

    // All who wait, once nothing blocks the lane any more, because then nobody comes by to wake the next.
    void wake(const slot& s, const lane_aggregate& l) noexcept { turns_.wake(*s.topic, s.key_hash, l.back == 0 && l.parked == 0); }

    std::size_t mask_;
    std::uint32_t parked_at_most_;
    box<bucket[]> buckets_;
    lane_turns turns_{};
};

}  // namespace stentor::inline v0::detail
