#pragma once

#include <array>
#include <exception>
#include <span>
#include <string>
#include <string_view>

#include <stentor/context.hpp>
#include <stentor/message.hpp>
#include <stentor/record.hpp>
#include <stentor/tracer.hpp>
#include <stentor/tracer/baggage.hpp>
#include <stentor/tracer/trace_context.hpp>
#include <stentor/version.hpp>

/// @file
/// The default tracer: carries W3C trace contexts, and records nothing.

namespace stentor::inline v0 {

/// Forwards a valid trace context as it is, and starts a new, sampled trace where there is none or a bad one. Adds the headers
/// `traceparent` (always 55 bytes), `tracestate` and `baggage` unless they are empty or broken, and by option the correlation id.
/// It has no spans of its own, so it makes no span id either: consumers are children of the caller's span. Leaves a context alone
/// that an earlier tracer of a chain has settled, but for the correlation id. Any thread; no allocation of its own; all chance
/// comes from `publish_context::at`.
struct w3c_tracer {
    /// The header that carries `trace_context::correlation_id`, for messages that have one; empty: none does.
    std::string correlation_header{};

    /// Keeps nothing.
    struct span {
        /// Does nothing.
        /// @{
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        void finish(const result<receipt>&, const moment&) noexcept {}
        /// @}
    };

    /// Settles `context.traceparent` and adds the headers. Without memory the message goes without them.
    [[nodiscard]] span start(const record&, header_sink& add, publish_context& context) noexcept {
        if (!correlation_header.empty()) {
            correlate(context.parent.correlation_id, add);
        }
        if (context.traced()) {
            return {};
        }
        const std::span<char, traceparent_size> id(context.traceparent.data(), traceparent_size);
        const auto parent = context.parent.traceparent.empty() ? std::nullopt : parse_traceparent(context.parent.traceparent);
        if (parent) {
            write_traceparent(*parent, id);
        } else {
            new_traceparent(context.at.random, id);
        }
        context.traceparent[traceparent_size] = '\0';
        try {
            // Copied: the context may be that of another tracer around this one, and gone before the record is sent.
            add("traceparent", std::string_view{id.data(), id.size()});
            if (parent && !context.parent.tracestate.empty()) {
                forward_state(context.parent.tracestate, add);
            }
            if (!context.parent.baggage.empty()) {
                forward_baggage(context.parent.baggage, add);
            }
        } catch (const std::exception&) {
            // Out of memory: a message without its trace is better than none.
            return {};
        }
        return {};
    }

private:
    void correlate(std::string_view id, header_sink& add) const noexcept {
        try {
            if (!id.empty()) {
                add(std::string_view(correlation_header), id);
            }
        } catch (const std::exception&) {
            // Out of memory, as below.
            return;
        }
    }
    static void forward_baggage(std::string_view given, header_sink& add) {
        const std::string_view baggage = forwardable_baggage(given);
        if (!baggage.empty()) {
            add("baggage", baggage);
        }
    }
    static void forward_state(std::string_view given, header_sink& add) {
        std::array<char, tracestate_limit> room;
        const std::string_view state = forwardable_tracestate(given, room);
        if (!state.empty()) {
            add("tracestate", state);
        }
    }
};

}  // namespace stentor::inline v0
