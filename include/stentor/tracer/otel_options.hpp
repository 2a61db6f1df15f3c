#pragma once

#include <array>
#include <cstdint>
#include <string>

#include <opentelemetry/metrics/meter_provider.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/trace/tracer.h>
#include <opentelemetry/trace/tracer_provider.h>

#include <stentor/version.hpp>

/// @file
/// What an `otel_tracer` can be told.

namespace stentor::inline v0 {

/// What the trace that a publish was given (`publish_options::trace`) is to the span of that publish.
enum class otel_relation : std::uint8_t {
    /// Its parent. The message carries the span's own context.
    parent,
    /// Something else that led to it, a message of a batch for example: the span links to it, and is a child of the active span or
    /// begins a trace. The message carries the span's own context.
    link,
    /// The context in which the message was created, and which it is to keep: it is carried as it is, whatever its flags say. The
    /// span links to it, and is a child of the active span or begins a trace.
    creation,
};

/// Options of an `otel_tracer`.
struct otel_options {
    /// Makes the tracer. Null: the global provider, as it is when the `otel_tracer` is made.
    opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider> provider{};
    /// Makes the spans. Null: one of the provider's.
    opentelemetry::nostd::shared_ptr<opentelemetry::trace::Tracer> tracer{};
    /// Makes the metrics, and turns them on. Null: the global provider, if `metrics` is true.
    opentelemetry::nostd::shared_ptr<opentelemetry::metrics::MeterProvider> meter_provider{};
    bool metrics = false;                            ///< record the metrics of the conventions, too
    std::string scope = "stentor";                   ///< the name of the instrumentation scope; its version is the library's
    std::string client_id{};                         ///< `messaging.client.id`; empty: left out
    std::string server_address{};                    ///< `server.address`, a host without its port; empty: left out
    std::uint16_t server_port = 0;                   ///< `server.port`; 0: left out
    bool record_key = false;                         ///< `messaging.kafka.message.key`: keys are personal data more often than not
    otel_relation relation = otel_relation::parent;  ///< of a span to the trace that its publish was given
};

/// The bucket boundaries that the conventions advise for `messaging.client.operation.duration`, in seconds. opentelemetry-cpp's API
/// can't pass advice on, so a view of the SDK's must be given them; its own are meant for milliseconds.
inline constexpr std::array<double, 14> otel_duration_buckets{0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25,
                                                              0.5,   0.75, 1.0,   2.5,  5.0,   7.5, 10.0};

}  // namespace stentor::inline v0
