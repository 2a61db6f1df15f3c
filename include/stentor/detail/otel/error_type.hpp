#pragma once

#include <string_view>

#include <stentor/error.hpp>
#include <stentor/version.hpp>

// OpenTelemetry's `error.type`: of low cardinality, and as fine as it can be.

namespace stentor::inline v0::detail {

// The name that a cause begins with, as Kafka and librdkafka spell theirs: NOT_ENOUGH_REPLICAS, _TRANSPORT. Empty: it is a
// sentence. An underscore is asked for, because sentences begin with TLS and SASL.
[[nodiscard]] constexpr std::string_view name_in(std::string_view cause) noexcept {
    std::size_t end = 0;
    bool underscore = false;
    while (end < cause.size() &&
           ((cause[end] >= 'A' && cause[end] <= 'Z') || (end > 0 && cause[end] >= '0' && cause[end] <= '9') || cause[end] == '_')) {
        underscore = underscore || cause[end] == '_';
        ++end;
    }
    const std::string_view rest = cause.substr(end);
    const bool alone = rest.empty() || rest.starts_with(": ") || rest.starts_with(" (");
    return underscore && end > 2 && end <= 64 && alone ? cause.substr(0, end) : std::string_view{};
}

[[nodiscard]] inline std::string_view error_type_of(errc code, std::string_view cause) noexcept {
    // The cause of these two is the user's own text.
    const bool theirs = code == errc::serialization || code == errc::invalid_message;
    const std::string_view name = theirs ? std::string_view{} : name_in(cause);
    return !name.empty() ? name : code != errc::none ? to_string(code) : std::string_view{"_OTHER"};
}

}  // namespace stentor::inline v0::detail
