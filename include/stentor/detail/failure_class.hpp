#pragma once

#include <cstdint>

#include <stentor/breaker.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// The one table of failure classes: librdkafka's and the protocol's error numbers, what they are called here, whether a retry can
// help, and what they say about the brokers' health. Numbers and not rdkafka.h's names, so that the core and the fake need no
// librdkafka.

namespace stentor::inline v0::detail {

struct failure_class {
    errc code = errc::rejected;
    bool transient = false;
    stentor::signal signal = signal::neutral;
};

[[nodiscard]] constexpr failure_class classify(std::int32_t native) noexcept {
    switch (native) {
        // back-pressure
        case -184: return {errc::queue_full, true, signal::neutral};
        // network and name
        case -193: return {errc::dns, true, signal::failure};
        case -195:
        case -187:
        case 7:
        case 20: return {errc::broker_unavailable, true, signal::failure};
        // time-out
        case -192:
        case -185: return {errc::deadline_exceeded, true, signal::failure};
        // broker, transient
        case 5:
        case 6:
        case 8:
        case 9:
        case 13:
        case 14:
        case 19:
        case 56:
        case 74:
        case 89: return {errc::broker_unavailable, true, signal::failure};
        // topic missing
        case 3:
        case -188:
        case -190: return {errc::unknown_topic, false, signal::neutral};
        // not allowed
        case 29:
        case 31:
        case 53: return {errc::authorization, false, signal::neutral};
        // authentication and TLS
        case -169:
        case 58: return {errc::authentication, false, signal::trip};
        case -181: return {errc::tls, false, signal::trip};
        // size
        case 10:
        case 18: return {errc::message_too_large, false, signal::neutral};
        // not supported
        case -165:
        case 35: return {errc::invalid_config, false, signal::neutral};
        // fatal, fenced
        case -150:
        case 45:
        case -144:
        case 47:
        case 90:
        case 49: return {errc::fatal, false, signal::neutral};
        // shutdown
        case -152:
        case -151: return {errc::closed, false, signal::neutral};
        // data or request: 2 87 32 43 44 76 17, and whatever nobody has met yet
        default: return {errc::rejected, false, signal::neutral};
    }
}

// The class of a condition, for faults that carry no number of the broker's (doubles, other transports).
[[nodiscard]] constexpr failure_class classify(errc code) noexcept {
    switch (code) {
        case errc::broker_unavailable: return {code, true, signal::failure};
        case errc::dns: return {code, true, signal::failure};
        case errc::deadline_exceeded: return {code, true, signal::failure};
        case errc::queue_full: return {code, true, signal::neutral};
        case errc::authentication:
        case errc::tls: return {code, false, signal::trip};
        default: return {code, false, signal::neutral};
    }
}

[[nodiscard]] constexpr failure_class classify(const fault& f) noexcept {
    return f.native != 0 ? classify(f.native) : classify(f.code);
}

}  // namespace stentor::inline v0::detail
