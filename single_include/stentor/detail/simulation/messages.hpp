// Made by single_include/generate.py from include/stentor/detail/simulation/messages.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/simulation/contents.hpp>

namespace stentor::inline v0::detail::simulation {

// The number of no message, and of no publisher.
inline constexpr std::uint32_t nobody = 0xffffffffU;

// All that is known of one message from the outside. Its place in time is from `begin` to `end` of the call, in numbers that only
// grow: of two messages of a lane one is the later only if its call began after the other's had taken its place.
struct message {
    enum class stage : std::uint8_t {
        none,
        called,  // the call has not returned
        flying,  // accepted
        told,
        refused,
        lost  // with its process
    };
    stage at = stage::none;
    stentor::outcome said = outcome::unknown;
    stentor::outcome last_word = outcome::unknown;  // of a late report
    bool handed = false;                            // to the broker, at least once
    bool inside = false;                            // the broker has not reported its newest try
    bool in_doubt = false;                          // the newest try was reported `unknown`
    bool doubted = false;                           // some try was
    bool logged = false;                            // some try was reported `persisted`
    bool blocked = false;                           // its newest try failed while others of its lane were inside
    bool definite = false;                          // a try has failed for certain, in time
    bool nowhere_to_go = false;                     // its newest try failed while no broker was up
    bool opted_in = false;                          // it says that it may be there twice
    bool redirected = false;
    bool claimed = false;     // ended by its caller, whom a handler kept waiting
    bool probe = false;       // its newest try is one of a half-open circuit
    bool together = false;    // with others in one call, which returns when all have ended
    bool heard_late = false;  // of it the wire has spoken after its outcome, which its caller has not got yet
    bool twice_by_broker = false;
    bool turned_away = false;                             // refused: a circuit was open
    memory_fault::kind meets = memory_fault::kind::none;  // what is to become of its newest try, counted when it does
    std::uint32_t overtaken_by = nobody;                  // while it was to go again
    std::uint32_t life = 0;                               // of which publisher
    contents is{};                                        // as it was handed over first
    std::uint32_t tries = 0;
    std::uint32_t own_tries = 0;  // of these, before it became a dead letter
    std::uint32_t asked = 0;      // faults of its plan that it has met
    std::uint32_t copies = 0;     // in the log
    std::uint32_t letters = 0;    // in the log, as a dead letter
    std::uint32_t letter_tries = 0;
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::uint64_t written_by = 0;  // the submission that wrote the newest copy
    std::uint64_t lane = 0;
    std::string_view topic{};
    instant deadline{};
    instant told_at{};
    nanoseconds spent{};  // by handlers, until it was published
    std::int32_t partition = -1;
    std::int64_t first_offset = -1;  // of what the newest try to be written has written
    std::int64_t last_offset = -1;
    dead_letter_result::state letter = dead_letter_result::state::none;  // as told
    receipt letter_at{};                                                 // where it is in the log
    std::string letter_says{};                                           // of why
    instant back_at{};                                                   // when the newest report came
    instant failed_at{};                                                 // when the newest try failed that is counted
};

// One publisher from its making to its end. The world numbers them in the same order.
struct life {
    std::uint32_t process = 0;
    account books{};            // as it should be; `in_flight` is not used
    std::uint32_t calling = 0;  // messages of the main thread, which is inside, and of which it has not told
    bool over = false;
    bool reset = false;         // the circuit was closed by hand
    bool isolated = false;      // the circuit was opened by hand
    bool hears = false;         // it has our hook for late reports
    std::uint32_t weighed = 0;  // messages in flight that the broker has seen
    std::uint64_t weight = 0;   // what they take of `publisher_options::bytes`
    bool by_the_book = false;   // it has one circuit, and its transitions are known
    circuit seen = circuit::closed;
    std::vector<circuit> circuits{};          // each whose transitions are known
    instant refusing_since = instant::max();  // half open, with no probe since
    nanoseconds spent{};                      // by handlers, when `seen` was seen
    instant close_by = instant::max();
    nanoseconds spent_before_close{};  // by handlers: what they take afterwards comes on top
};

struct lane_log {
    std::uint64_t newest = 0;           // `begin` of the latest message in the log
    std::uint32_t number = 0;           // which one that is
    std::uint32_t inside = 0;           // how many the broker has
    std::uint64_t perhaps = 0;          // `begin` of the latest message that is, or may be, in the log
    std::vector<std::uint32_t> back{};  // that were handed over, came back, and may go again
};

// The lane of a record: publisher, topic, key. Zero for no key. Equal for equal runs.
[[nodiscard]] inline std::uint64_t lane_of(std::uint32_t publisher, std::string_view topic, std::string_view key) noexcept {
    if (key.data() == nullptr) {
        return 0;
    }
    // Spread over all bits: a small number would only make up for another first letter.
    std::uint64_t h = 0xcbf29ce484222325ULL ^ (publisher + std::uint64_t{1}) * 0x9e3779b97f4a7c15ULL;
    for (const std::string_view part : {topic, key}) {
        for (const char c : part) {
            h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
        }
        h = (h ^ 0x100U) * 0x100000001b3ULL;
    }
    return h | 1U;
}

}  // namespace stentor::inline v0::detail::simulation
