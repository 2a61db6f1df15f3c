#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>

#include <stentor/detail/durations.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0 {

/// What a `memory_broker` is made with.
struct memory_broker_options {
    bool shared = false;          ///< true: several threads may use it, and only `advance` and `run_until_idle` move time
    std::uint64_t seed = 1;       ///< of all randomness, that of `moment` too
    std::int32_t partitions = 1;  ///< of a topic that is made without saying; at least 1
    nanoseconds latency{};        ///< from `submit` to the broker's answer
    timestamp start{std::chrono::seconds(1'767'225'600)};   ///< wall time at the beginning: 2026-01-01T00:00:00Z
    bool auto_create_topics = true;                         ///< false: a topic that was not made is UNKNOWN_TOPIC_OR_PART (3)
    nanoseconds attempt_timeout = std::chrono::seconds(9);  ///< how long a record may stay inside with no answer
    std::size_t queue_limit = std::numeric_limits<std::size_t>::max();  ///< records inside; over that `submit` answers `again`
    /// How many of the records inside are on the wire when the broker goes down. The others are only queued: `take_back` returns
    /// them, and if they time out they are definitely not in the log.
    std::size_t on_the_wire = 10;
    /// The publishers' producers are idempotent, as `kafka_config::idempotence` says. False: a request that its client has given up
    /// can be written later (`memory_fault::late_write`).
    bool idempotence = true;
    /// Keep records and trace. False (for benchmarks): memory stays bounded, `records` and `trace` stay empty, the hash goes on.
    bool keep_history = true;
};

}  // namespace stentor::inline v0
