#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <stentor/detail/durations.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// What a simulation publishes, what goes wrong meanwhile, and what must hold.

namespace stentor::inline v0 {

/// One message that the simulation wants to be made.
struct simulated_call {
    std::uint32_t number = 0;  ///< of the message: 0, 1, …; from `simulated_load::messages` on those of handlers and of the end
    std::uint32_t key = 0;     ///< which of `simulated_load::keys` it is to have: 0, 1, …
    std::uint32_t size = 0;    ///< about how many bytes its text may have
    std::uint64_t random = 0;  ///< bits for whatever else is in it
};

/// How much is published. All is drawn from the seed, up to these.
struct simulated_load {
    std::uint32_t messages = 200;                     ///< calls of one run, those of handlers not counted
    std::uint32_t keys = 8;                           ///< different keys; some messages have none
    std::uint32_t publishers = 3;                     ///< on the one broker, each a process of its own
    std::uint32_t size = 256;                         ///< of a message
    nanoseconds deadline = std::chrono::seconds(20);  ///< the longest one of a publish
    std::vector<std::string> topics{};                ///< one of these for each call; empty: what `message_traits` says
};

/// Makes the messages of a simulation: `simulated_workload{[](const simulated_call& c) { return app::greeting{…}; }, {.keys = 3}}`.
/// The message may be of any type that has `message_traits`; `make` must give equal messages for equal calls.
template <class Make>
struct simulated_workload {
    Make make;              ///< `make(simulated_call)` returns a message
    simulated_load load{};  ///< how much

    /// With the default load.
    explicit simulated_workload(Make how) : make(std::move(how)) {}
    /// With that load.
    simulated_workload(Make how, simulated_load much) : make(std::move(how)), load(std::move(much)) {}
};

/// What goes wrong. A seed draws how often, and leaves some kinds out altogether. Also with none of these limits are small, queues
/// full, deadlines short, and publishers are flushed and closed at any time.
struct simulated_faults {
    double tries = 0.4;      ///< part of the tries that meet a fault, at most: lost, late, answered with an error, queue full
    double outages = 0.01;   ///< outages of the broker, for each message: none in half of the seeds, up to twice as many in others
    double crashes = 0.002;  ///< processes that die and come back, for each message: none in half of them, up to four times as many
    /// Whatever else befalls all, for each message: none in half of the seeds, up to four times as many in others. News of the
    /// client, topics that go or are denied, partitions with no leader or no answer, brokers that are slow or answer only errors,
    /// jumps of the wall clock, circuits opened by hand.
    double disturbances = 0.01;
    double handlers = 0.1;   ///< part of the handlers, at most, that throw, publish again, are slow, or call what would wait
    bool duplicates = true;  ///< the broker may write one try twice, as it does for producers that are not idempotent
    nanoseconds longest = std::chrono::seconds(5);  ///< an outage, or a late acknowledgement
};

/// What must hold besides what the library promises.
struct simulated_rules {
    std::uint32_t tries = 0;   ///< no message is tried more often; 0: any number
    bool never_twice = false;  ///< no message is in the log twice, not even after an opted-in retry
    /// How long a `failure_breaker` may refuse messages while it is half open and no probe goes: somewhat more than its
    /// `probe_timeout`. Zero: not looked at.
    nanoseconds half_open{};
    /// The longest deadline that a `redirect_to` of the retry policy gives. Zero: it never redirects.
    nanoseconds letter_deadline = std::chrono::seconds(10);
    /// The shortest wait that the retry policy asks for between a failed try and the next: `initial` of an `exponential_backoff`
    /// without jitter. Zero: not looked at.
    nanoseconds back_off{};
};

/// Which runs: `count` of them, the first with seed `first`.
struct simulated_seeds {
    std::uint64_t first = 1;    ///< the seed of the first run
    std::uint64_t count = 100;  ///< how many runs
    bool replay = true;         ///< `STENTOR_SEED=n` in the environment replaces them by that one
};

}  // namespace stentor::inline v0
