#pragma once

#include <memory>
#include <utility>
#include <vector>

#include <stentor/detail/make_room.hpp>
#include <stentor/detail/memory/world.hpp>

// Publishers come to the world, ask it for alarms, and go.

namespace stentor::inline v0::detail {

// Nothing of it is wanted any more. What it kept may own a transport of this world, so it dies with the lock open.
inline void memory_world::let_go(port& p) noexcept {
    p.gone = true;
    p.alarm = p.purge_at = never;
    std::erase(live_, &p);
    std::shared_ptr<void> last = std::move(p.keep);
    unlock();
    last.reset();
    lock();
}

inline void memory_world::expect_port() {
    const guard hold(*this);
    detail::make_room(ports_, ports_.size() + spare_.size() + 1);
    detail::make_room(live_, live_.size() + spare_.size() + 1);
    make_room();
    spare_.push_back(std::make_unique<port>());
}

inline void memory_world::expect_no_port() noexcept {
    const guard hold(*this);
    spare_.pop_back();
}

inline port* memory_world::attach(events& core) noexcept {
    const guard hold(*this);
    std::unique_ptr<port> fresh = std::move(spare_.back());
    spare_.pop_back();
    fresh->core = &core;
    fresh->id = static_cast<std::uint32_t>(ports_.size() + 1);
    port* const p = fresh.get();
    ports_.push_back(std::move(fresh));
    live_.push_back(p);
    if (!up_) {
        calendar_.add({at(now_),
                       appointment::kind::tell,
                       p,
                       nullptr,
                       {client_event::kind::all_brokers_down, errc::broker_unavailable, "no broker is up"}});
    }
    return p;
}

inline void memory_world::detach(port& p) noexcept {
    const guard hold(*this);
    // Another thread may be inside the owner: it must not lose the ground under its feet.
    while (calling_ == &p && ::pthread_equal(dispatcher_, ::pthread_self()) == 0) {
        unlock();
        ::sched_yield();
        lock();
    }
    p.gone = true;
    p.alarm = never;
    if (p.keep == nullptr) {
        std::erase(live_, &p);
    }
}

inline void memory_world::wake_at(port& p, instant when) noexcept {
    const guard hold(*this);
    const instant wanted = when < now_ ? now_ : when;
    if (!p.gone && p.purge_at == never && wanted < p.alarm) {
        p.alarm = wanted;
        p.alarm_order = ++order_;
    }
}

inline void memory_world::retire(port& p, std::shared_ptr<void> keep, instant until) noexcept {
    {
        const guard hold(*this);
        p.alarm = never;
        // From inside its own callback, on this thread or another: it must not die before that returns.
        if ((p.inside != 0 && !abandoned_) || calling_ == &p) {
            p.keep = std::move(keep);
            p.purge_at = p.inside == 0 || abandoned_ || until < now_ ? now_ : until;
            return;
        }
        p.gone = true;
        std::erase(live_, &p);
    }
    // `keep` dies here, with the lock open: it may own the transport that called.
}

inline void memory_world::take_back(port& p) noexcept {
    const guard hold(*this);
    for (entry* e = waiting_.front(); e != nullptr;) {
        entry* const following = e->next;
        if (e->from == &p && e->unsent) {
            waiting_.remove(*e);
            calendar_.add({at(now_), appointment::kind::take_back, &p, e, {}});
        }
        e = following;
    }
}

}  // namespace stentor::inline v0::detail
