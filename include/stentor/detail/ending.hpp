#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/core.hpp>
#include <stentor/detail/error_in.hpp>
#include <stentor/detail/failure_class.hpp>
#include <stentor/detail/handler_calls.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/retry.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// How an operation ends: counted, traced, told, once.

namespace stentor::inline v0::detail {

inline constexpr nanoseconds slow_handler_after = std::chrono::milliseconds(100);

inline constexpr std::string_view perhaps_twice = " Publish it again only if your consumers can tell duplicates.";

// What the user is told about the newest try of that slot.
[[nodiscard]] inline error error_of(const slot& s, errc code, std::string_view cause, outcome what) noexcept {
    error e(code, words(cause), what);
    e.topic = s.topic->text;
    e.attempts = s.tries.tries();
    if (code == errc::message_too_large) {
        e.hint = words_of([&] { return "It has " + std::to_string(s.charged) + " bytes. " + e.hint; });
    }
    if (what == outcome::unknown) {
        add_words(e.hint, perhaps_twice);
    }
    return e;
}

// How long the caller was willing to wait: "30 s", "500 ms", "50 us".
[[nodiscard]] inline std::string patience(const slot& s) {
    const auto us = (s.deadline.get() - s.started.get()).count() / 1'000;
    return us < 1'000            ? std::to_string(us) + " us"
           : us % 1'000'000 == 0 ? std::to_string(us / 1'000'000) + " s"
                                 : std::to_string(us / 1'000) + " ms";
}

// Runs a handler on the event thread: watched for its time, and what it throws ends here.
template <class Core, class Function>
void run_handler(Core& core, std::string_view topic, Function&& f) noexcept {
    if (core.silent()) {
        return;
    }
    handler_calls& here = handlers_here();
    here.begin();
    const instant before = core.transport.now().now;
    event what;
    what.topic = topic;
    const auto threw = [&](std::string_view cause) {
        what.what = event::kind::handler_threw;
        what.cause = cause;
        what.at = core.transport.now();
        core.tell(what);
    };
    try {
        f();
        what.at = core.transport.now();
    } catch (const std::exception& e) {
        threw(e.what());
    } catch (...) {
        threw("not a std::exception");
    }
    here.end();
    what.took = what.at.now - before;
    if (what.took > slow_handler_after) {
        what.what = event::kind::slow_handler;
        what.cause = {};
        core.tell(what);
    }
}

// On the event thread or, for a claimed slot, on the thread that claimed it.
template <class Core>
void finish_span(Core& core, typename Core::slot_type& s, const result<receipt>& r, const moment& at) noexcept {
    if (s.span) {
        if (!core.silent()) {
            s.span->finish(r, at);
        }
        s.span.reset();
    }
}

template <class Slot>
void redirect_span(Slot& s, const failure& f, const verdict& v, const moment& at) noexcept {
    if constexpr (requires { s.span->redirected(f, v, at); }) {
        if (s.span) {
            s.span->redirected(f, v, at);
        }
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
void conclude(Core& core, typename Core::slot_type& s, result<receipt>&& r, outcome what, bool inside, const moment& at) noexcept {
    core.books.close(what);
    finish_span(core, s, r, at);
    // Only who has moved the slot out of `wire` or `queued` takes its waiter.
    if (waiter* const w = s.waiting.load(std::memory_order_relaxed)) {
        s.waiting.store(nullptr, std::memory_order_relaxed);
        w->finish(std::move(r));
    } else if (s.handler) {
        run_handler(core, s.topic->text, [&] { s.handler(std::move(r)); });
        s.handler.reset();
    }
    if (inside) {
        s.put(phase::wire_done);
        core.ended_in_place(s);
    } else {
        release(core, s);
    }
}

template <class Core>
void end(Core& core, typename Core::slot_type& s, error&& e, bool inside, const moment& at) noexcept {
    const outcome what = e.outcome;
    conclude(core, s, std::move(e), what, inside, at);
}
template <class Core>
void end(Core& core, typename Core::slot_type& s, const receipt& where, bool inside, const moment& at) noexcept {
    conclude(core, s, where, outcome::persisted, inside, at);
}

// The error of an operation whose newest try ended like that: its own, or that of its first life if it is a dead letter.
[[nodiscard]] inline error failing(slot& s, errc code, std::string_view cause, outcome newest) noexcept {
    if (s.tries.redirected() && s.last != nullptr) {
        error e = std::move(*s.last);
        e.dead_letter.what = newest == outcome::unknown ? dead_letter_result::state::unknown : dead_letter_result::state::failed;
        return e;
    }
    error e = error_of(s, code, cause, s.tries.so_far(newest));
    if (e.outcome != newest) {
        add_words(e.cause, " (an earlier try may be in the log)");
    }
    return e;
}

// The error of one that ends while it waits to be handed over: why its last try failed, or this if it never had one.
[[nodiscard]] inline error failing_unsent(slot& s, errc code, std::string_view cause) noexcept {
    if (s.tries.redirected() || s.last == nullptr) {
        return failing(s, code, cause, outcome::not_persisted);
    }
    error e = std::move(*s.last);
    if (s.doomed.load(std::memory_order_relaxed)) {
        add_words(e.cause, " (not tried again: a later record of its key is in the log)");
    }
    return e;
}

// Why the circuit of that topic is open, in words.
template <class Core>
[[nodiscard]] std::string why_open(Core& core, const topic_name& topic) noexcept {
    return words_of([&] {
        std::string why;
        if constexpr (requires { core.breaker.why_open(topic.text, why); }) {
            core.breaker.why_open(topic.text, why);
        }
        if (why.empty()) {
            why = core.breaker.state() == circuit::half_open ? "a probe is under way" : "opened by earlier failures";
        }
        return why;
    });
}

// Gives the permit back with what the try has shown, if the slot holds one.
template <class Core>
void return_permit(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (const std::optional<permit> held = std::exchange(s.permit, std::nullopt); held && !core.silent()) {
        core.breaker.record(*held, call{what, at.now - s.handed_at, code, cause}, at);
    }
}

}  // namespace stentor::inline v0::detail
