#pragma once

#include <cstdint>
#include <iosfwd>
#include <string_view>

#include <stentor/detail/durations.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// The words that publishers and circuit breakers speak with each other, and the options of `failure_breaker`.

namespace stentor::inline v0 {

/// What the client has learned of its brokers, told to breakers and tracers.
struct client_event {
    /// What has happened.
    enum class kind : std::uint8_t {
        broker_up,              ///< at least one broker is up again
        all_brokers_down,       ///< the last one went
        authentication_failed,  ///< credentials refused by every bootstrap broker
        tls_failed,             ///< TLS refused by every bootstrap broker
        fault,                  ///< something else went wrong that may explain what is parked: see code and cause
        fatal,                  ///< the client is dead and is being replaced
    };
    kind what = kind::fault;   ///< what has happened
    errc code = errc::none;    ///< the condition, when something went wrong
    std::string_view cause{};  ///< the client's own words, without secrets; lives for the call
};

/// What a try says about the health of the brokers. The publisher works it out from the failure class table.
enum class signal : std::uint8_t {
    success,  ///< the record was persisted
    failure,  ///< the brokers did not do their part
    neutral,  ///< says nothing about their health: the permit just goes home
    trip,     ///< so bad that waiting for more evidence is pointless: open at once
};

/// One finished try, as a breaker sees it.
struct call {
    stentor::signal signal = signal::success;  ///< what it says of the brokers' health
    nanoseconds elapsed{};                     ///< from hand-over to report
    errc code = errc::none;                    ///< the condition; `none` after a success
    std::string_view cause{};                  ///< for the text of `circuit_open`; lives for the call
};

/// The permission to make one try; goes back with `record`, exactly once. The numbers are the breaker's own.
struct permit {
    std::uint32_t generation = 0;  ///< of the breaker when it gave the permit
    std::uint32_t slot = 0;        ///< which part of the breaker gave it (a topic's, a probe's)
};

/// The three states of a circuit breaker.
enum class circuit : std::uint8_t {
    closed,     ///< all is well: tries are made
    open,       ///< no try is made
    half_open,  ///< a few probes are made
};

/// "closed", "open" or "half_open".
[[nodiscard]] constexpr std::string_view to_string(circuit c) noexcept {
    return c == circuit::closed ? "closed" : c == circuit::open ? "open" : "half_open";
}

/// Writes the name: for test frameworks and logs. Needs `<ostream>` where it is used.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, circuit c) {
    return out << to_string(c);
}

/// What a `failure_breaker` is made with. Times are real ones, as the transport's clock measures them.
struct failure_breaker_options {
    std::uint32_t failures = 5;                          ///< in a row, until it opens; 0: this rule is off
    std::uint32_t successes = 2;                         ///< of probes, until it closes again
    nanoseconds open_for = std::chrono::seconds(30);     ///< the first wait, exactly
    nanoseconds max_open_for = std::chrono::minutes(5);  ///< no wait is longer, unless `open_for` is
    double factor = 2.0;                                 ///< how much longer the wait is each time that a probe fails
    double jitter = 0.2;       ///< a wait after a failed probe is shortened by chance, by up to this part of it; the first never is
    std::uint32_t probes = 2;  ///< tries that may be out at once while half open; at most 16
    nanoseconds probe_timeout = milliseconds(9500);  ///< a probe that was not answered by then has failed: attempt_timeout + 500 ms
    double failure_rate = 0.0;                       ///< opens at this part of failures in the window (0.5: half); 0: off
    nanoseconds slow_call{};                         ///< a try that takes this long is a slow one; zero: none is
    double slow_call_rate = 0.0;                     ///< opens at this part of slow calls in the window; 0: off
    std::uint32_t minimum_calls = 20;                ///< in the window, before a rate means anything
    nanoseconds window = std::chrono::seconds(10);   ///< what the rates look back on; slides in tenths
};

}  // namespace stentor::inline v0
