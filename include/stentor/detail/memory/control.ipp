#pragma once

#include <stdexcept>
#include <utility>

#include <stentor/detail/memory/world.hpp>

namespace stentor::inline v0::detail {

inline void memory_world::advance(nanoseconds d) {
    if (!take_token(true)) {
        throw std::logic_error("memory_broker: time can't be moved from inside a handler. Call advance() from the test itself.");
    }
    const instant target = after(now_, d);
    while (step(target)) {
    }
    if (now_ < target) {
        now_ = target;
    }
    return_token();
}

inline bool memory_world::run_until_idle(nanoseconds at_most) {
    if (!take_token(true)) {
        throw std::logic_error(
            "memory_broker: time can't be moved from inside a handler. Call run_until_idle() from the test itself.");
    }
    const instant limit = after(now_, at_most);
    while (step(limit)) {
    }
    const bool idle = next().from == source::nothing;
    return_token();
    return idle;
}

// In a world of one thread what became due waits for the next wait or advance. In a shared one a thread may be asleep over it.
inline void memory_world::run_due() {
    if (options_.shared) {
        lock();
        const instant present = now_;
        unlock();
        drive(present, nullptr, false);
    }
}

inline void memory_world::tell_all(const client_event& what, bool resume_too) {
    for (port* const p : live_) {
        calendar_.add({at(now_), appointment::kind::tell, p, nullptr, what});
    }
    for (port* const p : live_) {
        if (resume_too) {
            calendar_.add({at(now_), appointment::kind::resume, p, nullptr, {}});
        }
    }
}

inline void memory_world::down_locked(nanoseconds d) {
    recovery_ = d == nanoseconds::max() ? due{} : at(after(now_, d));
    if (!std::exchange(up_, false)) {
        return;
    }
    note(happening::down, nullptr);
    while (calendar_.has_arrival()) {
        waiting_.add(calendar_.pop_arrival());
    }
    std::size_t on_the_wire = 0;
    for (entry* e = waiting_.front(); e != nullptr; e = e->next) {
        e->unsent = !e->logged && on_the_wire++ >= options_.on_the_wire;
    }
    tell_all({client_event::kind::all_brokers_down, errc::broker_unavailable, "no broker is up"}, false);
}

inline void memory_world::send_waiting() {
    while (!waiting_.empty()) {
        entry& e = *waiting_.front();
        waiting_.remove(e);
        e.unsent = false;
        calendar_.arrive(at(after(now_, options_.latency)), e);
    }
}

inline void memory_world::up_locked() {
    recovery_ = {};
    if (std::exchange(up_, true)) {
        return;
    }
    note(happening::up, nullptr);
    tell_all({client_event::kind::broker_up, errc::none, {}}, true);
    if (!held_) {
        send_waiting();
    }
}

inline void memory_world::go_down(nanoseconds d) {
    {
        const guard hold(*this);
        make_room();
        down_locked(d);
    }
    run_due();
}

inline void memory_world::go_up() {
    {
        const guard hold(*this);
        make_room();
        up_locked();
    }
    run_due();
}

inline void memory_world::hold() {
    const guard hold(*this);
    held_ = true;
    while (calendar_.has_arrival()) {
        waiting_.add(calendar_.pop_arrival());
    }
}

inline void memory_world::release() {
    {
        const guard hold(*this);
        held_ = false;
        if (up_) {
            send_waiting();
        }
    }
    run_due();
}

inline std::size_t memory_world::complete_next(std::size_t n, const memory_fault& f) {
    using kind = memory_fault::kind;
    if (f.what == kind::refuse || f.what == kind::queue_full || f.what == kind::broker_down) {
        throw std::invalid_argument("memory_broker: complete_next() needs a fault that an answer can have, such as answer(19).");
    }
    if (!take_token(true)) {
        throw std::logic_error("memory_broker: complete_next() can't be called from inside a handler, which it would interrupt.");
    }
    std::size_t done = 0;
    for (; done < n && !waiting_.empty(); ++done) {
        entry& e = *waiting_.front();
        waiting_.remove(e);
        e.unsent = false;
        if (f.what != kind::none) {
            e.plan = f;
        }
        arrived(e);
    }
    while (step(now_)) {
    }
    return_token();
    return done;
}

inline void memory_world::create_topic(std::string_view name, std::int32_t partitions) {
    if (name.empty() || partitions < 1) {
        throw std::invalid_argument("memory_broker: a topic needs a name and at least one partition");
    }
    const guard hold(*this);
    memory_topic& t = topics_.get(name);
    t.deleted = false;
    if (!t.exists) {
        open_topic(t, partitions);
    } else if (static_cast<std::size_t>(partitions) > t.next_offset.size()) {
        t.next_offset.resize(static_cast<std::size_t>(partitions), 0);
    }
}

inline void memory_world::delete_topic(std::string_view name) {
    const guard hold(*this);
    memory_topic& t = topics_.get(name);
    t.exists = false;
    t.deleted = true;
    t.next_offset.clear();
    t.log.clear();
}

inline void memory_world::deny_topic(std::string_view name, bool denied) {
    const guard hold(*this);
    topics_.get(name).denied = denied;
}

inline void memory_world::script(memory_script s) {
    const guard hold(*this);
    faults_.add(std::move(s));
}

inline void memory_world::by_chance(memory_chaos c) {
    const guard hold(*this);
    faults_.by_chance(std::move(c));
}

inline void memory_world::announce(const client_event& what) {
    {
        const guard hold(*this);
        make_room();
        client_event kept = what;
        kept.cause = causes_.emplace_back(what.cause);
        tell_all(kept, false);
    }
    run_due();
}

// As a process dies: what it has on the wire goes on, what it had only queued is lost, and nobody is told of anything any more.
inline void memory_world::crash(port& p) noexcept {
    const guard hold(*this);
    p.gone = true;
    p.alarm = never;
    std::erase(live_, &p);
    std::size_t on_the_wire = 0;
    calendar_.cancel_arrivals([&](entry& e) {
        const bool lost = e.from == &p && !e.logged && on_the_wire++ >= options_.on_the_wire;
        if (lost) {
            report_to_owner(e, outcome::not_persisted, -152, false);
        }
        return lost;
    });
    for (entry* e = waiting_.front(); e != nullptr;) {
        entry* const following = e->next;
        if (e->from == &p && !e->logged && (e->unsent || on_the_wire++ >= options_.on_the_wire)) {
            waiting_.remove(*e);
            report_to_owner(*e, outcome::not_persisted, -152, false);
        }
        e = following;
    }
}

inline void memory_world::spend(nanoseconds d) {
    const guard hold(*this);
    if (calling_ == nullptr || ::pthread_equal(dispatcher_, ::pthread_self()) == 0) {
        throw std::logic_error("memory_broker: spend() is for handlers. Call advance() from the test itself.");
    }
    now_ = after(now_, d);
}

inline void memory_world::shift_wall(milliseconds by) noexcept {
    const guard hold(*this);
    wall_shift_ += by;
}

inline void memory_world::clear() {
    const guard hold(*this);
    topics_.each([](memory_topic& t) { t.log.clear(); });
    history_.clear();
    memory_.forget();
}

// Nobody can move time any more, so nothing that is still inside will ever be reported: what waits for that goes now.
inline void memory_world::abandon() noexcept {
    const guard hold(*this);
    abandoned_ = true;
    // By index: what dies here may open the lock to somebody who attaches.
    for (std::size_t i = 0; i < ports_.size(); ++i) {  // NOLINT(modernize-loop-convert)
        if (ports_[i]->keep != nullptr) {
            let_go(*ports_[i]);
        } else if (!ports_[i]->gone) {
            unlock();
            ports_[i]->core->abandoned();
            lock();
        }
    }
}

inline const memory_log& memory_world::records(std::string_view topic) {
    const guard hold(*this);
    return topics_.get(topic).log;
}

inline std::string memory_world::trace() {
    const guard hold(*this);
    return history_.text(origin);
}

inline std::uint64_t memory_world::trace_hash() {
    const guard hold(*this);
    return history_.hash();
}

}  // namespace stentor::inline v0::detail
