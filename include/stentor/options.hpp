#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/context.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// What can be said of one publish, and of a publisher.

namespace stentor::inline v0 {

/// What one call says; it wins over traits and settings. All members have defaults and views live for the call.
struct publish_options {
    std::string_view topic{};               ///< empty: by `message_traits` and `publisher_options::topics`
    std::optional<std::string_view> key{};  ///< not given: by `message_traits`; a null view (`std::string_view{}`): no key
    trace_context trace{};           ///< the trace that this publish belongs to; empty: that of a `trace_scope`, or a new one
    nanoseconds deadline{};          ///< zero: the publisher's
    header_view headers{};           ///< further headers
    std::int32_t partition = -1;     ///< -1: by the key
    stentor::timestamp timestamp{};  ///< of the record, its retries and its dead letter; the epoch: now
};

/// A report that came after its operation had ended: the wire's last word on a message whose caller was told `unknown`.
struct late_report {
    std::string_view topic{};  ///< the topic of the record; for the call, like all views here
    std::string_view key{};    ///< null when the report did not hand the record back
    stentor::outcome outcome =
        outcome::unknown;      ///< the last word: `persisted` or `not_persisted`; `unknown` if the wire does not know either
    receipt where{};           ///< when persisted
    std::string_view cause{};  ///< when not
};

/// A topic that goes by another name here. `from` is what `message_traits` says: a message type's `type`, or its topic.
struct topic_override {
    std::string from{};  ///< `type` or topic, as `message_traits` says
    std::string to{};    ///< the topic to use instead
};

/// What a publisher is made with. Limits hold for the publisher, not for the client under it.
struct publisher_options {
    nanoseconds deadline = std::chrono::seconds(30);  ///< of every operation that does not say another
    std::size_t slots = 8192;                         ///< messages in flight, at most; rounded up to a power of two
    std::size_t bytes = std::size_t{64} << 20U;  ///< bytes of theirs (keys, values, headers), at most; one message may always go
    std::size_t parked_per_lane = 1024;          ///< records of one key that may wait for each other
    std::vector<topic_override> topics{};        ///< other names of topics; a call's own topic wins
    bool message_id = false;                     ///< add a `message-id` header (a random UUID) to every record
    bool enabled = true;                         ///< false: every publish answers `errc::disabled`
    /// What the destructor allows `close`; with the 250 ms that outcomes may take after it, 5 s.
    nanoseconds close_within = std::chrono::milliseconds(4750);
    /// Called on the event thread for each late report. May throw; that is caught.
    std::function<void(const late_report&)> late_outcome{};
};

/// Where all accepted messages are. At any time: accepted = persisted + not_persisted + unknown + in_flight.
struct account {
    std::uint64_t accepted = 0;       ///< taken on, ended or not
    std::uint64_t persisted = 0;      ///< ended so
    std::uint64_t not_persisted = 0;  ///< ended so
    std::uint64_t unknown = 0;        ///< ended so
    std::uint64_t in_flight = 0;      ///< no outcome yet
    std::uint64_t refused = 0;        ///< never accepted: not part of the sum
};

}  // namespace stentor::inline v0
