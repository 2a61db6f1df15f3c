// Made by single_include/generate.py from include/stentor/detail/simulation/letters.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <stentor/detail/simulation/model.hpp>

// What the model makes of dead letters: how they look, where they are, and what the error says of them.

namespace stentor::inline v0::detail::simulation {

inline void model::look_at_letter(std::uint32_t n, message& m, const record& letter) {
    const auto says = [&](std::string_view name) { return letter.headers.find(name); };
    if (says("stentor-dlq-original-topic") != m.topic || says("stentor-dlq-attempts") != std::to_string(m.tries) ||
        says("stentor-dlq-error").empty() || says("stentor-dlq-message").empty() || says("stentor-dlq-time").empty()) {
        breaks("a dead letter says where it comes from and why", "that of " + name(n) + " does not");
    }
    m.letter_says = std::string(says("stentor-dlq-error")).append(": ").append(says("stentor-dlq-message"));
}

// It is tried once. A producer without idempotence may have given it up long before.
inline void model::letter_written(std::uint32_t n, message& m, const notice& what) {
    using state = dead_letter_result::state;
    if (m.letters++ > 0) {
        if (!m.twice_by_broker) {
            breaks("no dead letter is in the log twice", name(n));
        }
        return;
    }
    m.letter_at = receipt{what.which->topic, what.partition, what.offset, {}, 1};
    if (m.at == message::stage::told && (m.letter == state::none || m.letter == state::failed)) {
        breaks("the error says what became of the dead letter",
               "that of " + name(n) + " is at offset " + std::to_string(what.offset) + ", and told was that it is not there");
    }
}

inline void model::told_of_letter(std::uint32_t n, message& m, const error& e) {
    using state = dead_letter_result::state;
    const dead_letter_result& is = e.dead_letter;
    if (m.redirected) {
        error as_then = e;
        as_then.dead_letter = {};
        if (m.letter_says != std::string(to_string(e.condition())) + ": " + as_then.message()) {
            breaks("a dead letter says what its caller is told", "that of " + name(n) + " says \"" + m.letter_says + "\"");
        }
    }
    m.letter = is.what;
    if (m.nowhere_to_go && is.what != state::none) {
        breaks("no dead letter is begun while no broker is up", name(n));
    }
    if ((is.what == state::written && m.letters == 0) || ((is.what == state::none || is.what == state::failed) && m.letters > 0)) {
        breaks("the error says what became of the dead letter", name(n));
    }
    const receipt& at = m.letter_at;
    if (is.what == state::written && m.letters > 0 &&
        (is.where.topic != at.topic || is.where.partition != at.partition || is.where.offset != at.offset ||
         is.where.attempts != at.attempts)) {
        breaks("the error says where the dead letter is", "that of " + name(n) + " is at offset " + std::to_string(at.offset) +
                                                              ", told was " + std::to_string(is.where.offset));
    }
}

}  // namespace stentor::inline v0::detail::simulation
