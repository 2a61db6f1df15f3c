#pragma once

#include <atomic>
#include <string>
#include <utility>

#include <stentor/detail/admission.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// Those who wait: a synchronous publish, flush, close. None of them depends on the event thread for its end.

namespace stentor::inline v0::detail {

// A waiter ends its operation itself when the event thread has not by now: a user's handler must be holding it up.
inline constexpr nanoseconds claim_after = std::chrono::milliseconds(235);

// False: the event thread is at it this moment, or has ended it.
template <class Core>
[[nodiscard]] bool claim(Core& core, waiter& w) noexcept {
    auto& s = Core::full(*w.where);
    for (const phase from : {phase::wire, phase::queued}) {
        std::uint64_t expected = state_word(w.number, from);
        if (!s.state.compare_exchange_strong(expected, state_word(w.number, phase::claimed), std::memory_order_acq_rel)) {
            continue;
        }
        const bool inside = from == phase::wire;
        const moment at = core.transport.now();
        constexpr std::string_view cause = "a handler of this client has kept the event thread past the deadline";
        result<receipt> r = failing(core, s, errc::deadline_exceeded, cause, inside ? outcome::unknown : outcome::not_persisted);
        return_permit(core, s, signal::failure, errc::deadline_exceeded, cause, at);
        close_books(core, s, r, at);
        s.waiting = nullptr;
        s.put(inside ? phase::wire_done : phase::queued_done);
        core.watched.ended(s);
        w.finish(std::move(r));
        return true;
    }
    return false;
}

// Until every one of them has its outcome.
template <class Core>
void await(Core& core, waiter* first, std::size_t count, latch& all) noexcept {
    for (;;) {
        instant until = instant::min();
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire)) {
                until = std::max(until, instant{nanoseconds(w->until.load(std::memory_order_acquire))});
            }
        }
        if (all.is_set() || core.transport.wait(all, until + claim_after)) {
            return;
        }
        const instant now = core.transport.now().now;
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire) &&
                now >= instant{nanoseconds(w->until.load(std::memory_order_acquire))} + claim_after && !claim(core, *w)) {
                // The event thread has it: it will not be long.
                (void)core.transport.wait(all, core.transport.now().now + std::chrono::milliseconds(5));
            }
        }
    }
}

// Until all operations before this call have ended, or the instant has come.
template <class Core>
[[nodiscard]] bool drain(Core& core, instant until) noexcept {
    const std::uint64_t before = core.books.next();
    watchers::watch mine;
    core.watched.add(mine);
    bool drained = true;
    for (std::size_t i = 0; drained && i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        // A slot that was free a moment ago and is not any more holds a later operation.
        const auto ended = [&] {
            const std::uint64_t word = s.state.load(std::memory_order_seq_cst);
            const phase p = phase_of(word);
            return p == phase::free || p == phase::wire_done || p == phase::queued_done || number_of(word) >= before;
        };
        while (drained && !ended()) {
            core.watched.look_at(mine, &s);
            drained = ended() || core.transport.wait(mine.woken, until) || ended();
        }
    }
    core.watched.remove(mine);
    return drained;
}

// Lowers every deadline, waits for the outcomes, and for a handler that is running. Afterwards no user code runs any more.
template <class Core>
[[nodiscard]] bool close(Core& core, nanoseconds within) noexcept {
    core.closed.store(true, std::memory_order_seq_cst);
    const instant until = core.transport.now().now + within;
    instant::rep seen = core.close_by.load(std::memory_order_relaxed);
    while (until.time_since_epoch().count() < seen &&
           !core.close_by.compare_exchange_weak(seen, until.time_since_epoch().count(), std::memory_order_seq_cst)) {
    }
    core.sweep_by(instant{nanoseconds(1)});  // the alarm was set for later deadlines
    bool drained = drain(core, until + give_up_after + std::chrono::milliseconds(20));
    while (core.in_handler.load(std::memory_order_seq_cst)) {
        latch never_set;
        (void)core.transport.wait(never_set, core.transport.now().now + std::chrono::milliseconds(2));
    }
    if (!drained) {
        // Only a handler that held up the event thread can have come between: now it has its chance to end the rest.
        drained = drain(core, core.transport.now().now + std::chrono::milliseconds(250));
    }
    core.silent.store(true, std::memory_order_seq_cst);
    while (core.in_handler.load(std::memory_order_seq_cst)) {
        latch never_set;
        (void)core.transport.wait(never_set, core.transport.now().now + std::chrono::milliseconds(2));
    }
    return drained;
}

}  // namespace stentor::inline v0::detail
