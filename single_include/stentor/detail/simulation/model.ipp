// Made by single_include/generate.py from include/stentor/detail/simulation/model.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <stentor/detail/simulation/model.hpp>

// What the model makes of the broker's notes.

namespace stentor::inline v0::detail::simulation {

inline void model::noted(std::uint32_t n, const notice& what) {
    message& m = all_[n];
    switch (what.what) {
        case happening::submit:
        case happening::refuse: submitted(n, m, what); break;
        case happening::again: took_its_place(m); break;
        case happening::log: written(n, m, what); break;
        case happening::report:
        case happening::taken_back:
        case happening::dropped: reported(n, m, what); break;
        default: break;
    }
}

inline void model::submitted(std::uint32_t n, message& m, const notice& what) {
    took_its_place(m);
    if (!m.handed) {
        m.is = contents_of(*what.which);
        weigh(n, m);
        m.topic = what.which->topic;
        m.lane = lane_of(what.publisher, m.topic, what.which->key);
        if (what.which->value.data() == nullptr) {
            count(exercised::tombstone);
        }
        m.opted_in = what.which->headers.find("message-id").data() != nullptr;
    }
    // Also to the same topic, if the policy says so.
    const bool letter =
        m.handed && (what.which->topic != m.topic || what.which->headers.find("stentor-dlq-original-topic").data() != nullptr);
    if (m.handed) {
        compare(n, m, *what.which, letter);
    }
    if (letter && !m.redirected) {
        m.redirected = true;
        m.own_tries = m.tries;
        if (m.doubted) {
            breaks("what may be in the log gets no dead letter", name(n));
        }
        if (m.nowhere_to_go) {
            breaks("no dead letter is begun while no broker is up", name(n));
        }
        count(exercised::redirect);
    } else if (m.tries > 0) {
        count(exercised::retry);
        if (std::exchange(m.blocked, false)) {
            count(exercised::lane_blocked_retry);
        }
        if (!m.redirected && m.deadline - what.at < attempt_ + std::chrono::milliseconds(500)) {
            breaks("no retry begins with less time than a try and 500 ms", name(n));
        }
        if (!letter && what.at - m.failed_at < rules_.back_off) {
            breaks("no try begins sooner after the last than the policy's back-off", name(n));
        }
        if (m.in_doubt && !m.opted_in) {
            breaks("what may be in the log is tried again only if the policy allows duplicates", name(n));
        }
    }
    if (m.logged) {
        breaks("what is in the log for certain is not sent again", name(n));
    }
    if (m.at == message::stage::told || m.at == message::stage::refused) {
        breaks("nothing is sent once the outcome was told", name(n));
    }
    if (!m.redirected && what.at > m.deadline) {
        breaks("nothing is handed over after its deadline", name(n));
    }
    if (m.lane != 0 && !letter) {
        look_at_overtaken(n, m);
        overtakes(n, m);
    }
    m.handed = true;
    m.in_doubt = m.nowhere_to_go = false;
    ++m.tries;
    if (rules_.tries != 0 && !letter && m.tries > rules_.tries) {
        breaks("no message is tried more than " + std::to_string(rules_.tries) + " times", name(n));
    }
    if (letter && m.letter_tries++ > 0) {
        breaks("a dead letter is tried once", name(n));
    }
    if (what.what == happening::refuse) {
        m.definite = true;
        m.back_at = m.failed_at = what.at;
        if (m.lane != 0 && !letter) {
            lanes_[m.lane].back.push_back(n);
        }
        count(exercised::refused_by_client);
        return;
    }
    m.inside = true;
    m.probe = lives_[m.life].seen == circuit::half_open;
    lives_[m.life].refusing_since = instant::max();
    if (m.lane != 0 && !letter) {
        ++lanes_[m.lane].inside;
    }
}

// Who overtakes spoils more than the order, which the log shows: once it is there, the other one may not go again. Whether that one
// was to go again, or was just about to end, is seen later.
inline void model::overtakes(std::uint32_t n, const message& m) {
    const std::uint64_t latest = lanes_[m.lane].perhaps;
    std::vector<std::uint32_t>& back = lanes_[m.lane].back;
    std::erase_if(back, [&](std::uint32_t other) {
        const message& o = all_[other];
        return other == n || o.redirected || o.at == message::stage::told || o.at == message::stage::refused;
    });
    for (const std::uint32_t other : back) {
        // Where a later one may be in the log already, it is lost anyway.
        if (all_[other].end < m.begin && latest <= all_[other].begin) {
            all_[other].overtaken_by = n;
        }
    }
}

inline void model::look_at_overtaken(std::uint32_t n, const message& m) {
    if (m.overtaken_by != nobody) {
        breaks("nothing is handed over while one before it in its lane is to go again",
               name(m.overtaken_by) + " has overtaken " + name(n));
    }
}

// What is told and not yet given back counts for the pool, but not here: so this is never too much.
inline void model::weigh(std::uint32_t n, const message& m) {
    life& l = lives_[m.life];
    l.weight += m.is.weight;
    ++l.weighed;
    if (l.weighed > 1 && l.calling == 0 && (l.weight > limits_.bytes || l.weighed > limits_.slots)) {
        breaks("no more is in flight than publisher_options::slots and bytes allow",
               "with " + name(n) + " " + std::to_string(l.weighed) + " messages of " + std::to_string(l.weight) + " bytes");
    }
}

inline void model::compare(std::uint32_t n, message& m, const record& again, bool letter) {
    const contents is = contents_of(again);
    const bool same = is.bytes == m.is.bytes && is.headers == m.is.headers && is.time == m.is.time;
    if (!same || is.partition != (letter ? -1 : m.is.partition)) {
        breaks("what is sent again is the same record", name(n) + " is not");
    }
    if (letter && !m.redirected) {
        look_at_letter(n, m, again);
    }
}

// Kafka puts what a plain producer has given up wherever it comes: behind what was written since, although that was published
// later, and beside a newer try of the same. All else holds for it, too.
inline void model::written_late(std::uint32_t n, message& m, const notice& what) {
    count(exercised::late_write);
    if (m.redirected) {
        return letter_written(n, m, what);
    }
    if (m.at == message::stage::told && m.said == outcome::not_persisted) {
        breaks("what is not_persisted never gets into the log", name(n) + " is there at offset " + std::to_string(what.offset));
    }
    if (m.copies++ > 0 && rules_.never_twice) {
        breaks("no message is in the log twice", name(n) + " was tried again after a try that was given up");
    }
    if (lane_log& l = lanes_[m.lane]; m.lane != 0 && m.begin > l.newest) {
        l.newest = m.begin;
        l.number = n;
    }
}

// What was planned for a try has become of it.
inline void model::meets(message& m, memory_fault::kind what, exercised as) {
    if (m.meets == what) {
        m.meets = memory_fault::kind::none;
        count(as);
    }
}

inline void model::written(std::uint32_t n, message& m, const notice& what) {
    if (given_up_.erase(what.submission) != 0) {
        return written_late(n, m, what);
    }
    meets(m, memory_fault::kind::lost_acknowledgement, exercised::lost_acknowledgement);
    meets(m, memory_fault::kind::slow_acknowledgement, exercised::slow_acknowledgement);
    if (m.redirected) {
        return letter_written(n, m, what);
    }
    const bool again = m.copies++ > 0;
    if (m.at == message::stage::told && m.said == outcome::not_persisted) {
        breaks("what is not_persisted never gets into the log", name(n) + " is there at offset " + std::to_string(what.offset));
    }
    if (again && what.submission == m.written_by) {
        meets(m, memory_fault::kind::duplicate, exercised::duplicate);
    }
    if (again && what.submission == m.written_by && !m.twice_by_broker) {
        breaks("the broker writes a try once", name(n));
    }
    if (again && !m.doubted && what.submission != m.written_by) {
        breaks("a message is in the log twice only after a try that was in doubt", name(n));
    }
    if (again && rules_.never_twice && what.submission != m.written_by) {
        breaks("no message is in the log twice", name(n) + " was tried again after a try that was in the log");
    }
    if (what.submission != m.written_by) {
        m.first_offset = what.offset;
    }
    m.partition = what.partition;
    m.last_offset = what.offset;
    m.written_by = what.submission;
    if (m.lane == 0) {
        return;
    }
    lane_log& l = lanes_[m.lane];
    l.perhaps = std::max(l.perhaps, m.begin);
    if (l.newest > m.end && m.end != 0) {
        breaks("the log has each key in the order of its publishing",
               name(n) + " is behind " + name(l.number) + ", which was published later");
    }
    if (m.begin > l.newest) {
        l.newest = m.begin;
        l.number = n;
    }
}

inline void model::reported(std::uint32_t n, message& m, const notice& what) {
    m.inside = false;
    m.back_at = what.at;
    if (plain_ && what.outcome == outcome::unknown) {
        given_up_.insert(what.submission);
    }
    if (m.lane != 0 && !m.redirected) {
        lane_log& l = lanes_[m.lane];
        --l.inside;
        if (what.outcome == outcome::unknown) {
            l.perhaps = std::max(l.perhaps, m.begin);
        }
        if (what.outcome != outcome::persisted && what.what != happening::dropped && m.at != message::stage::told) {
            l.back.push_back(n);
        }
        m.blocked = what.outcome != outcome::persisted && what.what == happening::report && l.inside > 0;
    }
    if (m.at == message::stage::told && what.what != happening::dropped) {
        m.last_word = what.outcome;
        const life& l = lives_[m.life];
        late_ = l.hears && l.close_by == instant::max() ? n : nobody;
    } else if (m.together && what.what != happening::dropped) {
        m.last_word = what.outcome;
        maybe_late_ = n;
    }
    if (what.what == happening::taken_back) {
        --m.tries;
        m.letter_tries -= m.redirected ? 1 : 0;
        count(exercised::taken_back);
        return;
    }
    if (what.what == happening::dropped) {
        return;
    }
    if (what.outcome == outcome::unknown) {
        meets(m, memory_fault::kind::lost_request, exercised::lost_request);
    }
    if (m.at == message::stage::told) {
        count(m.claimed ? exercised::lost_claim : exercised::late_report);
        if (what.outcome == outcome::persisted) {
            count(exercised::late_acknowledgement);
        }
    }
    if (m.probe && what.native == -192) {
        count(exercised::lost_probe);
    }
    m.failed_at = what.at;
    m.nowhere_to_go = down_ && !m.redirected;
    m.logged = m.logged || (what.outcome == outcome::persisted && !m.redirected);
    m.in_doubt = what.outcome == outcome::unknown;
    m.doubted = m.doubted || m.in_doubt;
    m.definite = m.definite || (what.outcome == outcome::not_persisted && what.at <= m.deadline);
}

}  // namespace stentor::inline v0::detail::simulation
