#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// What a `memory_broker` can be told to do wrong.

namespace stentor::inline v0 {

/// What happens to one submitted record instead of being written and acknowledged. Made by the functions below.
struct memory_fault {
    /// What goes wrong.
    enum class kind : std::uint8_t {
        none,                  ///< see the function of that name
        refuse,                ///< see the function of that name
        queue_full,            ///< see the function of that name
        answer,                ///< see the function of that name
        time_out,              ///< see the function of that name
        lost_request,          ///< see the function of that name
        late_write,            ///< see the function of that name
        lost_acknowledgement,  ///< see the function of that name
        slow_acknowledgement,  ///< see the function of that name
        duplicate,             ///< see the function of that name
        broker_down,           ///< see the function of that name
    };
    kind what = kind::none;                             ///< what goes wrong
    std::int32_t native = 0;                            ///< Kafka's or librdkafka's number of the error
    stentor::outcome outcome = outcome::not_persisted;  ///< what the publisher is told
    nanoseconds after{};                                ///< a delay or a length of time, by kind

    /// Nothing goes wrong.
    [[nodiscard]] static memory_fault none() noexcept { return {}; }
    /// `submit` itself answers this error; no report follows. For example 10: MSG_SIZE_TOO_LARGE.
    [[nodiscard]] static memory_fault refuse(std::int32_t native) noexcept {
        return {kind::refuse, native, outcome::not_persisted, {}};
    }
    /// `submit` answers `again`; `resumed` follows after `d`, or after the broker's latency when that is longer.
    [[nodiscard]] static memory_fault queue_full(nanoseconds d = {}) noexcept {
        return {kind::queue_full, -184, outcome::not_persisted, d};
    }
    /// The broker answers this error, and the record is not in the log. For example 19: NOT_ENOUGH_REPLICAS. The outcome is
    /// `not_persisted`, but `unknown` for those numbers that leave librdkafka in doubt (7, 20, 45, 46, -195).
    [[nodiscard]] static memory_fault answer(std::int32_t native) noexcept {
        const bool doubt = native == 7 || native == 20 || native == 45 || native == 46 || native == -195;
        return answer(native, doubt ? outcome::unknown : outcome::not_persisted);
    }
    /// The same with an outcome of one's own: `not_persisted` or `unknown`.
    [[nodiscard]] static memory_fault answer(std::int32_t native, stentor::outcome what) noexcept {
        return {kind::answer, native, what, {}};
    }
    /// The record is never sent: `_MSG_TIMED_OUT`, `not_persisted`, after the attempt timeout.
    [[nodiscard]] static memory_fault time_out() noexcept { return {kind::time_out, -192, outcome::not_persisted, {}}; }
    /// The request never reaches the log: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout.
    [[nodiscard]] static memory_fault lost_request() noexcept { return {kind::lost_request, -192, outcome::unknown, {}}; }
    /// The client gives the request up: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout; or, with -195, because the
    /// connection is lost, when the answer would have come. The request is still on its way, and `d` later it is in the log, behind
    /// what was written since: Kafka allows that without idempotence. So only with `memory_broker_options::idempotence` switched
    /// off, and while the broker is up; else the broker turns it away, and it is a `lost_request`.
    [[nodiscard]] static memory_fault late_write(nanoseconds d, std::int32_t native = -192) noexcept {
        return {kind::late_write, native, outcome::unknown, d};
    }
    /// The record is in the log, its acknowledgement is lost: `_MSG_TIMED_OUT`, `unknown`, after the attempt timeout.
    [[nodiscard]] static memory_fault lost_acknowledgement() noexcept {
        return {kind::lost_acknowledgement, -192, outcome::unknown, {}};
    }
    /// The record is in the log in its turn, and is acknowledged `d` after its `submit`, even if that is past the attempt timeout.
    [[nodiscard]] static memory_fault slow_acknowledgement(nanoseconds d) noexcept {
        return {kind::slow_acknowledgement, 0, outcome::persisted, d};
    }
    /// The same, named for what it is good for: choose `d` past the deadline of the operation.
    [[nodiscard]] static memory_fault late_acknowledgement(nanoseconds d) noexcept { return slow_acknowledgement(d); }
    /// The record is in the log twice, and acknowledged.
    [[nodiscard]] static memory_fault duplicate() noexcept { return {kind::duplicate, 0, outcome::persisted, {}}; }
    /// The broker goes down for `d` when this record is on its way; see `memory_broker::down`.
    [[nodiscard]] static memory_fault broker_down(nanoseconds d) noexcept { return {kind::broker_down, 0, outcome::persisted, d}; }
};

/// When a fault happens. All that is given must fit. Of several that fit the one that was added first wins.
struct memory_script {
    std::string topic{};               ///< empty: any
    std::optional<std::string> key{};  ///< not given: any, null keys too
    std::uint32_t attempt = 0;         ///< just the n-th submit that fits topic and key, from now on, counted from 1
    std::uint32_t from = 1;            ///< from the n-th one that fits
    std::uint32_t to = std::numeric_limits<std::uint32_t>::max();     ///< up to the n-th one that fits
    std::uint32_t times = std::numeric_limits<std::uint32_t>::max();  ///< at most so often
    memory_fault fault{};                                             ///< what happens then
};

/// Faults by chance, drawn from the broker's seed.
struct memory_chaos {
    double probability = 0;                             ///< of a fault, for each submit: 0 to 1
    std::vector<memory_fault> faults{};                 ///< one of these, equally likely; empty: a mixture of all
    nanoseconds slow = std::chrono::milliseconds(500);  ///< of the mixture: the delay, and how long the broker is down
};

}  // namespace stentor::inline v0
