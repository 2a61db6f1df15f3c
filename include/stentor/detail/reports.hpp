#pragma once

#include <array>
#include <charconv>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/box.hpp>
#include <stentor/detail/circuit_watch.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/failure_class.hpp>
#include <stentor/detail/hand_over.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// What happens when the wire has spoken, or refused: breaker, retry policy, dead letter, end. On the event thread.

namespace stentor::inline v0::detail {

// The failed record as a dead letter: the same bytes, and what befell it in headers. May throw std::bad_alloc.
[[nodiscard]] inline box<owned_record> make_letter(const slot& s, const failed_try& why, const record& failed, const topic_name& to,
                                                   const moment& at) {
    std::array<char, 16> tries{};
    const auto end_of_tries = std::to_chars(tries.data(), tries.data() + tries.size(), s.tries.tries());
    const rfc3339 time(at.wall);
    const std::string message = s.last->message();
    const std::array<header, 5> added{{
        {"stentor-dlq-original-topic", s.topic->text, true},
        {"stentor-dlq-attempts", {tries.data(), static_cast<std::size_t>(end_of_tries.ptr - tries.data())}, false},
        {"stentor-dlq-error", to_string(why.code), true},
        {"stentor-dlq-message", message, false},
        {"stentor-dlq-time", time.view(), false},
    }};
    record letter = failed;
    letter.topic = to.text;
    letter.partition = -1;
    return box<owned_record>(new owned_record(letter, header_view(added.data(), added.size())));
}

// Keeps what the next try needs: the bytes, and why the last one failed. False: there is no memory, or there are no bytes.
[[nodiscard]] inline bool keep_for_next(slot& s, const action& next, const failed_try& why, const record* returned,
                                        const moment& at) noexcept {
    if (returned == nullptr && s.parked == nullptr) {
        return false;
    }
    try {
        if (next.what != action::kind::submit) {
            s.last = box<error>(new error(error_of(s, why.code, why.cause, next.outcome)));
        }
        if (next.what == action::kind::redirect) {
            s.parked = make_letter(s, why, returned != nullptr ? *returned : s.parked->view(), topic_names::intern(next.topic), at);
        } else if (returned != nullptr) {
            // Topic and partition as they were asked for: the report may have its own view of the one, and the outcome of the
            // other.
            record again = *returned;
            again.topic = s.topic->text;
            again.partition = s.partition;
            s.parked = box<owned_record>(new owned_record(again));
        }
        return true;
    } catch (const std::bad_alloc&) {
        s.last.reset();
        return false;
    }
}

// The dead letter sets out. The slot leaves its lane and gets a deadline of its own.
template <class Core>
void redirect(Core& core, typename Core::slot_type& s, const action& next, const moment& at) noexcept {
    leave_lane(core, s, false, at);
    s.topic = &topic_names::intern(next.topic);
    s.partition = -1;
    const instant its_own = later(at.now, next.deadline);
    s.deadline = its_own;
    s.due = at.now;
    s.doomed.store(false, std::memory_order_relaxed);
    s.where = place::nowhere;
    if (waiter* const w = s.waiting.load(std::memory_order_relaxed)) {
        w->until.store(its_own.time_since_epoch().count(), std::memory_order_release);
    }
    s.put(phase::queued);
    core.sweep_by(core.deadline_of(s));
    make_ready(core, s, at);
}

// What a failed try means. One that was taken back was never sent: not the try has failed, but at its deadline the operation has.
template <class Core>
[[nodiscard]] failure_class class_of(const Core& core, const slot& s, const fault& why, bool taken_back, bool expired) noexcept {
    if (!taken_back) {
        return classify(why);
    }
    if (expired && core.deadline_of(s) == s.deadline.get()) {
        return {errc::deadline_exceeded, false, signal::failure};
    }
    return {errc::closed, false, signal::neutral};
}

// A try has failed: at submit or by report. The slot is busy, its permit not yet returned. `returned` is the record when the report
// hands it back; otherwise the slot has kept its bytes.
template <class Core>
void fail_try(Core& core, typename Core::slot_type& s, const fault& why, outcome what, bool taken_back, const record* returned,
              const moment& at) noexcept {
    const instant limit = core.deadline_of(s);
    const bool expired = at.now >= limit;
    const failure_class kind = class_of(core, s, why, taken_back, expired);
    const std::string_view cause = !taken_back         ? why.text()
                                   : core.said.empty() ? std::string_view{"it was still waiting to be sent"}
                                                       : std::string_view{core.said};
    tell_result(core, s, kind.signal, kind.code, cause, at);
    const attempt_rules rules{core.margin, core.broker_up() && core.close_by.load(std::memory_order_relaxed) == Core::never};
    const failed_try failed{kind.code,  kind.transient,           what,           cause,
                            taken_back, at.now - s.started.get(), limit - at.now, at.random};
    if (kind.code == errc::unknown_topic || kind.code == errc::authorization) {
        event e;
        e.what = kind.code == errc::unknown_topic ? event::kind::topic_missing : event::kind::topic_denied;
        e.topic = s.topic->text;
        e.code = kind.code;
        e.cause = cause;
        e.at = at;
        core.tell(e);
    }
    if (expired && taken_back) {
        s.tries.withdrawn();
        leave_lane(core, s, false, at);
        end(core, s, failing_unsent(s, kind.code, cause), false, at);
        return;
    }
    const bool logged = what == outcome::unknown;
    // After the deadline, or after close, there is nothing left to decide: no policy is asked, nothing is redirected.
    const action next = expired || core.silent() ? s.tries.expired(what) : s.tries.failed(core.retry, failed, rules);
    if (next.what == action::kind::finish || !keep_for_next(s, next, failed, returned, at)) {
        leave_lane(core, s, logged, at);
        end(core, s, failing(s, failed.code, cause, what), false, at);
        return;
    }
    const failure f{s.tries.tries(), failed.elapsed, failed.remaining, failed.code, cause, next.outcome, kind.transient, at.random};
    if (next.what == action::kind::redirect) {
        redirect_span(s, f, redirect_to(next.topic, next.deadline), at);
        redirect(core, s, next, at);
        return;
    }
    // It goes again: `wait` after its back-off, `submit` as soon as it may.
    s.due = at.now + next.delay;
    s.where = place::nowhere;
    if (next.what == action::kind::wait && s.span) {
        s.span->retrying(f, retry_in(next.delay), at);
    }
    s.put(phase::queued);
    core.sweep_by(core.parked_until(s));
    if (s.lane_at == lane_state::none) {
        make_ready(core, s, at);
        return;
    }
    if (s.lane_at == lane_state::handed) {
        core.by_key.came_back(s, logged);
    }
    look_after(core, &s, at);
}

// The wire speaks of an operation that has ended: the slot goes home, and whoever wants to know is told.
template <class Core>
void report_late(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept {
    const topic_name& topic = *s.topic;
    leave_lane(core, s, what.outcome != outcome::not_persisted, at);
    release(core, s);
    if (core.silent()) {
        return;
    }
    event e;
    e.what = event::kind::late_report;
    e.topic = topic.text;
    e.outcome = what.outcome;
    e.code = what.outcome == outcome::persisted ? errc::none : classify(what.why).code;
    e.cause = what.why.text();
    e.at = at;
    core.tell(e);
    if (core.options.late_outcome) {
        late_report late;
        late.topic = topic.text;
        late.key = what.returned != nullptr ? what.returned->key : std::string_view{};
        late.outcome = what.outcome;
        late.cause = what.why.text();
        late.where.topic = topic.text;
        late.where.partition = what.partition;
        late.where.offset = what.offset;
        late.where.time = what.time;
        run_handler(core, topic.text, [&] { core.options.late_outcome(late); });
    }
}

template <class Core>
void on_completed(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept {
    if (!s.move(phase::wire, phase::busy)) {
        (void)settled_phase(s);
        report_late(core, s, what, at);
    } else if (what.outcome == outcome::persisted) {
        tell_result(core, s, signal::success, errc::none, {}, at);
        leave_lane(core, s, true, at);
        receipt where{s.topic->text, what.partition, what.offset, what.time, s.tries.tries()};
        if (s.tries.redirected() && s.last != nullptr) {
            error e = std::move(*s.last);
            e.dead_letter.what = dead_letter_result::state::written;
            where.attempts = 1;
            e.dead_letter.where = where;
            end(core, s, std::move(e), false, at);
        } else {
            end(core, s, where, false, at);
        }
    } else {
        // A handler of an earlier report may have taken its time since this one's was read.
        fail_try(core, s, what.why, what.outcome, what.taken_back, what.returned, core.transport.now());
    }
    watch_breaker(core, at);
    pump(core, at);
    if (core.breaker_alarm != instant::max() || !core.back_off.empty()) {
        set_alarm(core);
    }
}

template <class Core>
void on_client(Core& core, const client_event& what, const moment& at) noexcept {
    if constexpr (requires { core.breaker.on_client(what, at); }) {
        if (!core.silent()) {
            core.breaker.on_client(what, at);
        }
    }
    switch (what.what) {
        case client_event::kind::broker_up:
            core.said.clear();
            core.said_code = errc::none;
            core.refused_by_all = false;
            break;
        case client_event::kind::authentication_failed:
        case client_event::kind::tls_failed:
            core.said_code = what.what == client_event::kind::tls_failed ? errc::tls : errc::authentication;
            core.said = words(what.cause);
            core.refused_by_all = true;
            break;
        default:
            if (!what.cause.empty() && !core.refused_by_all) {
                core.said_code = what.code;
                core.said = words(what.cause);
            }
            break;
    }
    event e;
    e.what = event::kind::client;
    e.client = what.what;
    e.code = what.code;
    e.cause = what.cause;
    e.at = at;
    core.tell(e);
    if (core.refused_by_all) {
        // Nothing that waits for a broker can get through, and all of it is to be told now.
        core.queues.release(topic_queues::block::transport);
        core.queues.release(topic_queues::block::breaker);
    }
    watch_breaker(core, at, {}, core.refused_by_all ? core.said_code : errc::none);
    pump(core, at);
    set_alarm(core);
}

template <class Core>
void on_resumed(Core& core, const moment& at) noexcept {
    take_incoming(core, at);
    core.queues.release(topic_queues::block::transport);
    pump(core, at);
    set_alarm(core);
}

}  // namespace stentor::inline v0::detail
