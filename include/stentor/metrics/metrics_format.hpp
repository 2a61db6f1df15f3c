#pragma once

#include <cstdint>
#include <string_view>

#include <stentor/version.hpp>

/// @file
/// In which of three formats metrics are wanted.

namespace stentor::inline v0 {

/// What metrics can be rendered as.
enum class metrics_format : std::uint8_t {
    prometheus,   ///< Prometheus' text format 0.0.4
    openmetrics,  ///< OpenMetrics 1.0
    json,         ///< JSON of our own
};

/// The `Content-Type` of an answer.
[[nodiscard]] constexpr std::string_view content_type(metrics_format f) noexcept {
    switch (f) {
        case metrics_format::openmetrics: return "application/openmetrics-text; version=1.0.0; charset=utf-8";
        case metrics_format::json: return "application/json";
        case metrics_format::prometheus: break;
    }
    return "text/plain; version=0.0.4; charset=utf-8";
}

/// The format that fits an `Accept` header best (RFC 9110, 12.5.1): by q, and for equal ones OpenMetrics, then text, then JSON.
/// OpenMetrics only when it is named, since a wildcard is what browsers and curl say. Prometheus' text for an empty header, and
/// when nothing fits: who asks for metrics is better off with them than with 406. Any text; never throws.
[[nodiscard]] metrics_format negotiate(std::string_view accept) noexcept;

}  // namespace stentor::inline v0

#include <stentor/detail/metrics/negotiate.ipp>
