#pragma once

#include <string>
#include <utility>

#include <stentor/detail/circuit_watch.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/hand_over.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/reports.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// Deadlines. There is one alarm for all of them, at the earliest: when it rings, every slot in use is looked at. That costs
// microseconds a sweep and nothing a publish; a timer for each record cost 40 ns of every one.

namespace stentor::inline v0::detail {

// What the transport has when the deadline comes may be on its way to the log. 250 ms are promised; they are used: first for a
// report that is about to come, then for asking the transport what it never sent.
inline constexpr nanoseconds ask_after = std::chrono::milliseconds(100);
inline constexpr nanoseconds give_up_after = std::chrono::milliseconds(200);

// How a sweep went: when the next one is due, and what is inside the transport.
struct sweep_result {
    instant next = instant::max();
    bool unexpired_inside = false;
    bool ask = false;

    void by(instant when) noexcept { next = lesser(next, when); }
};

// The operation ends, the wire still has the record.
template <class Core>
void end_inside(Core& core, typename Core::slot_type& s, bool closing, const moment& at) noexcept {
    if (!s.move(phase::wire, phase::busy)) {
        return;  // a waiter was quicker
    }
    const errc code = closing ? errc::closed : errc::deadline_exceeded;
    const std::string cause = words_of([&] {
        return "no broker acknowledged it" + (closing ? std::string{" before close()"} : " within " + patience(s)) +
               ": it may or may not be in the log";
    });
    tell_result(core, s, closing ? signal::neutral : signal::failure, code, cause, at);
    end(core, s, failing(s, code, cause, outcome::unknown), true, at);
}

template <class Core>
void sweep_inside(Core& core, typename Core::slot_type& s, const moment& at, sweep_result& found) noexcept {
    const instant limit = core.deadline_of(s);
    if (at.now < limit) {
        found.unexpired_inside = true;
        found.by(limit);
    } else if (!takes_back<decltype(core.transport)> || at.now >= limit + give_up_after) {
        end_inside(core, s, limit < s.deadline.get(), at);
    } else if (at.now < limit + ask_after) {
        found.by(limit + ask_after);
    } else {
        found.ask = true;
        found.by(limit + give_up_after);
    }
}

template <class Core>
void sweep_queued(Core& core, typename Core::slot_type& s, const moment& at, sweep_result& found) noexcept {
    if (s.where == place::inbox || s.where == place::finishing) {
        found.by(at.now + std::chrono::milliseconds(1));  // its turn comes in a moment
        return;
    }
    if (const instant limit = core.parked_until(s); at.now < limit) {
        found.by(limit);
    } else {
        expire_queued(core, s, at);
    }
}

template <class Core>
void sweep(Core& core, const moment& at) noexcept {
    // From here on a publish sets its own alarm: either it sees this, or the loop below sees its slot.
    core.next_sweep.store(Core::never, std::memory_order_seq_cst);
    sweep_result found;
    for (std::size_t i = 0; i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        switch (phase_of(s.state.load(std::memory_order_seq_cst))) {
            case phase::wire: sweep_inside(core, s, at, found); break;
            case phase::queued: sweep_queued(core, s, at, found); break;
            case phase::queued_done:
                if (s.where != place::inbox && s.where != place::finishing) {
                    discard(core, s, at);
                }
                break;
            case phase::claimed: found.by(at.now + std::chrono::milliseconds(1)); break;
            default: break;
        }
    }
    if constexpr (takes_back<decltype(core.transport)>) {
        // The request is for the whole client: what others still have time for would only come back to be sent again.
        if (found.ask && !found.unexpired_inside) {
            core.transport.take_back();
        }
    }
    if (found.next != instant::max()) {
        core.sweep_by(found.next);
    }
}

template <class Core>
void on_woken(Core& core, const moment& at) noexcept {
    take_incoming(core, at);
    while (core.back_off.next() <= at.now) {
        slot& s = core.back_off.first();
        core.back_off.remove(s);
        s.where = place::nowhere;
        make_ready(core, s, at);
    }
    if (core.breaker_alarm <= at.now) {
        core.breaker_alarm = instant::max();
        core.queues.release(topic_queues::block::breaker);
    }
    pump(core, at);
    if (core.next_sweep.load(std::memory_order_seq_cst) <= at.now.time_since_epoch().count()) {
        sweep(core, at);
        pump(core, at);
    }
    watch_breaker(core, at);
    pump(core, at);
    set_alarm(core);
}

// At the end of every call of the transport: a publisher that was destroyed on an event thread goes when all has ended. May destroy
// the core.
template <class Core>
void let_go(Core& core) noexcept {
    if (core.leaving.load(std::memory_order_acquire) && core.books.read().in_flight == 0) {
        core.leaving.store(false, std::memory_order_relaxed);
        core.told_last.store(true, std::memory_order_seq_cst);
        core.tell_closed();
        std::shared_ptr<Core> last = std::move(core.itself);
        const instant until{nanoseconds(core.close_by.load(std::memory_order_relaxed))};
        core.transport.retire(std::move(last), until);
    }
}

}  // namespace stentor::inline v0::detail
