// Made by single_include/generate.py from include/stentor/detail/simulation/told.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <utility>

#include <stentor/detail/simulation/model.hpp>
#include <stentor/stentor.hpp>

// What the model makes of what callers are told.

namespace stentor::inline v0::detail::simulation {

inline void model::told(std::uint32_t n, const result<receipt>& r, instant now) {
    message& m = all_[n];
    life& l = lives_[m.life];
    if (m.at != message::stage::flying && m.at != message::stage::called) {
        return breaks("one outcome for each accepted message",
                      name(n) + (m.at == message::stage::told ? " was told a second one" : " was told one, and was not accepted"));
    }
    m.at = message::stage::told;
    m.told_at = now;
    if (m.handed) {
        l.weight -= m.is.weight;
        --l.weighed;
    }
    m.said = r ? outcome::persisted : r.error().outcome;
    (m.said == outcome::persisted ? l.books.persisted : m.said == outcome::unknown ? l.books.unknown : l.books.not_persisted)++;
    if (now > std::min(limit_of(m), close_limit_of(l))) {
        breaks("every outcome by its deadline + 250 ms", name(n) + " is late");
    }
    const bool letter = m.redirected || (!r && r.error().dead_letter.what != dead_letter_result::state::none);
    if (!letter && !m.together && now > m.deadline + grace + (spent_ - m.spent)) {
        breaks("every outcome by its deadline + 250 ms", name(n) + " is late, and was not redirected");
    }
    // Given up before the wire's last word: itself, or its dead letter.
    const bool given_up = !r && (m.redirected ? r.error().dead_letter.what == dead_letter_result::state::unknown
                                              : r.error() == errc::deadline_exceeded || r.error() == errc::closed);
    if (m.heard_late && !given_up) {
        breaks("a late report is told of what has its outcome", "that of " + name(n) + " was told while it was under way");
    }
    if (r) {
        said_persisted(n, m, *r);
    } else {
        said_otherwise(n, m, r.error());
    }
}

inline void model::said_persisted(std::uint32_t n, const message& m, const receipt& r) {
    if (m.copies == 0 || m.redirected) {
        return breaks("what is persisted is in the log", name(n) + " is not");
    }
    if (r.topic != m.topic || r.partition != m.partition || r.offset != m.first_offset) {
        breaks("a receipt says where the record is",
               name(n) + " is at offset " + std::to_string(m.first_offset) + ", told was " + std::to_string(r.offset));
    }
    if (r.time != m.is.time) {
        breaks("a receipt says when the record was made", name(n));
    }
    if (r.attempts != m.tries) {
        breaks("attempts counts tries",
               name(n) + " was tried " + std::to_string(m.tries) + " times, told were " + std::to_string(r.attempts));
    }
}

inline void model::said_otherwise(std::uint32_t n, message& m, const error& e) {
    if (e.outcome == outcome::persisted) {
        return breaks("an error is no success", name(n));
    }
    if (e.outcome == outcome::not_persisted && m.copies > 0) {
        breaks("what is not_persisted is not in the log", name(n) + " is there at offset " + std::to_string(m.last_offset));
    }
    if (e.outcome == outcome::unknown && !m.handed) {
        breaks("only what was handed over can be unknown", name(n));
    }
    if (const std::uint32_t tries = m.redirected ? m.own_tries : m.tries; e.attempts != tries) {
        breaks("attempts counts tries",
               name(n) + " was tried " + std::to_string(tries) + " times, told were " + std::to_string(e.attempts));
    }
    told_of_letter(n, m, e);
    if (detail::by_a_handler.is(e.cause) || detail::by_something.is(e.cause)) {
        m.claimed = true;
    }
    if (e.cause.find("a later record of its key is in the log") != std::string::npos) {
        look_at_overtaken(n, m);
        count(exercised::not_tried_again);
    }
}

inline void model::heard(std::uint32_t who, const late_report& late) {
    life& l = lives_[who];
    const bool known = std::exchange(l.hears, true);
    const std::uint32_t maybe = std::exchange(maybe_late_, nobody);
    std::uint32_t n = std::exchange(late_, nobody);
    if (n == nobody && maybe != nobody) {
        n = maybe;
        all_[n].heard_late = true;
    }
    if (l.over) {
        return breaks("after close nobody is told anything", "publisher " + std::to_string(who) + " has told of a late report");
    }
    if (n == nobody) {
        if (known && l.close_by == instant::max()) {
            breaks("a late report is told once", "publisher " + std::to_string(who) + " has told of one of its own making");
        }
        return;
    }
    const message& m = all_[n];
    const bool there = m.last_word == outcome::persisted && !m.redirected;
    const bool other = (!m.redirected && late.topic != m.topic) || (late.key.data() != nullptr && mixed(0, late.key) != m.is.key);
    if (late.outcome != m.last_word || other ||
        (there && (late.where.topic != m.topic || late.where.partition != m.partition || late.where.offset != m.first_offset))) {
        breaks("a late report says what the broker has said", "that of " + name(n) + " does not");
    }
}

}  // namespace stentor::inline v0::detail::simulation
