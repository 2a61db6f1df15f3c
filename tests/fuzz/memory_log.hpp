#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/transport/memory.hpp>

#include "fuzz/must.hpp"

// What was published on a memory broker, and whether its log agrees.

namespace fuzz {

struct sent {
    unsigned by = 0;
    std::uint8_t key = 0;
    std::int32_t partition = -1;
    stentor::nanoseconds until{};  // without a dead letter
    stentor::nanoseconds spent{};  // by slow handlers until then
    int outcomes = 0;
    bool persisted = false;
    bool maybe = false;
    stentor::dead_letter_result letter{};
};

// A tombstone has no value that could say its number: its time does.
[[nodiscard]] inline std::uint64_t number_of(std::string_view value, stentor::timestamp time) {
    return value.data() == nullptr ? static_cast<std::uint64_t>(time.time_since_epoch().count() - 1)
                                   : std::stoull(std::string(value));
}

// What was published before number `forgotten` may have been there, and have gone with the topic.
inline void check_log(const stentor::memory_log& log, const std::vector<sent>& all, bool idempotent, std::uint64_t forgotten) {
    std::map<std::uint64_t, int> times;
    std::map<std::tuple<unsigned, std::uint8_t>, std::uint64_t> last;
    for (const stentor::memory_record& r : log) {
        const std::uint64_t number = number_of(r.value, r.time);
        const sent& s = all.at(number);
        const bool first = ++times[number] == 1;
        // Without idempotence, what was given up can be written behind what came later.
        const bool late = !idempotent && (s.maybe || s.outcomes == 0);
        if (first && !late && s.key % 4U != 3) {
            const std::tuple lane(s.by, static_cast<std::uint8_t>(s.key % 4U));
            const auto [at, fresh] = last.emplace(lane, number);
            must(fresh || at->second < number, "in order inside a key:", std::to_string(number));
            at->second = number;
        }
    }
    for (std::uint64_t n = 0; n < all.size(); ++n) {
        const sent& s = all[n];
        must(!s.persisted || n < forgotten || times[n] > 0, "what was acknowledged is in the log");
        must(s.persisted || s.maybe || s.outcomes == 0 || times[n] == 0, "what is definitely not in the log is not in it");
    }
}

inline void check_letters(const stentor::memory_log& log, const std::vector<sent>& all, std::uint64_t forgotten) {
    using state = stentor::dead_letter_result::state;
    std::map<std::uint64_t, int> times;
    for (const stentor::memory_record& r : log) {
        const std::uint64_t number = number_of(r.value, r.time);
        const sent& s = all.at(number);
        const stentor::receipt& where = s.letter.where;
        ++times[number];
        must(s.outcomes == 0 || (s.letter.what != state::none && s.letter.what != state::failed), "a dead letter is told of");
        must(s.letter.what != state::written || where.partition == r.partition, "a dead letter is where it is said to be");
    }
    for (std::uint64_t n = forgotten; n < all.size(); ++n) {
        must(all[n].letter.what != state::written || times[n] > 0, "a dead letter that was written is in the log");
    }
}

}  // namespace fuzz
