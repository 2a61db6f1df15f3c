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

// While one of these lives, user code may run on the event thread, and `close` waits for its end. Once `close` has returned none
// may.
template <class Core>
class user_code {
public:
    explicit user_code(Core& core) noexcept : core_(core), outer_(!core.in_handler.load(std::memory_order_relaxed)) {
        if (outer_) {
            core_.in_handler.store(true, std::memory_order_seq_cst);
        }
        allowed_ = !core_.silent.load(std::memory_order_seq_cst);
    }
    ~user_code() {
        if (outer_) {
            core_.in_handler.store(false, std::memory_order_seq_cst);
        }
    }
    user_code(const user_code&) = delete;
    user_code& operator=(const user_code&) = delete;

    [[nodiscard]] bool allowed() const noexcept { return allowed_; }

private:
    Core& core_;
    bool outer_;
    bool allowed_ = false;
};

// Tells the tracer, from the event thread.
template <class Core>
void announce(Core& core, const event& what) noexcept {
    const user_code<Core> here(core);
    if (here.allowed()) {
        core.tell(what);
    }
}

// What the user is told about a failed try.
[[nodiscard]] inline error error_of(errc code, std::string_view cause, outcome what, std::uint32_t tries) {
    error e(code, std::string(cause), what);
    e.attempts = tries;
    return e;
}

// Runs a handler on the event thread: watched for its time, and what it throws ends here.
template <class Core, class Function>
void run_handler(Core& core, std::string_view topic, Function&& f) noexcept {
    const user_code<Core> here(core);
    if (!here.allowed()) {
        return;
    }
    const instant before = core.transport.now().now;
    event threw;
    threw.what = event::kind::handler_threw;
    threw.topic = topic;
    try {
        f();
    } catch (const std::exception& e) {
        threw.cause = e.what();
        core.tell(threw);
    } catch (...) {
        threw.cause = "not a std::exception";
        core.tell(threw);
    }
    const nanoseconds took = core.transport.now().now - before;
    if (took > slow_handler_after) {
        event slow;
        slow.what = event::kind::slow_handler;
        slow.topic = topic;
        slow.took = took;
        core.tell(slow);
    }
}

// Counts and traces; on the event thread or, for a claimed slot, on the waiter's. `silent`: no user code may run any more.
template <class Core>
void close_books(Core& core, typename Core::slot_type& s, const result<receipt>& r, bool silent, const moment& at) noexcept {
    core.books.close(r ? outcome::persisted : r.error().outcome);
    if (s.span) {
        if (!silent) {
            s.span->finish(r, at);
        }
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
    {
        const user_code<Core> here(core);
        close_books(core, s, r, !here.allowed(), at);
        if (waiter* const w = std::exchange(s.waiting, nullptr)) {
            w->finish(std::move(r));
        } else if (s.handler) {
            run_handler(core, s.topic->text, [&] { s.handler(std::move(r)); });
            s.handler.reset();
        }
    }
    if (inside) {
        s.put(phase::wire_done);
        core.watched.ended(s);
    } else {
        release(core, s);
    }
}

// The error of an operation whose newest try ended like that: its own, or that of its first life if it is a dead letter.
[[nodiscard]] inline error failing(slot& s, errc code, std::string_view cause, outcome newest) {
    if (s.tries.redirected() && s.last != nullptr) {
        error e = std::move(*s.last);
        e.dead_letter.what = newest == outcome::unknown ? dead_letter_result::state::unknown : dead_letter_result::state::failed;
        return e;
    }
    error e = error_of(code, cause, s.tries.so_far(newest), s.tries.tries());
    if (e.outcome != newest) {
        e.cause += " (an earlier try may be in the log)";
    }
    return e;
}

// The error of one that ends while it waits to be handed over: why its last try failed, or this if it never had one.
[[nodiscard]] inline error failing_unsent(slot& s, errc code, std::string_view cause) {
    if (s.tries.redirected() || s.last == nullptr) {
        return failing(s, code, cause, outcome::not_persisted);
    }
    error e = std::move(*s.last);
    if (s.doomed) {
        e.cause += " (not tried again: a later record of its key is in the log)";
    }
    return e;
}

// Why the circuit of that topic is open, in words.
template <class Core>
[[nodiscard]] std::string why_open(Core& core, const topic_name& topic) {
    std::string why;
    if constexpr (requires { core.breaker.why_open(topic.text, why); }) {
        core.breaker.why_open(topic.text, why);
    }
    if (why.empty()) {
        why = core.breaker.state() == circuit::half_open ? "a probe is under way" : "opened by earlier failures";
    }
    return "topic " + std::string(topic.text) + ": " + why;
}

// Gives the permit back with what the try has shown, if the slot holds one.
template <class Core>
void return_permit(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (s.permit) {
        core.breaker.record(*std::exchange(s.permit, std::nullopt), call{what, at.now - s.handed_at, code, cause}, at);
    }
}

}  // namespace stentor::inline v0::detail
