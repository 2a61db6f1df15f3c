#pragma once

#include <algorithm>
#include <charconv>

#include <stentor/detail/murmur2.hpp>
#include <stentor/detail/simulation/stage.hpp>

// What the world tells and asks while a run goes on.

namespace stentor::inline v0::detail::simulation {

inline std::uint32_t stage::number_of(const record& r) const noexcept {
    const std::string_view text = r.headers.find(number_header);
    std::uint32_t n = nobody;
    std::from_chars(text.data(), text.data() + text.size(), n);
    return n < model_.size() ? n : nobody;
}

// Whether it goes to a partition that is out of order just now. For a record without a key that is known only when it is there.
inline bool stage::reaches(const record& r, const outage& one) const noexcept {
    const auto count = static_cast<std::uint32_t>(script_.where.broker.partitions);
    if (broker_.now() >= one.until || (r.partition < 0 && r.key.data() == nullptr)) {
        return false;
    }
    const std::uint32_t partition = r.partition >= 0 ? static_cast<std::uint32_t>(r.partition) : murmur2(r.key) & 0x7fffffffU;
    return partition % count == one.which % count;
}

// What all tries meet for a while, whatever is planned for them.
inline memory_fault stage::fault_of_the_times(const record& r) {
    const instant now = broker_.now();
    if (calm_) {
        return {};
    }
    if (now < brown_out_until_) {
        model_.count(exercised::error_answer);
        return memory_fault::answer(19);
    }
    if (reaches(r, leaderless_)) {
        model_.count(exercised::no_leader);
        return memory_fault::answer(6);
    }
    if (reaches(r, silent_)) {
        model_.count(exercised::silent_partition);
        return memory_fault::lost_request();
    }
    if (now < throttled_until_) {
        model_.count(exercised::throttled);
        return memory_fault::slow_acknowledgement(std::chrono::milliseconds(200) * throttle_);
    }
    return {};
}

inline memory_fault stage::fault_for(const record& r) {
    const std::uint32_t n = model_.broken() ? nobody : number_of(r);
    if (n == nobody || n >= plans_.size() || plans_[n] == nullptr) {
        return {};
    }
    message& m = model_.of(n);
    m.meets = memory_fault::kind::none;
    const std::uint32_t tries = m.asked++;
    memory_fault f = fault_of_the_times(r);
    if (f.what != memory_fault::kind::none) {
        tell_.fault(n, m.asked, f);
        return f;
    }
    f = tries < planned_tries ? plans_[n]->faults[tries] : f;
    using kind = memory_fault::kind;
    switch (f.what) {
        case kind::none:
        case kind::refuse:
        case kind::queue_full:
        case kind::late_write:  // counted when it is written
        case kind::broker_down: break;
        case kind::answer:
            model_.count(f.outcome == outcome::unknown ? exercised::doubtful_answer : exercised::error_answer);
            break;
        case kind::time_out: model_.count(exercised::never_sent); break;
        case kind::duplicate: m.twice_by_broker = true; [[fallthrough]];
        case kind::lost_request:
        case kind::lost_acknowledgement:
        case kind::slow_acknowledgement: m.meets = f.what; break;
    }
    tell_.fault(n, m.asked, f);
    return f;
}

inline void stage::noted(const notice& what) {
    if (what.what == happening::down) {
        model_.count(exercised::outage);
        model_.broker_is_down(true);
    } else if (what.what == happening::up) {
        model_.broker_is_down(false);
    } else if (what.what == happening::again && what.native == -184 && !calm_) {
        model_.count(exercised::queue_full);
    }
    const std::uint32_t n = what.which != nullptr ? number_of(*what.which) : nobody;
    tell_.note(n, what, n == nobody ? nullptr : &model_.of(n));
    if (n == nobody) {
        if (what.what == happening::submit && !over_) {
            model_.breaks("all records of a message have its headers", "one has no " + std::string(number_header));
        }
        return;
    }
    if (std::find(topics_.begin(), topics_.end(), what.which->topic) == topics_.end()) {
        topics_.push_back(what.which->topic);
    }
    if (what.what == happening::submit && !model_.of(n).handed && n < plans_.size() && plans_[n] != nullptr) {
        look_at_first(n, *plans_[n], *what.which);
    }
    model_.noted(n, what);
}

// Is it sent as its caller has asked?
inline void stage::look_at_first(std::uint32_t n, const action& a, const record& r) {
    const std::vector<std::string>& topics = script_.load->topics;
    const bool elsewhere = !topics.empty() && !topics[a.topic].empty() && topics[a.topic] != r.topic;
    if (elsewhere || r.partition != a.partition || (a.key == no_key && r.key.data() != nullptr)) {
        model_.breaks("the options of a publish are followed", "those of message " + std::to_string(n) + " are not");
    }
}

inline void stage::stepped() {
    const instant now = broker_.now();
    model_.look_at_deadlines(now);
    for (const std::uint32_t life : current_) {
        if (life != nobody) {
            const circuit before = model_.lives()[life].seen;
            players_[life]->circuits(model_.circuits());
            model_.look_at(life, players_[life]->books(), players_[life]->circuit(), now);
            if (const std::string what = players_[life]->complaint(); !what.empty()) {
                model_.breaks("no breaker complains", "that of publisher " + std::to_string(life) + ": " + what);
            }
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
        // It may wait, and then the next comes before it is done.
        const action& a = actions_[next_ambient_];
        skip(++next_ambient_, false);
        guarded([&] { perform(a); });
    }
}

inline void stage::told(std::uint32_t n, const result<receipt>& r) {
    if (over_) {
        return;
    }
    mix(static_cast<std::uint64_t>(n) << 2U | static_cast<std::uint64_t>(r ? outcome::persisted : r.error().outcome));
    tell_.told(n, r);
    model_.told(n, r, broker_.now());
    const std::uint32_t life = model_.of(n).life;
    if (players_[life] != nullptr) {
        model_.look_at_books(life, players_[life]->books());
    }
    if (calm_ || n >= plans_.size() || plans_[n] == nullptr) {
        return;
    }
    const action& a = *plans_[n];
    if (a.then == aside::publishes && n < script_.load->messages && current_[a.who] == model_.of(n).life) {
        model_.count(exercised::publishing_handler);
        guarded([&] { publish(a, n + script_.load->messages, a.who, deed::async); });
    } else if (a.then == aside::dawdles) {
        const nanoseconds length = std::chrono::milliseconds(20 + n % 16 * 60);
        model_.count(exercised::slow_handler);
        tell_.say("its handler takes a while");
        model_.spends(length);
        broker_.spend(length);
    } else if (a.then == aside::waits && current_[a.who] == life) {
        wait_in_handler(n);
    } else if (a.then == aside::throws) {
        model_.count(exercised::throwing_handler);
        if (n % 2 == 1) {
            throw n;  // NOLINT(hicpp-exception-baseclass): users do
        }
        throw std::runtime_error("the handler of a simulated message throws");
    }
}

// It would wait for itself.
inline void stage::wait_in_handler(std::uint32_t n) {
    model_.count(exercised::waiting_handler);
    const std::uint32_t life = model_.of(n).life;
    player& p = *players_[life];
    if (model_.lives()[life].close_by != instant::max()) {
        model_.count(exercised::closing_handler);
    }
    guarded([&] {
        const result<receipt> published = p.publish({n, 0, 0, 0}, {});
        const std::vector<result<receipt>> all = p.publish_all({{n, 0, 0, 0}, {n, 0, 0, 0}}, {}, [](std::size_t) {});
        model_.lives()[life].books.refused += 3;
        const result<void> flushed = p.flush(std::chrono::seconds(1));
        const result<void> closed = p.close(std::chrono::seconds(1));
        const bool none = all.size() == 2 && std::all_of(all.begin(), all.end(), [](const result<receipt>& r) {
                              return !r && r.error() == errc::would_deadlock;
                          });
        if (!none || published || published.error() != errc::would_deadlock || flushed || flushed.error() != errc::would_deadlock ||
            closed || closed.error() != errc::would_deadlock) {
            model_.breaks("what would wait for itself says would_deadlock", "a handler of publisher " + std::to_string(life));
        }
    });
}

inline void listener::operator()(const result<receipt>& r) const { to->told(number, r); }

inline void large_listener::operator()(const result<receipt>& r) const {
    inner.to->look_at_handler(std::all_of(more.begin(), more.end(), [this](std::uint64_t word) { return word == inner.number; }));
    inner(r);
}

}  // namespace stentor::inline v0::detail::simulation
