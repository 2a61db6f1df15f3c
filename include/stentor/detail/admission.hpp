#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stentor/context.hpp>
#include <stentor/detail/box.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/departure.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

// The publishing thread's half: breaker, slot, lane, and the first hand-over.

namespace stentor::inline v0::detail {

// Puts the caller's end of the operation into its slot: a handler or a waiter.
struct recipient {
    void (*install)(slot& into, void* from) noexcept = nullptr;
    void* from = nullptr;
};

template <class Core>
[[nodiscard]] error refuse(Core& core, const topic_name& topic, errc code, std::string cause) {
    error e(code, std::move(cause));
    core.books.refuse();
    e.topic = topic.text;
    return e;
}

[[nodiscard]] inline std::size_t bytes_of(const record& r) noexcept {
    std::size_t bytes = r.key.size() + r.value.size();
    for (const header& h : r.headers) {
        bytes += h.name.size() + h.value.size();
    }
    return bytes;
}

template <class Core>
[[nodiscard]] error refuse_open_circuit(Core& core, const topic_name& topic) {
    return refuse(core, topic, errc::circuit_open, why_open(core, topic));
}

template <class Core>
[[nodiscard]] error refuse_full(Core& core, const departure& d, std::string what) {
    event e;
    e.what = event::kind::queue_full;
    e.topic = d.topic->text;
    e.code = errc::queue_full;
    e.cause = what;
    e.at = d.context.at;
    core.tell(e);
    return refuse(core, *d.topic, errc::queue_full, std::move(what));
}

// What there was none of any more.
template <class Core>
[[nodiscard]] std::string what_is_full(const Core& core, std::size_t bytes) {
    const std::size_t in_use = core.pool.bytes_in_use();
    if (in_use != 0 && in_use + bytes > core.options.bytes) {
        return std::to_string(in_use) + " of " + std::to_string(core.options.bytes) + " bytes are in use, and this message needs " +
               std::to_string(bytes);
    }
    if (!core.pool.exhausted()) {
        return "others wait for room before it";
    }
    return "all " + std::to_string(core.pool.size()) + " slots are in use";
}

// What the transport would not take at once goes to the event thread, with its bytes.
template <class Core>
void leave_to_event_thread(Core& core, typename Core::slot_type& s, const record& what, fault&& why) noexcept {
    try {
        if (!why.again && why) {
            s.refused = box<fault>(new fault(std::move(why)));
        }
        s.parked = box<owned_record>(new owned_record(what));
    } catch (const std::bad_alloc&) {
        s.parked.reset();  // the event thread reports out_of_memory
    }
    s.where = place::inbox;
    s.due = {};
    // Once it is there, its handler may run and destroy the publisher.
    const std::shared_ptr<Core> until_posted = core.shared_from_this();
    s.put(phase::queued);
    core.post(s);
}

// The slot is filled and in its lane: hand it over. Afterwards it belongs to the event thread, or is already somebody else's; its
// handler may have destroyed the publisher.
template <class Core>
void depart(Core& core, typename Core::slot_type& s, const record& what, const moment& at) noexcept {
    s.tries.admitted();
    // Sequentially consistent, as is the sweep's reading: either the sweep sees this slot or we see that no sweep is due in time.
    // The same with the sweep of a close, which lowers all deadlines before it.
    s.state.exchange(state_word(s.number(), phase::wire), std::memory_order_seq_cst);
    core.sweep_by(core.deadline_of(s));
    fault f = core.transport.submit(what, s);
    if (!f) [[likely]] {
        return;
    }
    if (!s.move(phase::wire, phase::caller)) {
        // Its deadline came in between, and whoever saw that took it for handed over, and ends it, or has. No report will bring the
        // slot home: the event thread does, when it is through with what it is at (a handler, perhaps).
        const std::shared_ptr<Core> until_posted = core.shared_from_this();
        core.post(s);
        return;
    }
    if (f.again) {
        s.tries.withdrawn();
        // A probe that nobody makes would hold up the circuit: it asks again when it goes.
        return_permit(core, s, signal::neutral, errc::none, {}, at);
        if (s.lane_at != lane_state::none) {
            core.by_key.put_off(s);
        }
    }
    leave_to_event_thread(core, s, what, std::move(f));
}

// Room in a lane that was won after waiting for it. Who does not take it, for whatever reason, leaves it to the next who waits:
// nobody else would wake him.
template <class Core>
class won_room {
public:
    won_room(Core& core, const departure& d) noexcept : core_(core), what_(d) {}
    won_room(const won_room&) = delete;
    won_room& operator=(const won_room&) = delete;
    ~won_room() { leave(); }

    void won() noexcept { mine_ = true; }
    void taken() noexcept { mine_ = false; }
    void leave() noexcept {
        if (std::exchange(mine_, false)) {
            core_.by_key.pass_room_on(*what_.topic, what_.key_hash);
        }
    }

private:
    Core& core_;
    const departure& what_;
    bool mine_ = false;
};

// From an allowed try to a slot in its lane, or the reason why not. The span moves into the slot only on success.
template <class Core>
[[nodiscard]] result<void> begin(Core& core, departure& d, typename Core::span& span, const recipient& to) {
    moment at = d.context.at;
    const instant deadline = later(at.now, d.deadline);
    const std::size_t bytes = bytes_of(d.what);
    const bool keyed = d.what.key.data() != nullptr;
    // A handler that took its time gives room back late. What went out now would end unknown.
    constexpr const char* too_late = "it waited for room, which came after the deadline";
    // Who has announced that he waits either sees that the publisher was closed, or is dismissed.
    const auto sleep = [&](latch& l, instant until) noexcept {
        return !core.closed.load(std::memory_order_seq_cst) && core.transport.wait(l, until);
    };
    won_room room(core, d);
    for (;;) {
        std::optional<permit> allowed = core.breaker.allow(d.topic->text, at);
        if (!allowed) {
            return refuse_open_circuit(core, *d.topic);
        }
        const auto give_permit_back = [&] { core.breaker.record(*allowed, call{signal::neutral, {}, errc::none, {}}, at); };
        auto* s = core.pool.try_take(bytes);
        if (s == nullptr) {
            give_permit_back();
            if (!d.may_wait) {
                return refuse_full(core, d, what_is_full(core, bytes));
            }
            room.leave();
            s = core.pool.take_until(bytes, deadline, sleep);
            if (s == nullptr) {
                return refuse(core, *d.topic, core.closed ? errc::closed : errc::deadline_exceeded,
                              "it waited for room in vain: " + what_is_full(core, bytes));
            }
            at = core.transport.now();
            if (at.now >= deadline) {
                core.pool.give_back(*s);
                return refuse(core, *d.topic, errc::deadline_exceeded, too_late);
            }
            allowed = core.breaker.allow(d.topic->text, at);
            if (!allowed) {
                core.pool.give_back(*s);
                return refuse_open_circuit(core, *d.topic);
            }
        }
        // Counted first, then looked: close() either finds that one more is in flight or has been seen here.
        s->state.store(state_word(core.books.open(), phase::caller), std::memory_order_release);
        if (core.closed.load(std::memory_order_seq_cst)) {
            core.books.withdraw();
            give_permit_back();
            core.pool.give_back(*s);
            core.watched.ended(*s);  // a flush may have seen it already
            return refuse(core, *d.topic, errc::closed, "close() was called");
        }
        s->topic = d.topic;
        s->key_hash = d.key_hash;
        s->keyed = keyed;
        s->lane_at = lane_state::none;
        const lanes::entry entry = keyed ? core.by_key.enter(*s) : lanes::entry::go;
        room.taken();
        if (entry == lanes::entry::full) {
            core.books.withdraw();
            give_permit_back();
            core.pool.give_back(*s);
            core.watched.ended(*s);  // a flush may have seen it already
            const auto full = [&] {
                return "all " + std::to_string(core.options.parked_per_lane) +
                       " places of its key are in use (publisher_options::parked_per_lane)";
            };
            if (!d.may_wait) {
                error e = refuse_full(core, d, full());
                e.hint =
                    words("Wait for outcomes before more of this key is published, or raise publisher_options::parked_per_lane.");
                return e;
            }
            if (!core.by_key.wait_for_room(*d.topic, d.key_hash, deadline, sleep)) {
                return refuse(core, *d.topic, core.closed ? errc::closed : errc::deadline_exceeded,
                              "it waited for room in vain: " + full());
            }
            room.won();
            at = core.transport.now();
            if (at.now >= deadline) {
                return refuse(core, *d.topic, errc::deadline_exceeded, too_late);
            }
            continue;
        }
        s->where = place::nowhere;
        s->doomed.store(false, std::memory_order_relaxed);
        s->permit = allowed;
        s->tries = {};
        s->started = d.context.at.now;
        s->handed_at = at.now;
        s->deadline = deadline;
        s->partition = d.what.partition;
        s->span.emplace(std::move(span));
        to.install(*s, to.from);
        if (entry == lanes::entry::go) {
            depart(core, *s, d.what, at);
        } else {
            // It waits behind records that may need this permit themselves: a probe that nobody makes would hold up the circuit.
            give_permit_back();
            s->permit.reset();
            leave_to_event_thread(core, *s, d.what, {});
        }
        return {};
    }
}

}  // namespace stentor::inline v0::detail
