#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// What surrounds one publish: when it happens, and in which trace.

namespace stentor::inline v0 {

/// A W3C trace context (https://www.w3.org/TR/trace-context/) as it came in, and what comes with one. Views: they live as long as
/// the call they are passed to. Anything may be in here; whoever uses it validates it.
struct trace_context {
    std::string_view traceparent{};  ///< empty: none came in
    std::string_view tracestate{};   ///< empty: none came in
    std::string_view baggage{};      ///< W3C Baggage (https://www.w3.org/TR/baggage/); empty: none came in
    /// What names the request for people and logs; empty: nothing does. Sent only where a tracer is told in which header.
    std::string_view correlation_id{};
};

/// One publish, as tracers and `message_traits<T>::headers` see it. Lives for the call.
struct publish_context {
    moment at{};             ///< the one clock read of this publish
    trace_context parent{};  ///< what the caller gave, unchecked
    /// The `traceparent` that this message carries, once a tracer has settled it: 55 characters, or a NUL first when nothing
    /// traces.
    std::array<char, 56> traceparent{};

    /// A tracer has settled the trace.
    [[nodiscard]] bool traced() const noexcept { return traceparent[0] != '\0'; }
    /// 32 hexadecimal digits, or an empty view when nothing traces.
    [[nodiscard]] std::string_view trace_id() const noexcept { return part(3, 32); }
    /// 16 hexadecimal digits, or an empty view when nothing traces.
    [[nodiscard]] std::string_view span_id() const noexcept { return part(36, 16); }

private:
    [[nodiscard]] std::string_view part(std::size_t from, std::size_t length) const noexcept {
        return traced() ? std::string_view{traceparent.data() + from, length} : std::string_view{};
    }
};

}  // namespace stentor::inline v0
