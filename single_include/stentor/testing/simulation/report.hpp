// Made by single_include/generate.py from include/stentor/testing/simulation/report.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/stentor.hpp>

/// @file
/// What a simulation has found, and what it has really put to the test.

namespace stentor::inline v0 {

/// What a simulation counts: each kind of fault, and each delicate path.
enum class exercised : std::uint8_t {
    refused_by_client,     ///< `submit` itself answered an error
    queue_full,            ///< the client's queue was full
    error_answer,          ///< the broker answered an error, definitely not in the log
    doubtful_answer,       ///< the broker's answer left it open
    never_sent,            ///< a try timed out in the client's queue
    lost_request,          ///< a request was lost
    lost_acknowledgement,  ///< an acknowledgement was lost
    slow_acknowledgement,  ///< an acknowledgement came late
    duplicate,             ///< the broker wrote a try twice
    late_write,            ///< a request that its client had given up was written later: producers without idempotence
    outage,                ///< the broker went down
    throttled,             ///< the broker was slow with all answers for a while
    no_leader,             ///< a partition had no leader for a while
    silent_partition,      ///< a partition answered nothing for a while
    crash,                 ///< a process died
    client_news,           ///< the client had bad news
    topic_trouble,         ///< a topic was deleted or denied
    clock_jump,            ///< the wall clock jumped
    throwing_handler,      ///< a user's handler threw
    publishing_handler,    ///< a user's handler published
    slow_handler,          ///< a user's handler took its time
    waiting_handler,       ///< a user's handler called what waits
    retry,                 ///< a message was tried again
    lane_blocked_retry,    ///< it failed while others of its key were inside, and had to wait for them
    not_tried_again,       ///< it was not tried again because a later one of its key was in the log
    taken_back,            ///< the client gave back what it had not sent
    late_report,           ///< the wire spoke after the outcome was told
    late_acknowledgement,  ///< of these: it was acknowledged
    lost_claim,            ///< the caller ended it himself, because a handler was slow, and then the wire spoke
    redirect,              ///< a dead letter was sent
    lane_full,             ///< no more of one key could be parked
    slots_full,            ///< no slot was free
    circuit_opened,        ///< a circuit opened
    lost_probe,            ///< a probe of a half-open circuit was lost
    close_in_flight,       ///< a publisher was closed with messages in flight
    tombstone,             ///< a key was erased
    batch,                 ///< several messages were published by one `publish_all`
    batch_cut,             ///< its deadline came before the turn of a message
    closing_handler,       ///< a handler called `close` of the publisher that was being closed
    closing_publish,       ///< somebody published while the publisher was being closed
    closing_again,         ///< a thread closed what another thread was closing
    closing_others,        ///< two publishers were being closed at once
};

/// How many kinds there are in `exercised`.
inline constexpr std::size_t exercised_count = 42;
static_assert(static_cast<std::size_t>(exercised::closing_others) + 1 == exercised_count);

/// The name as it is spelled in code: "lost_request".
[[nodiscard]] constexpr std::string_view to_string(exercised what) noexcept {
    constexpr std::array<std::string_view, exercised_count> names{"refused_by_client",
                                                                  "queue_full",
                                                                  "error_answer",
                                                                  "doubtful_answer",
                                                                  "never_sent",
                                                                  "lost_request",
                                                                  "lost_acknowledgement",
                                                                  "slow_acknowledgement",
                                                                  "duplicate",
                                                                  "late_write",
                                                                  "outage",
                                                                  "throttled",
                                                                  "no_leader",
                                                                  "silent_partition",
                                                                  "crash",
                                                                  "client_news",
                                                                  "topic_trouble",
                                                                  "clock_jump",
                                                                  "throwing_handler",
                                                                  "publishing_handler",
                                                                  "slow_handler",
                                                                  "waiting_handler",
                                                                  "retry",
                                                                  "lane_blocked_retry",
                                                                  "not_tried_again",
                                                                  "taken_back",
                                                                  "late_report",
                                                                  "late_acknowledgement",
                                                                  "lost_claim",
                                                                  "redirect",
                                                                  "lane_full",
                                                                  "slots_full",
                                                                  "circuit_opened",
                                                                  "lost_probe",
                                                                  "close_in_flight",
                                                                  "tombstone",
                                                                  "batch",
                                                                  "batch_cut",
                                                                  "closing_handler",
                                                                  "closing_publish",
                                                                  "closing_again",
                                                                  "closing_others"};
    return names[static_cast<std::size_t>(what)];
}

/// What `simulate` answers.
struct simulation_report {
    std::uint64_t seeds = 0;                              ///< runs that were made
    std::uint64_t messages = 0;                           ///< messages that were accepted
    std::uint64_t faults = 0;                             ///< faults that they met
    std::uint64_t crashes = 0;                            ///< of these, processes that died
    std::uint64_t hash = 0;                               ///< of all that happened: equal for equal runs, on every compiler
    std::array<std::uint64_t, exercised_count> counts{};  ///< by `exercised`

    bool failed = false;      ///< a rule was broken: the rest is about the first such run
    std::uint64_t seed = 0;   ///< its seed
    std::string broken{};     ///< the rule, and what broke it
    std::size_t actions = 0;  ///< what is left of its schedule after shrinking
    std::string story{};      ///< what happened in the shrunk run, line by line: time, event, decision
    bool replays = false;     ///< `STENTOR_SEED=seed` in the environment runs it again: see `simulated_seeds::replay`

    /// Nothing was found.
    [[nodiscard]] explicit operator bool() const noexcept { return !failed; }
    /// How often that was really put to the test.
    [[nodiscard]] std::uint64_t of(exercised what) const noexcept { return counts[static_cast<std::size_t>(what)]; }
    /// For people: the figures when all is well, else the seed, the rule and the story.
    [[nodiscard]] std::string text() const {
        if (!failed) {
            return std::to_string(seeds) + " seeds, " + std::to_string(messages) + " messages, " + std::to_string(faults) +
                   " faults, " + std::to_string(crashes) + " crashes";
        }
        return "seed " + std::to_string(seed) + ": " + broken + "\n" + std::to_string(actions) +
               (actions == 1 ? " action is" : " actions are") + " enough to break it" +
               (replays ? " (STENTOR_SEED=" + std::to_string(seed) + " runs it again)" : std::string()) + ":\n" + story;
    }
};

}  // namespace stentor::inline v0
