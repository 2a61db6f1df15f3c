// Made by single_include/generate.py from include/stentor/detail/simulation/watching.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <charconv>

#include <stentor/detail/simulation/stage.hpp>

// What the world tells and asks while a run goes on.

namespace stentor::inline v0::detail::simulation {

inline std::uint32_t stage::number_of(const record& r) const noexcept {
    const std::string_view text = r.headers.find(number_header);
    std::uint32_t n = nobody;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n < model_.size() ? n : nobody;
}

inline memory_fault stage::fault_for(const record& r) {
    const std::uint32_t n = model_.broken() ? nobody : number_of(r);
    if (n == nobody || n >= plans_.size() || plans_[n] == nullptr) {
        return {};
    }
    message& m = model_.of(n);
    const std::uint32_t tries = m.asked++;
    const memory_fault f = !calm_ && broker_.now() < brown_out_until_ ? memory_fault::answer(19)
                           : tries < planned_tries                    ? plans_[n]->faults[tries]
                                                                      : memory_fault{};
    using kind = memory_fault::kind;
    switch (f.what) {
        case kind::none:
        case kind::refuse:
        case kind::queue_full:
        case kind::broker_down: break;
        case kind::answer:
            model_.count(f.outcome == outcome::unknown ? exercised::doubtful_answer : exercised::error_answer);
            break;
        case kind::time_out: model_.count(exercised::never_sent); break;
        case kind::lost_request: model_.count(exercised::lost_request); break;
        case kind::lost_acknowledgement: model_.count(exercised::lost_acknowledgement); break;
        case kind::slow_acknowledgement: model_.count(exercised::slow_acknowledgement); break;
        case kind::duplicate:
            m.twice_by_broker = true;
            model_.count(exercised::duplicate);
            break;
    }
    tell_.fault(n, m.asked, f);
    return f;
}

inline void stage::noted(const notice& what) {
    if (what.what == happening::down) {
        model_.count(exercised::outage);
    } else if (what.what == happening::again && what.native == -184) {
        model_.count(exercised::queue_full);
    }
    const std::uint32_t n = what.which != nullptr ? number_of(*what.which) : nobody;
    tell_.note(n, what);
    if (n == nobody) {
        return;
    }
    if (std::find(topics_.begin(), topics_.end(), what.which->topic) == topics_.end()) {
        topics_.push_back(what.which->topic);
    }
    model_.noted(n, what);
}

inline void stage::stepped() {
    const instant now = broker_.now();
    model_.look_at_deadlines(now);
    for (const std::uint32_t life : current_) {
        if (life != nobody) {
            const circuit before = model_.lives()[life].seen;
            model_.look_at(life, players_[life]->books(), players_[life]->circuit(), now);
            tell_.circuit(life, before, model_.lives()[life].seen);
        }
    }
}

inline instant stage::next_visit() const noexcept {
    return next_ambient_ < actions_.size() && !model_.broken() ? time_of(actions_[next_ambient_]) : instant::max();
}

inline void stage::visit() {
    const instant now = broker_.now();
    while (next_ambient_ < actions_.size() && time_of(actions_[next_ambient_]) <= now && !model_.broken()) {
        guarded([this] { perform(actions_[next_ambient_]); });
        skip(++next_ambient_, false);
    }
}

inline void stage::told(std::uint32_t n, const result<receipt>& r) {
    if (over_) {
        return;
    }
    mix(static_cast<std::uint64_t>(n) << 2U | static_cast<std::uint64_t>(r ? outcome::persisted : r.error().outcome));
    tell_.told(n, r);
    model_.told(n, r, broker_.now());
    if (calm_ || n >= plans_.size() || plans_[n] == nullptr) {
        return;
    }
    const action& a = *plans_[n];
    if (a.then == aside::publishes && n < script_.load->messages && current_[a.who] == model_.of(n).life) {
        model_.count(exercised::publishing_handler);
        guarded([&] { publish(a, n + script_.load->messages, a.who, deed::async); });
    } else if (a.then == aside::dawdles && !closing_) {
        const nanoseconds length = std::chrono::milliseconds(20 + n % 16 * 60);
        model_.count(exercised::slow_handler);
        tell_.say("its handler takes a while");
        model_.spends(length);
        broker_.spend(length);
    } else if (a.then == aside::throws) {
        model_.count(exercised::throwing_handler);
        throw std::runtime_error("the handler of a simulated message throws");
    }
}

inline void listener::operator()(const result<receipt>& r) const { to->told(number, r); }

}  // namespace stentor::inline v0::detail::simulation
