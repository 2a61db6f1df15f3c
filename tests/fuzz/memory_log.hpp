#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include <stentor/transport/memory.hpp>

#include "fuzz/must.hpp"

// What was published on a memory broker, and whether its log agrees.

namespace fuzz {

struct sent {
    unsigned by = 0;
    std::uint8_t key = 0;
    std::int32_t partition = -1;
    stentor::nanoseconds until{};
    stentor::nanoseconds spent{};  // by slow handlers until then
    int outcomes = 0;
    bool persisted = false;
    bool maybe = false;
};

inline void check_log(const stentor::memory_log& log, const std::vector<sent>& all, bool idempotent) {
    std::map<std::uint64_t, int> times;
    std::map<std::tuple<unsigned, std::uint8_t, std::int32_t>, std::uint64_t> last;
    for (const stentor::memory_record& r : log) {
        const std::uint64_t number = r.is_tombstone() ? static_cast<std::uint64_t>(r.time.time_since_epoch().count() - 1)
                                                      : std::stoull(std::string(r.value));
        const sent& s = all.at(number);
        const bool first = ++times[number] == 1;
        // Without idempotence, what was given up can be written behind what came later.
        const bool late = !idempotent && (s.maybe || s.outcomes == 0);
        if (first && !late && s.key % 4U != 3) {
            const std::tuple lane(s.by, static_cast<std::uint8_t>(s.key % 4U), s.partition);
            const auto [at, fresh] = last.emplace(lane, number);
            must(fresh || at->second < number, "in order inside a key:", std::to_string(number));
            at->second = number;
        }
    }
    for (std::uint64_t n = 0; n < all.size(); ++n) {
        const sent& s = all[n];
        must(!s.persisted || times[n] > 0, "what was acknowledged is in the log");
        must(s.persisted || s.maybe || s.outcomes == 0 || times[n] == 0, "what is definitely not in the log is not in it");
    }
}

}  // namespace fuzz
