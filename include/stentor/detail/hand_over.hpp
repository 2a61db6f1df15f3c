#pragma once

#include <string>
#include <utility>

#include <stentor/detail/box.hpp>
#include <stentor/detail/circuit_watch.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// The event thread's half of handing over: what is parked goes out in order as soon as its lane, its back-off, the breaker and the
// transport agree. Nothing here recurses: whoever becomes a front is queued, and `pump` goes on until nothing moves.

namespace stentor::inline v0::detail {

template <class Core>
void fail_try(Core& core, typename Core::slot_type& s, const fault& why, outcome what, bool taken_back, const record* returned,
              const moment& at) noexcept;

// A waiter may be ending this very operation on its own thread: a handful of instructions, then it is one of the done phases.
[[nodiscard]] inline phase settled_phase(const slot& s) noexcept {
    phase p = s.at();
    while (p == phase::claimed) {
        ::sched_yield();
        p = s.at();
    }
    return p;
}

// Out of whichever structure the event thread keeps it in, but for its lane.
template <class Core>
void unlink(Core& core, slot& s) noexcept {
    if (s.where == place::topic_queue) {
        core.queues.remove(s);
    } else if (s.where == place::timer) {
        core.back_off.remove(s);
        s.where = place::nowhere;
    }
}

// A queued slot that nothing holds back any more but time, the breaker and the transport.
template <class Core>
void make_ready(Core& core, slot& s, const moment& at) noexcept {
    const phase p = settled_phase(s);
    // `caller`: it is still on its way here, nothing else of it may be read, and it looks for itself when it arrives.
    if (p == phase::caller || s.where != place::nowhere) {
        return;
    }
    if (p == phase::queued_done || (p == phase::queued && s.doomed.load(std::memory_order_relaxed))) {
        s.where = place::finishing;
        s.next = core.to_finish;
        core.to_finish = &s;
    } else if (p == phase::queued) {
        if (s.due <= at.now && !core.queues.push_back(s)) {
            s.due = at.now + milliseconds(10);  // there was no memory for its queue: again then
        }
        if (s.due > at.now) {
            s.where = place::timer;
            core.back_off.add(s);
        }
    }
}

// Something in the lane of `any` has changed: settle what is back, and let the front go.
template <class Core>
void look_after(Core& core, slot* any, const moment& at) noexcept {
    if (any != nullptr) {
        if (slot* const front = core.by_key.settle(*any)) {
            make_ready(core, *front, at);
        }
    }
}

template <class Core>
void leave_lane(Core& core, slot& s, bool maybe_logged, const moment& at) noexcept {
    if (s.lane_at != lane_state::none) {
        look_after(core, core.by_key.leave(s, maybe_logged), at);
    }
}

// The operation has ended without the event thread: only the slot is left to clean up.
template <class Core>
void discard(Core& core, typename Core::slot_type& s, const moment& at) noexcept {
    unlink(core, s);
    s.where = place::nowhere;
    leave_lane(core, s, false, at);
    release(core, s);
}

// A queued slot ends with its own last error, or with this one.
template <class Core>
void end_queued(Core& core, typename Core::slot_type& s, errc code, std::string_view cause, signal what, const moment& at,
                std::string_view hint = {}) noexcept {
    if (!s.move(phase::queued, phase::busy)) {
        if (settled_phase(s) == phase::queued_done) {
            discard(core, s, at);
        }
        return;
    }
    unlink(core, s);
    s.where = place::nowhere;
    tell_breaker(core, s, what, code, cause, at);
    leave_lane(core, s, false, at);
    const bool own_error = s.last == nullptr;
    error e = failing_unsent(s, code, cause);
    if (own_error && !hint.empty()) {
        e.hint = words(hint);
    }
    end(core, s, std::move(e), false, at);
}

// What the client last said, and why the topic's queue stands still.
template <class Core>
[[nodiscard]] std::string why_parked(const Core& core, const slot& s) {
    std::string why;
    if (s.where != place::topic_queue) {
        why = "it waited for an earlier record of its key";
    } else if (const char* const text = core.queues.text(*s.topic)) {
        why = text;
    }
    if (!core.said.empty() && s.where == place::topic_queue && !core.broker_up()) {
        why = core.said;  // with no broker this is the whole story: why it reaches none
    } else if (!core.said.empty()) {
        why.append(why.empty() ? "" : ": ").append(core.said);
    } else if (why.empty()) {
        why = "it could not be handed to a broker in time";
    }
    return why.append(" (waited ").append(patience(s)).append(")");
}

// What helps against the time-out of one that waited: more time does not bring a broker.
template <class Core>
[[nodiscard]] std::string_view parked_hint(const Core& core) noexcept {
    if (core.broker_up()) {
        return hint_for(errc::deadline_exceeded);
    }
    switch (core.said_code) {
        case errc::dns:
        case errc::tls:
        case errc::authentication: return hint_for(core.said_code);
        default: return "Check host and port in `brokers`, that a Kafka broker runs there, and that this machine reaches it.";
    }
}

// The time of a queued one is up, and nothing of this operation is inside the transport.
template <class Core>
void expire_queued(Core& core, typename Core::slot_type& s, const moment& at) noexcept {
    if (core.deadline_of(s) < s.deadline.get()) {
        end_queued(core, s, errc::closed, "it was still waiting to be sent", signal::neutral, at);
    } else if (s.where == place::topic_queue && core.queues.last_block(*s.topic) == topic_queues::block::breaker) {
        end_queued(core, s, errc::circuit_open, why_open(core, *s.topic), signal::neutral, at);
    } else {
        const std::string why = words_of([&] { return why_parked(core, s); });
        end_queued(core, s, errc::deadline_exceeded, why, signal::failure, at, parked_hint(core));
    }
}

// Its topic waits for the breaker, which is asked again when its alarm rings and at each transition.
template <class Core>
void hold_for_breaker(Core& core, const topic_name& topic, const moment& at) noexcept {
    core.queues.hold(topic, topic_queues::block::breaker, nullptr);
    instant when = at.now + std::chrono::milliseconds(100);
    if constexpr (requires { core.breaker.probe_at(topic.text); }) {
        // It may be opened by hand, which nobody tells us: look now and then all the same.
        when = clamped(core.breaker.probe_at(topic.text), at.now + std::chrono::milliseconds(1), at.now + std::chrono::seconds(1));
    }
    core.breaker_alarm = lesser(core.breaker_alarm, when);
}

// Tries to hand over the first of a topic's queue. It leaves the queue unless its topic has to wait.
template <class Core>
void try_hand_over(Core& core, typename Core::slot_type& s) noexcept {
    if (s.lane_at != lane_state::none && !core.by_key.is_front(s)) {
        // One before it has come back since it was queued: its turn comes again behind that one.
        core.queues.remove(s);
        return;
    }
    // Read anew: a handler may have held up this thread past the deadline, and what has expired must not go out any more.
    const moment at = core.transport.now();
    if (core.refused_by_all) {
        // It would wait for a broker that will not have us: say so now, not at its deadline.
        end_queued(core, s, core.said_code, core.said, signal::trip, at);
        return;
    }
    if (at.now >= core.deadline_of(s) || !s.tries.in_time(core.deadline_of(s) - at.now, {core.margin, true})) {
        expire_queued(core, s, at);
        return;
    }
    // Before the breaker is asked, because a waiter may be ending this operation on its own thread.
    if (!s.move(phase::queued, phase::busy)) {
        (void)settled_phase(s);
        discard(core, s, at);
        return;
    }
    s.permit = core.breaker.allow(s.topic->text, at);
    if (!s.permit) {
        s.put(phase::queued);
        hold_for_breaker(core, *s.topic, at);
        return;
    }
    s.handed_at = at.now;
    const fault f = core.transport.submit(s.parked->view(), s);
    if (f.again) {
        return_permit(core, s, signal::neutral, errc::none, {}, at);
        s.put(phase::queued);
        core.queues.hold(*s.topic, topic_queues::block::transport, f.name);
        return;
    }
    core.queues.remove(s);
    s.tries.admitted();
    if (f) {
        fail_try(core, s, f, outcome::not_persisted, false, nullptr, at);
        return;
    }
    // The bytes are the transport's now; a failed report hands them back.
    s.parked.reset();
    s.put(phase::wire);
    if (s.lane_at != lane_state::none) {
        if (slot* const front = core.by_key.handed_over(s)) {
            make_ready(core, *front, at);
        }
    }
    core.sweep_by(s.deadline.get());
}

// Goes on until nothing moves, then sees to the alarm.
template <class Core>
void pump(Core& core, const moment& at) noexcept {
    for (;;) {
        if (slot* const s = core.to_finish) {
            core.to_finish = s->next;
            s->next = nullptr;
            s->where = place::nowhere;
            auto& full = Core::full(*s);
            if (settled_phase(full) == phase::queued_done) {
                discard(core, full, at);
            } else {
                end_queued(core, full, errc::broker_unavailable, "it came back unsent, and a later record of its key is in the log",
                           signal::neutral, at);
            }
        } else if (slot* const next = core.queues.ready()) {
            try_hand_over(core, Core::full(*next));
        } else {
            return;
        }
    }
}

// After `woken`, or when something was added: the transport forgets its alarm each time that it rings.
template <class Core>
void set_alarm(Core& core) noexcept {
    const instant sweep{nanoseconds(core.next_sweep.load(std::memory_order_seq_cst))};
    const instant next = lesser(sweep, lesser(core.back_off.next(), core.breaker_alarm));
    if (next != instant::max()) {
        core.transport.wake_at(next);
    }
}

// What publishing threads have left: refused by the transport, or told to wait.
template <class Core>
void take_incoming(Core& core, const moment& at) noexcept {
    if (core.incoming.empty()) {
        return;
    }
    for (slot* s = core.incoming.take(); s != nullptr;) {
        slot* const next = std::exchange(s->next, nullptr);
        auto& full = Core::full(*s);
        full.where = place::nowhere;
        core.sweep_by(core.parked_until(full));
        if (const phase p = settled_phase(full); p == phase::queued_done || p == phase::wire_done) {
            discard(core, full, at);
        } else if (full.refused != nullptr || full.parked == nullptr) {
            if (full.move(phase::queued, phase::busy)) {
                const box<fault> why = std::move(full.refused);
                fault no_memory;
                no_memory.code = errc::out_of_memory;
                fail_try(core, full, why != nullptr ? *why : no_memory, outcome::not_persisted, false, nullptr, at);
            } else {
                (void)settled_phase(full);
                discard(core, full, at);
            }
        } else if (full.lane_at == lane_state::none) {
            make_ready(core, full, at);
        } else {
            // It may have been the last one handed over when it was put off: then what is back is settled only here.
            look_after(core, &full, at);
        }
        s = next;
    }
}

}  // namespace stentor::inline v0::detail
