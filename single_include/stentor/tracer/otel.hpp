// Made by single_include/generate.py from include/stentor/tracer/otel.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <opentelemetry/common/timestamp.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/span_metadata.h>
#include <opentelemetry/trace/span_startoptions.h>
#include <opentelemetry/trace/tracer.h>

#include <stentor/stentor.hpp>
#include <stentor/detail/otel/attributes.hpp>
#include <stentor/detail/otel/context.hpp>
#include <stentor/detail/otel/error_type.hpp>
#include <stentor/detail/otel/producer.hpp>
#include <stentor/tracer/otel_options.hpp>

/// @file
/// The tracer that makes OpenTelemetry spans. Needs opentelemetry-cpp's API, and nothing of its SDK.

namespace stentor::inline v0 {

/// Makes a span of each publish, as OpenTelemetry's semantic conventions 1.44 for messaging describe it: `send T`, of kind PRODUCER
/// (CLIENT where the record carries another context), over all tries, until the caller gets the result. Each retry, the way to the
/// dead letters and the failure are events on it. The record carries the span's context as `traceparent` and, unless it is empty,
/// `tracestate`, written by this library, and the `baggage` that the publish was given, as with `w3c_tracer`; a trace that the
/// publish was given (`publish_options::trace`) is the parent, else the active span of the publishing thread is (see
/// `otel_relation`). Without an SDK, and when OpenTelemetry makes no valid span, all is as with `w3c_tracer`; what is not sampled
/// has its context all the same, with the flag cleared. In a chain put it first: it leaves a trace alone that another has settled,
/// and its span is that one's child.
///
/// All times are those of the publisher's transport. Neither the value nor a header of a message is ever recorded, the key only
/// when asked for; texts that are no UTF-8 are mended. Any thread. OpenTelemetry allocates for each span; this class only for a
/// `tracestate`, for what fails and for what has to be mended. All of OpenTelemetry's interfaces are noexcept: what an exporter of
/// yours throws ends the program before it could be caught here. Give it a batching span processor: a simple one exports on the
/// thread that finishes the publish, which is the event thread.
class otel_tracer {
public:
    class span;

    /// With the global providers.
    otel_tracer() : otel_tracer(otel_options{}) {}
    /// Copies share what the providers made.
    explicit otel_tracer(otel_options options) : producer_(std::make_shared<const detail::otel_producer>(std::move(options))) {}

    /// Starts the span, settles `context.traceparent` and adds the headers. Without memory the message goes without them.
    [[nodiscard]] span start(const record& r, header_sink& add, publish_context& context) noexcept;

private:
    std::shared_ptr<const detail::otel_producer> producer_;
};

/// One publish. Holds a handle of OpenTelemetry's, and what metrics need; the tracer must outlive it.
class otel_tracer::span {
public:
    /// `messaging.message.id`, when the record has a header `message-id`.
    void composed(const record& r) noexcept {
        if (const std::string_view id = recording_ ? r.headers.find("message-id") : std::string_view{}; !id.empty()) {
            span_->SetAttribute("messaging.message.id", detail::otel_text(id).view());
        }
    }
    /// An event `retrying`: which try failed, why, and how long the next one waits.
    void retrying(const failure& f, const verdict& v, const moment& at) noexcept {
        if (recording_) {
            happened("retrying", f, at,
                     [&](auto& list) { list.add("stentor.backoff", std::chrono::duration<double>(v.delay).count()); });
        }
    }
    /// An event `redirected`: which try failed, why, and to which topic the record goes instead.
    void redirected(const failure& f, const verdict& v, const moment& at) noexcept {
        if (recording_) {
            happened("redirected", f, at, [&](auto& list) { list.add_text("messaging.destination.name", v.topic); });
        }
    }
    /// Ends the span, with where the record landed, or with status Error and why.
    void finish(const result<receipt>& end, const moment& at) noexcept;

private:
    friend class otel_tracer;
    using attributes = detail::otel_attributes<10>;

    span(const detail::otel_producer& of, opentelemetry::nostd::shared_ptr<opentelemetry::trace::Span>&& made, const record& r,
         const moment& at) noexcept
        : producer_(&of),
          span_(std::move(made)),
          topic_(r.topic),
          started_(at.now),
          wall_(at.wall),
          recording_(span_ != nullptr && span_->IsRecording()) {}

    // Wall time may jump; within a span it goes on from the start.
    [[nodiscard]] opentelemetry::common::SystemTimestamp time_of(const moment& at) const noexcept {
        return opentelemetry::common::SystemTimestamp(wall_.time_since_epoch() + (at.now - started_));
    }

    template <class More>
    void happened(const char* what, const failure& f, const moment& at, More&& more) noexcept {
        attributes list;
        const detail::otel_text cause(f.cause);
        list.add("stentor.attempt", std::int64_t{f.attempt});
        list.add_text("error.type", detail::error_type_of(f.code, f.cause));
        if (!f.cause.empty()) {
            list.add("stentor.cause", cause.view());
        }
        more(list);
        span_->AddEvent(what, time_of(at), list);
    }

    void landed(const receipt& where) noexcept;
    void failed(const error& e, std::string_view type, const moment& at) noexcept;
    void dead_lettered(const dead_letter_result& what, const moment& at) noexcept;

    const detail::otel_producer* producer_;
    opentelemetry::nostd::shared_ptr<opentelemetry::trace::Span> span_;
    std::string_view topic_;  // interned: it outlives the span
    instant started_;
    timestamp wall_;
    bool recording_;
};

}  // namespace stentor::inline v0

#include <stentor/detail/otel/span.ipp>
