#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <opentelemetry/nostd/function_ref.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/nostd/span.h>
#include <opentelemetry/trace/span_context.h>
#include <opentelemetry/trace/span_context_kv_iterable.h>
#include <opentelemetry/trace/trace_state.h>

#include <stentor/context.hpp>
#include <stentor/detail/hex.hpp>
#include <stentor/detail/otel/attributes.hpp>
#include <stentor/message.hpp>
#include <stentor/tracer/baggage.hpp>
#include <stentor/tracer/trace_context.hpp>
#include <stentor/version.hpp>

// Between W3C's text and OpenTelemetry's contexts. opentelemetry-cpp's own propagator takes upper case, blanks and unknown flags,
// so reading and writing is ours.

namespace stentor::inline v0::detail {

// `text` is as parse_traceparent gives it.
template <std::size_t Size>
[[nodiscard]] std::array<std::uint8_t, Size> otel_id(std::string_view text) noexcept {
    std::array<std::uint8_t, Size> id{};
    for (std::size_t i = 0; i < Size; ++i) {
        id[i] = static_cast<std::uint8_t>(hex_byte(text[2 * i], text[2 * i + 1]));
    }
    return id;
}

// The trace that a publish was given, or that an earlier tracer of a chain has settled; that one counts.
struct given_trace {
    otel::trace::SpanContext context = otel::trace::SpanContext::GetInvalid();
    std::string_view state{};  // what the caller gave beside it, unchecked

    explicit given_trace(const publish_context& from) noexcept {
        const std::string_view settled{from.traceparent.data(), traceparent_size};
        const std::string_view text = from.traced() ? settled : from.parent.traceparent;
        const auto parsed = text.empty() ? std::nullopt : parse_traceparent(text);
        if (!parsed) {
            return;
        }
        otel::nostd::shared_ptr<otel::trace::TraceState> list = otel::trace::TraceState::GetDefault();
        // A settled trace of another id is not the one that the caller's tracestate belongs to.
        if (!from.parent.tracestate.empty() && (!from.traced() || same_trace(from))) {
            state = from.parent.tracestate;
            std::array<char, tracestate_limit> room;
            if (const std::string_view valid_state = forwardable_tracestate(state, room); !valid_state.empty()) {
                list = otel::trace::TraceState::FromHeader(otel_view(valid_state));
            }
        }
        const auto trace = otel_id<otel::trace::TraceId::kSize>(parsed->trace_id);
        const auto parent = otel_id<otel::trace::SpanId::kSize>(parsed->parent_id);
        context = otel::trace::SpanContext(
            otel::trace::TraceId(otel::nostd::span<const std::uint8_t, otel::trace::TraceId::kSize>(trace.data(), trace.size())),
            otel::trace::SpanId(otel::nostd::span<const std::uint8_t, otel::trace::SpanId::kSize>(parent.data(), parent.size())),
            otel::trace::TraceFlags(parsed->flags), true, list);
    }
    given_trace(const given_trace&) = delete;
    given_trace& operator=(const given_trace&) = delete;

    [[nodiscard]] bool valid() const noexcept { return context.IsValid(); }

private:
    [[nodiscard]] static bool same_trace(const publish_context& from) noexcept {
        const auto parent = parse_traceparent(from.parent.traceparent);
        return parent && parent->trace_id == from.trace_id();
    }
};

// What is not recorded is not sampled, whatever its flags say: opentelemetry-cpp 1.19 leaves the parent's on a span that was
// dropped.
inline void write_otel_context(const otel::trace::SpanContext& from, bool recorded, bool random,
                               std::array<char, 56>& to) noexcept {
    std::array<char, 2 * otel::trace::TraceId::kSize> trace{};
    std::array<char, 2 * otel::trace::SpanId::kSize> parent{};
    from.trace_id().ToLowerBase16(otel::nostd::span<char, 2 * otel::trace::TraceId::kSize>(trace.data(), trace.size()));
    from.span_id().ToLowerBase16(otel::nostd::span<char, 2 * otel::trace::SpanId::kSize>(parent.data(), parent.size()));
    const unsigned known = traceparent::random_flag | (recorded ? unsigned{traceparent::sampled_flag} : 0U);
    const unsigned flags = (from.trace_flags().flags() & known) | (random ? unsigned{traceparent::random_flag} : 0U);
    write_traceparent({{trace.data(), trace.size()}, {parent.data(), parent.size()}, static_cast<std::uint8_t>(flags)},
                      std::span<char, traceparent_size>(to.data(), traceparent_size));
    to[traceparent_size] = '\0';
}

// The headers of a record that carries this context. May throw std::bad_alloc.
inline void add_otel_headers(const otel::trace::SpanContext& of, bool recorded, const given_trace& parent, bool is_child,
                             publish_context& context, header_sink& add) {
    // Who keeps the trace id hands this flag on (W3C Trace Context level 2); opentelemetry-cpp 1.19 does not.
    const bool random = is_child && (parent.context.trace_flags().flags() & traceparent::random_flag) != 0 &&
                        of.trace_id() == parent.context.trace_id();
    write_otel_context(of, recorded, random, context.traceparent);
    add("traceparent", std::string_view{context.traceparent.data(), traceparent_size});
    const auto& list = of.trace_state();
    std::array<char, tracestate_limit> room;
    std::string text;
    std::string_view state;
    if (is_child && list.get() == parent.context.trace_state().get()) {
        state = forwardable_tracestate(parent.state, room);  // no sampler has changed it: as it came
    } else if (list.get() != nullptr && !list->Empty()) {
        text = list->ToHeader();
        state = forwardable_tracestate(text, room);
    }
    if (!state.empty()) {
        add("tracestate", state);
    }
    if (const std::string_view baggage = forwardable_baggage(context.parent.baggage); !baggage.empty()) {
        add("baggage", baggage);
    }
}

// One link without attributes, or none.
class otel_link final : public otel::trace::SpanContextKeyValueIterable {
public:
    explicit otel_link(const otel::trace::SpanContext* to) noexcept : to_(to) {}
    bool ForEachKeyValue(otel::nostd::function_ref<bool(otel::trace::SpanContext, const otel::common::KeyValueIterable&)> callback)
        const noexcept override {
        return to_ == nullptr || callback(*to_, otel::common::NoopKeyValueIterable{});
    }
    [[nodiscard]] std::size_t size() const noexcept override { return to_ == nullptr ? 0 : 1; }

private:
    const otel::trace::SpanContext* to_;
};

}  // namespace stentor::inline v0::detail
