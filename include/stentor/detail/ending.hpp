#pragma once

#include <exception>
#include <string_view>
#include <utility>

#include <stentor/detail/core.hpp>
#include <stentor/detail/failure_class.hpp>
#include <stentor/error.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// How an operation ends: counted, traced, told, once.

namespace stentor::inline v0::detail {

inline constexpr nanoseconds slow_handler_after = std::chrono::milliseconds(100);

// What the user is told about a failed try.
[[nodiscard]] inline error error_of(errc code, std::string_view cause, outcome what, std::uint32_t tries) {
    error e(code, std::string(cause), what);
    e.attempts = tries;
    return e;
}

// Runs user code on the event thread: never once `close` has returned, watched for its time, and what it throws ends here.
template <class Core, class Function>
void run_user_code(Core& core, std::string_view topic, Function&& f) noexcept {
    core.in_handler.store(true, std::memory_order_seq_cst);
    if (!core.silent.load(std::memory_order_seq_cst)) {
        const instant before = core.transport.now().now;
        try {
            f();
        } catch (const std::exception& e) {
            event what;
            what.what = event::kind::handler_threw;
            what.topic = topic;
            what.cause = e.what();
            core.tell(what);
        } catch (...) {
            event what;
            what.what = event::kind::handler_threw;
            what.topic = topic;
            what.cause = "not a std::exception";
            core.tell(what);
        }
        const nanoseconds took = core.transport.now().now - before;
        if (took > slow_handler_after) {
            event what;
            what.what = event::kind::slow_handler;
            what.topic = topic;
            what.took = took;
            core.tell(what);
        }
    }
    core.in_handler.store(false, std::memory_order_seq_cst);
}

// Counts and traces; on the event thread or, for a claimed slot, on the waiter's.
template <class Core>
void close_books(Core& core, typename Core::slot_type& s, const result<receipt>& r, const moment& at) noexcept {
    core.books.close(r ? outcome::persisted : r.error().outcome);
    if (s.span) {
        s.span->finish(r, at);
        s.span.reset();
    }
}

// Back to the pool, with everything that the operation held.
template <class Core>
void release(Core& core, typename Core::slot_type& s) noexcept {
    s.parked.reset();
    s.last.reset();
    s.refused.reset();
    s.handler.reset();
    core.pool.give_back(s);
    core.watched.ended(s);
}

// Ends the operation in a `busy` slot that is in no lane, queue or timer any more. `inside`: the wire still has it, and its report
// is awaited; otherwise the slot goes home.
template <class Core>
void end(Core& core, typename Core::slot_type& s, result<receipt>&& r, bool inside, const moment& at) noexcept {
    close_books(core, s, r, at);
    if (waiter* const w = std::exchange(s.waiting, nullptr)) {
        w->finish(std::move(r));
    } else if (s.handler) {
        run_user_code(core, s.topic->text, [&] { s.handler(std::move(r)); });
        s.handler.reset();
    }
    if (inside) {
        s.put(phase::wire_done);
        core.watched.ended(s);
    } else {
        release(core, s);
    }
}

// The error of an operation that fails now: its own, or that of its first life if it is a dead letter.
template <class Core>
[[nodiscard]] error failing(Core&, typename Core::slot_type& s, errc code, std::string_view cause, outcome what) {
    if (s.tries.redirected() && s.last != nullptr) {
        error e = std::move(*s.last);
        e.dead_letter.what = what == outcome::unknown ? dead_letter_result::state::unknown : dead_letter_result::state::failed;
        return e;
    }
    return error_of(code, cause, what, s.tries.tries());
}

// Gives the permit back with what the try has shown, if the slot holds one.
template <class Core>
void return_permit(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (s.permit) {
        core.breaker.record(*std::exchange(s.permit, std::nullopt), call{what, at.now - s.handed_at, code, cause}, at);
    }
}

}  // namespace stentor::inline v0::detail
