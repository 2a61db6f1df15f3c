#pragma once

#include <sched.h>

#include <atomic>
#include <memory>
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
        result<receipt> r = inside ? failing(s, errc::deadline_exceeded, cause, outcome::unknown)
                                   : failing_unsent(s, errc::deadline_exceeded, cause);
        return_permit(core, s, signal::failure, errc::deadline_exceeded, cause, at);
        close_books(core, s, r, false, at);
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

// Until nothing is in flight any more, or the instant has come. To be called once nothing new can begin.
template <class Core>
[[nodiscard]] bool drain_all(Core& core, instant until) noexcept {
    while (drain(core, until)) {
        if (core.books.read().in_flight == 0) {
            return true;
        }
        ::sched_yield();  // counted by its publishing thread, but not in its slot yet: a few instructions
    }
    return false;
}

// For a handler that is running.
template <class Core>
void await_user_code(Core& core) noexcept {
    while (core.in_handler.load(std::memory_order_seq_cst)) {
        latch never_set;
        (void)core.transport.wait(never_set, core.transport.now().now + std::chrono::milliseconds(2));
    }
}

// Lowers every deadline, waits for the outcomes, and for a handler that is running. Afterwards no user code runs any more.
template <class Core>
[[nodiscard]] bool close(Core& core, nanoseconds within) noexcept {
    const instant until = later(core.transport.now().now, within);
    core.shut(until);
    bool drained = drain_all(core, until + give_up_after + std::chrono::milliseconds(20));
    if (!drained && core.in_handler.load(std::memory_order_seq_cst)) {
        // A handler has held up the event thread: once it is through, the rest has its chance to end.
        await_user_code(core);
        drained = drain_all(core, core.transport.now().now + std::chrono::milliseconds(250));
    }
    core.silent.store(true, std::memory_order_seq_cst);
    await_user_code(core);
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
