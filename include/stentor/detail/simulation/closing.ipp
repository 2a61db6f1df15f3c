#pragma once

#include <algorithm>

#include <stentor/detail/simulation/stage.hpp>

// Publishers that are closed, also several at once, or one by several threads; and processes that die.

namespace stentor::inline v0::detail::simulation {

inline void stage::close(std::uint32_t who, nanoseconds within) {
    const std::uint32_t life = current_[who];
    player& p = *players_[life];
    const instant until = broker_.now() + within;
    const bool again = model_.lives()[life].close_by != instant::max();
    if (p.books().in_flight != 0) {
        model_.count(exercised::close_in_flight);
    }
    if (closing_ != 0) {
        model_.count(again ? exercised::closing_again : exercised::closing_others);
    }
    tell_.say("publisher " + std::to_string(life) + (again ? " is closed by another thread, too" : " is closed"));
    const nanoseconds spent = model_.spent();
    simulation::life& l = model_.lives()[life];
    if (until < l.close_by) {
        l.close_by = until;
        l.spent_before_close = spent;
    }
    ++closing_;
    const result<void> r = p.close(within);
    --closing_;
    // Here all threads are one: who waits while another closes something goes on when that one has returned.
    if (broker_.now() > std::max(until + grace + (model_.spent() - spent), held_until_)) {
        model_.breaks("close(t) returns by t + 250 ms", "publisher " + std::to_string(life));
    }
    if (!r || p.books().in_flight != 0 || model_.outstanding(life, model_.now()) != 0) {
        model_.breaks("after close nothing is in flight", "publisher " + std::to_string(life));
    }
    held_until_ = broker_.now();
    model_.lives()[life].over = true;
    if (!again) {
        current_[who] = nobody;
        players_[life].reset();
    }
}

// By another thread than that which closes something now.
inline void stage::close_too(const action& a) {
    if (closing_ == 0 || player_of_process(a.who) == nullptr) {
        return;
    }
    const bool again = model_.lives()[current_[a.who]].close_by != instant::max();
    close(a.who, a.span);
    if (!again) {
        open(a.who);
    }
}

inline void stage::crash(std::uint32_t who) {
    const std::uint32_t life = current_[who];
    // Its own main thread is inside: that would have died with it.
    if (life == nobody || life == flushing_ || model_.lives()[life].calling != 0 ||
        model_.lives()[life].close_by != instant::max()) {
        return;
    }
    tell_.say("process " + std::to_string(who) + " dies, and with it publisher " + std::to_string(life));
    model_.count(exercised::crash);
    players_[life]->crash();
    model_.crashed(life);
    current_[who] = nobody;
}

}  // namespace stentor::inline v0::detail::simulation
