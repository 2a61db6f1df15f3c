#pragma once

#include <algorithm>

#include <stentor/detail/simulation/stage.hpp>

// The end of a run: nothing goes wrong any more, so everything must come to its end, and be free again.

namespace stentor::inline v0::detail::simulation {

inline void stage::calm_down() {
    calm_ = true;
    tell_.say("from here on nothing new goes wrong any more");
    for (const std::string_view topic : topics_) {
        broker_.allow_topic(topic);
        broker_.create_topic(topic, script_.where.broker.partitions);
    }
    broker_.up();
    broker_.announce({client_event::kind::broker_up, errc::none, {}});
    for (const std::uint32_t life : current_) {
        // All others must find their way back themselves.
        if (life != nobody && model_.lives()[life].isolated) {
            model_.lives()[life].reset = true;
            players_[life]->reset();
        }
    }
}

inline void stage::let_all_end() {
    calm_down();
    for (std::uint32_t who = 0; who < current_.size() && !model_.broken(); ++who) {
        flush(who, script_.load->deadline + script_.rules->letter_deadline + std::chrono::seconds(1), true);
    }
    // What was told at its deadline may still be in the client, for as long as the longest fault takes.
    (void)broker_.run_until_idle(script_.load->deadline + std::chrono::hours(24));
    for (std::uint32_t who = 0; who < current_.size() && !model_.broken(); ++who) {
        if (current_[who] != nobody) {
            look_for_leaks(who);
        }
    }
    // A publisher with nothing to do has no alarm, either; after `close` nobody would know.
    if (!model_.broken() && !broker_.run_until_idle(std::chrono::hours(1))) {
        model_.breaks("in the end there is no timer left",
                      "but something is still to happen after an hour in which nothing was to do");
    }
    for (std::uint32_t who = 0; who < current_.size() && !model_.broken(); ++who) {
        if (current_[who] != nobody) {
            close(who, std::chrono::seconds(5));
        }
    }
    if (model_.broken()) {
        return;
    }
    if (!broker_.run_until_idle(std::chrono::hours(1))) {
        model_.breaks("in the end there is no timer left", "but something is still to happen an hour later");
    }
    if (broker_.pending() != 0) {
        model_.breaks("in the end the client has nothing left", std::to_string(broker_.pending()) + " records");
    }
    if (model_.outstanding() != 0) {
        model_.breaks("one outcome for each accepted message", std::to_string(model_.outstanding()) + " were never told");
    }
}

// A message of the end: no key, so that none waits for another, and time enough for any latency.
inline action stage::probe() const noexcept {
    action a;
    a.span = std::max<nanoseconds>(script_.load->deadline, std::chrono::seconds(20));
    return a;
}

inline void stage::look_for_leaks(std::uint32_t who) {
    const std::uint32_t life = current_[who];
    // What a breaker remembers of worse times may open it once more, at any outcome, also at a success that is one call more in its
    // window. Each time it forgets some of that. One of the user's own may always turn some away.
    bool filled = false;
    bool through = true;
    for (int round = 0; round < rounds && through && !filled && !model_.broken(); ++round) {
        through = gets_through(who);
        filled = through && fill(who, model_.of(next_spare_ - 1).is.weight);
    }
    if (!through || (!filled && model_.lives()[life].by_the_book)) {
        model_.breaks("with the broker up and no faults messages get through", "publisher " + std::to_string(life));
    }
    if (const std::int64_t out = players_[life]->permits_out(); out != 0 && !model_.broken()) {
        model_.breaks("each permit of a breaker comes home once",
                      std::to_string(out) + " are out in the end, of publisher " + std::to_string(life));
    }
}

inline bool stage::gets_through(std::uint32_t who) {
    const std::uint32_t life = current_[who];
    const action a = probe();
    nanoseconds patience = std::chrono::seconds(1);
    int successes = 0;
    for (int vain = 0; vain < knocks && successes < answers;) {
        const std::uint32_t n = next_spare_++;
        publish(a, n, who, deed::publish);
        const message& m = model_.of(n);
        // Of a breaker of the user's own, or one of several circuits, it is not known when it has closed for this topic.
        const bool through = m.at == message::stage::told && m.said == outcome::persisted;
        if (!through) {
            last_kind_ += m.at == message::stage::refused && !m.turned_away ? 1 : 0;
            ++vain;
            broker_.advance(patience);
            patience *= 2;
            continue;
        }
        ++successes;
        if (model_.lives()[life].by_the_book ? players_[life]->circuit() == circuit::closed : successes == 3) {
            return true;
        }
    }
    return false;
}

// As many messages at one instant as there is room for. False: a circuit was in the way.
inline bool stage::fill(std::uint32_t who, std::uint32_t weight) {
    std::string* const hearer = tell_.pause();
    const std::uint32_t life = current_[who];
    const publisher_options& limits = script_.where.options;
    const nanoseconds patience = probe().span + std::chrono::seconds(1);
    const std::size_t room = std::max<std::size_t>(std::min(limits.slots, limits.bytes / std::max(weight, 1U)), 1);
    const std::uint32_t first = next_spare_;
    std::size_t in = 0;
    while (in < room && fill_one(who).at == message::stage::flying) {
        ++in;
    }
    flush(who, patience, true);
    tell_.go_on(hearer);
    if (in < room) {
        // Headers that are never the same make some heavier than the one that was weighed.
        bool alike = !model_.of(next_spare_ - 1).turned_away;
        for (std::size_t i = 0; i < in; ++i) {
            alike = alike && model_.of(first + static_cast<std::uint32_t>(i)).is.weight == weight;
        }
        if (alike) {
            model_.breaks("in the end all slots and bytes are free", "there is room for " + std::to_string(in) + " messages of " +
                                                                         std::to_string(room) + ", of publisher " +
                                                                         std::to_string(life));
        }
        return !model_.of(next_spare_ - 1).turned_away;
    }
    if (limits.bytes > largest_filler) {
        return true;
    }
    // One message may always be larger than all that is allowed, if it is alone: so not a byte may be missing.
    filler_.assign(limits.bytes, 'x');
    const message& m = fill_one(who);
    filler_.clear();
    const bool flies = m.at == message::stage::flying;
    if (!flies && !m.turned_away) {
        model_.breaks("in the end all slots and bytes are free", "a message of more than " + std::to_string(limits.bytes) +
                                                                     " bytes finds no room, of publisher " + std::to_string(life));
    }
    flush(who, patience, true);
    return flies;
}

inline const message& stage::fill_one(std::uint32_t who) {
    const std::uint32_t n = next_spare_++;
    publish(probe(), n, who, deed::try_async);
    return model_.of(n);
}

}  // namespace stentor::inline v0::detail::simulation
