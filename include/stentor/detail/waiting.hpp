#pragma once

#include <sched.h>
#include <time.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/admission.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/deadlines.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// Those who wait: a synchronous publish, flush, close. None of them depends on the event thread for its end.

namespace stentor::inline v0::detail {

// A waiter ends its operation itself when the event thread has not by now: something holds that up.
inline constexpr nanoseconds claim_after = std::chrono::milliseconds(235);

// What it says then. A handler is only named when one certainly runs there: a process that gets no time looks the same from here.
struct hold_up {
    std::string_view past_deadline;
    std::string_view past_close;
    std::string_view hint;

    [[nodiscard]] constexpr std::string_view cause(errc code) const noexcept {
        return code == errc::closed ? past_close : past_deadline;
    }
    [[nodiscard]] constexpr bool is(std::string_view said) const noexcept { return said == past_deadline || said == past_close; }
};
inline constexpr hold_up by_a_handler{"a handler of this client has kept the event thread past the deadline",
                                      "a handler of this client has kept the event thread past the time given to close()",
                                      "Do slow work in a thread of your own, not in a handler."};
inline constexpr hold_up by_something{
    "the event thread of this client was held up past the deadline",
    "the event thread of this client was held up past the time given to close()",
    "Slow handlers do that, whose work belongs in a thread of your own, and a machine that is overloaded."};

[[nodiscard]] inline recipient awaited_by(waiter& w) noexcept {
    return {[](slot& into, void* from) noexcept {
                waiter& mine = *static_cast<waiter*>(from);
                mine.where = &into;
                mine.number = into.number();
                mine.until.store(into.deadline.get().time_since_epoch().count(), std::memory_order_relaxed);
                into.waiting.store(&mine, std::memory_order_relaxed);
            },
            &w};
}

// Ends that operation of a synchronous caller, on the thread of the caller or of who closes the publisher. False: the event thread
// is at it this moment, or has ended it. The brokers had no part in it, so the breaker does not count it.
template <class Core>
[[nodiscard]] bool claim(Core& core, typename Core::slot_type& s, std::uint64_t number, errc code) noexcept {
    for (const phase from : {phase::wire, phase::queued}) {
        std::uint64_t expected = state_word(number, from);
        if (!s.state.compare_exchange_strong(expected, state_word(number, phase::claimed), std::memory_order_acq_rel)) {
            continue;
        }
        const bool inside = from == phase::wire;
        const moment at = core.transport.now();
        const hold_up& why = core.served_by.surely_runs_a_handler() ? by_a_handler : by_something;
        const std::string_view cause = why.cause(code);
        error e = inside ? failing(s, code, cause, outcome::unknown) : failing_unsent(s, code, cause);
        if (e == code && e.cause == cause) {
            e.hint = words(why.hint, inside ? perhaps_twice : std::string_view{});
        }
        const outcome what = e.outcome;
        result<receipt> r = std::move(e);
        return_permit(core, s, signal::neutral, code, cause, at);
        core.books.close_claimed(what);
        finish_span(core, s, r, at);
        waiter* const w = s.waiting.exchange(nullptr, std::memory_order_relaxed);
        s.put(inside ? phase::wire_done : phase::queued_done);
        core.ended_in_place(s);
        w->finish(std::move(r));
        return true;
    }
    return false;
}

// All synchronous callers of a publisher that is closed while a handler holds up the event thread.
template <class Core>
void claim_all(Core& core) noexcept {
    for (std::size_t i = 0; i < core.pool.high_water(); ++i) {
        auto& s = core.pool[i];
        const std::uint64_t word = s.state.load(std::memory_order_acquire);
        // That it has a waiter can't change as long as its state is the same.
        if (s.waiting.load(std::memory_order_relaxed) != nullptr) {
            (void)claim(core, s, number_of(word), errc::closed);
        }
    }
}

// Until every one of them has its outcome.
template <class Core>
void await(Core& core, waiter* first, std::size_t count, latch& all) noexcept {
    for (;;) {
        instant until = instant::min();
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire)) {
                until = greater(until, instant{nanoseconds(w->until.load(std::memory_order_acquire))});
            }
        }
        if (all.is_set() || core.transport.wait(all, until + claim_after)) {
            return;
        }
        const instant now = core.transport.now().now;
        for (waiter* w = first; w != first + count; ++w) {
            if (!w->done.load(std::memory_order_acquire) &&
                now >= instant{nanoseconds(w->until.load(std::memory_order_acquire))} + claim_after &&
                !claim(core, Core::full(*w->where), w->number, errc::deadline_exceeded)) {
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
    core.pool.line_up();
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

// Until nothing is in flight any more, or the instant has come. To be called once nothing new can begin.
template <class Core>
[[nodiscard]] bool drain_all(Core& core, instant until) noexcept {
    instant last{};
    for (int stills = 0; drain(core, until) && stills < 1'000'000; ::sched_yield()) {
        if (core.books.read().in_flight == 0) {
            return true;
        }
        // Counted by its publishing thread, but not in its slot yet: a few instructions. Virtual time may stand still meanwhile; if
        // the count is wrong, that is no reason to wait for ever.
        const instant now = core.transport.now().now;
        if (now >= until) {
            break;
        }
        stills = now == std::exchange(last, now) ? stills + 1 : 0;
    }
    return false;
}

// A nap of the real clock, also where time is virtual: who runs the handler that is waited for may be the only one to move that.
inline void nap() noexcept {
    const std::timespec a_little{0, 1'000'000};
    ::nanosleep(&a_little, nullptr);
}

// Until the transport's call that runs now, if any, has ended.
template <class Core>
void await_event_call(Core& core) noexcept {
    const std::uint64_t calls = core.event_calls.load(std::memory_order_seq_cst);
    while (calls % 2 == 1 && core.event_calls.load(std::memory_order_seq_cst) == calls) {
        nap();
    }
}

// Our alarm's time has come, and the event thread has not been at it yet.
template <class Core>
[[nodiscard]] bool sweep_due(Core& core) noexcept {
    return core.next_sweep.load(std::memory_order_seq_cst) <= core.transport.now().now.time_since_epoch().count();
}

// Until no handler, of this publisher or of another one on the same client, keeps the event thread from our alarm, and the rest has
// had its chance to end.
template <class Core>
[[nodiscard]] bool drain_behind_handlers(Core& core) noexcept {
    for (;;) {
        const std::uint64_t begun = core.served_by.handlers_begun();
        const bool waited = core.served_by.may_run_a_handler();
        await_event_call(core);
        while (core.served_by.may_run_a_handler() && sweep_due(core)) {
            nap();
        }
        // Also when none runs any more: it may have let go of the event thread just now, which needs a moment to get to our alarm.
        if (drain_all(core, core.transport.now().now + std::chrono::milliseconds(waited ? 250 : 20))) {
            return true;
        }
        // Several of them, one behind the other?
        if (!sweep_due(core) || (!core.served_by.may_run_a_handler() && core.served_by.handlers_begun() == begun)) {
            return false;
        }
    }
}

// Lowers every deadline, waits for the outcomes, and for a handler that is running. Afterwards no user code runs any more.
template <class Core>
[[nodiscard]] bool close(Core& core, nanoseconds within) noexcept {
    const instant until = later(core.transport.now().now, within);
    core.shut(until);
    bool drained = drain_all(core, until + give_up_after + std::chrono::milliseconds(20));
    if (!drained) {
        claim_all(core);
        drained = drain_behind_handlers(core);
    }
    const bool first = !core.told_last.exchange(true, std::memory_order_seq_cst);
    await_event_call(core);
    if (first) {
        core.tell_closed();
    }
    while (!core.told_closed.load(std::memory_order_acquire)) {
        nap();  // another thread closes, too, and the tracer is still at its last word
    }
    return drained;
}

// The publisher is destroyed on an event thread, its own or another's, which must not wait: what is in flight goes on to its
// outcome within that time, and the last report lets go of the core.
template <class Core>
void leave(std::shared_ptr<Core> last, nanoseconds within) noexcept {
    Core& core = *last;
    core.itself = last;
    core.leaving.store(true, std::memory_order_seq_cst);
    core.shut(later(core.transport.now().now, within));
}

}  // namespace stentor::inline v0::detail
