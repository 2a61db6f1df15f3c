#pragma once

#include <algorithm>
#include <ctime>
#include <stdexcept>
#include <utility>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/memory/world.hpp>

namespace stentor::inline v0::detail {

// The token: who holds it runs events, one at a time. With `must` it waits for its turn. Leaves the lock held when it returns true.
inline bool memory_world::take_token(bool must) {
    lock();
    while (dispatching_) {
        const bool own = ::pthread_equal(dispatcher_, ::pthread_self()) != 0;
        unlock();
        if (own || !must) {
            return false;
        }
        ::sched_yield();
        lock();
    }
    dispatching_ = true;
    dispatcher_ = ::pthread_self();
    return true;
}

inline void memory_world::return_token() noexcept {
    dispatching_ = false;
    unlock();
}

// Runs what is due up to `limit`, in order, until the latch is set. False when somebody else holds the token.
inline bool memory_world::drive(instant limit, latch* until_set, bool must) {
    if (!take_token(must)) {
        return false;
    }
    // A slow handler may have taken so long that the waiter's time is over before what came meanwhile is looked at.
    while ((until_set == nullptr || (!until_set->is_set() && now_ <= limit)) && step(limit)) {
    }
    if (!options_.shared && now_ < limit && limit != never && (until_set == nullptr || !until_set->is_set())) {
        now_ = limit;
    }
    return_token();
    return true;
}

inline bool memory_world::wait(latch& l, instant until) noexcept {
    if (!options_.shared) {
        return l.is_set() || (drive(until, &l, false) && l.is_set());
    }
    for (;;) {
        lock();
        const instant present = now_;
        unlock();
        if (l.is_set()) {
            return true;
        }
        if (present >= until) {
            return false;
        }
        drive(present, &l, false);
        // Time moves, or something becomes due, on another thread, which knows nothing of this latch: so look again now and then.
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        const instant nap{std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec) + milliseconds(1)};
        if (l.is_set() || l.wait_until(nap)) {
            return true;
        }
    }
}

inline memory_world::candidate memory_world::next() const noexcept {
    candidate best;
    const auto offer = [&](const due& when, source from, port* whom) {
        if (when.before(best.when)) {
            best = {when, from, whom};
        }
    };
    if (calendar_.has_arrival()) {
        offer(calendar_.next_arrival().when, source::arrival, nullptr);
    }
    if (calendar_.has_appointment()) {
        offer(calendar_.next_appointment().when, source::appointment, nullptr);
    }
    if (!up_) {
        offer(recovery_, source::recovery, nullptr);
        if (!waiting_.empty()) {
            const entry& e = *waiting_.front();
            const instant timeout = after(e.submitted, options_.attempt_timeout);
            offer({timeout < now_ ? now_ : timeout, e.stored.submission}, source::expiry, nullptr);
        }
    }
    for (port* const p : live_) {
        offer({p->alarm, p->alarm_order}, source::alarm, p);
        offer({p->purge_at, 0}, source::purge, p);
    }
    if (director_ != nullptr) [[unlikely]] {
        const instant when = director_->next_visit();
        offer({when < now_ ? now_ : when, 0}, source::visit, nullptr);
    }
    return best;
}

// A call into a publisher, with the lock open.
template <class F>
void memory_world::call(port& p, F&& what) {
    calling_ = &p;
    unlock();
    {
        const event_scope inside;
        what(*p.core);
    }
    lock();
    calling_ = nullptr;
}

inline bool memory_world::step(instant limit) {
    const candidate c = next();
    if (c.from == source::nothing || c.when.at > limit) {
        return false;
    }
    if (c.when.at > now_) {
        now_ = c.when.at;
    }
    switch (c.from) {
        case source::arrival: arrived(calendar_.pop_arrival()); break;
        case source::appointment: keep_appointment(calendar_.pop_appointment()); break;
        case source::alarm: {
            c.whom->alarm = never;
            note(happening::alarm, nullptr, 0, outcome::persisted, -1, c.whom);
            call(*c.whom, [m = moment_now()](events& core) { core.woken(m); });
            settle(*c.whom);
            break;
        }
        case source::expiry: {
            entry& e = *waiting_.front();
            waiting_.remove(e);
            const bool definite = e.unsent || e.plan.what == memory_fault::kind::time_out;
            report_to_owner(e, definite ? outcome::not_persisted : outcome::unknown, -192, false);
            break;
        }
        case source::recovery: up_locked(); break;
        case source::purge: let_go(*c.whom); break;
        case source::visit:
            // It may wait in there, as another thread would: then the world goes on from inside.
            dispatching_ = false;
            director_->visit();
            dispatching_ = true;
            break;
        case source::nothing: break;
    }
    if (director_ != nullptr) [[unlikely]] {
        director_->stepped();
    }
    return true;
}

inline void memory_world::keep_appointment(const appointment& a) {
    using kind = appointment::kind;
    switch (a.what) {
        case kind::acknowledge:
            if (!up_) {
                waiting_.add(*a.which);  // the answer comes when the broker is back, or its time-out before that
                return;
            }
            return report_to_owner(*a.which, outcome::persisted, 0, false);
        case kind::fail: return give_up(*a.which);
        case kind::write: return write_late(*a.which);
        case kind::take_back: return report_to_owner(*a.which, outcome::not_persisted, -152, true);
        case kind::resume:
        case kind::tell: break;
    }
    if (a.whom->gone) {
        return;
    }
    const bool resume = a.what == kind::resume;
    note(resume ? happening::resumed : happening::told, nullptr, 0, outcome::persisted,
         resume ? -1 : static_cast<std::int64_t>(a.news.what), a.whom);
    call(*a.whom, [&, m = moment_now()](events& core) { resume ? core.resumed(m) : core.client(a.news, m); });
    settle(*a.whom);
}

inline void memory_world::report_to_owner(entry& e, stentor::outcome o, std::int32_t native, bool taken_back) {
    port& p = *e.from;
    const bool dropped = p.gone;
    note(dropped ? happening::dropped : taken_back ? happening::taken_back : happening::report, &e, native, o);
    --p.inside;
    --inside_;
    if (!dropped) {
        report r;
        r.outcome = o;
        r.taken_back = taken_back;
        record back;
        if (o == outcome::persisted) {
            r.partition = e.stored.partition;
            r.offset = e.stored.offset;
            r.time = e.stored.time;
        } else {
            r.why = native_fault(native);
            back = e.as_submitted();
            r.returned = &back;
        }
        call(p, [&, m = moment_now()](events& core) { core.completed(*e.which, r, m); });
    }
    memory_.release(*e.home);
    if (again_told_ && inside_ < options_.queue_limit) {
        again_told_ = false;
        for (port* const each : live_) {
            if (std::exchange(each->told_again, false)) {
                calendar_.add({at(now_), appointment::kind::resume, each, nullptr, {}});
            }
        }
    }
    settle(p);
}

}  // namespace stentor::inline v0::detail
