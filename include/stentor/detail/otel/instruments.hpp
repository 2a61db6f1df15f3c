#pragma once

#include <cstdint>
#include <string_view>

#include <opentelemetry/context/context.h>
#include <opentelemetry/metrics/meter.h>
#include <opentelemetry/metrics/meter_provider.h>
#include <opentelemetry/metrics/sync_instruments.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/nostd/unique_ptr.h>

#include <stentor/detail/otel/attributes.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The metrics of a producer in OpenTelemetry's messaging conventions.
class otel_instruments {
public:
    otel_instruments() noexcept = default;
    explicit otel_instruments(otel::metrics::Meter& from) noexcept
        : duration_(from.CreateDoubleHistogram("messaging.client.operation.duration",
                                               "Duration of messaging operation initiated by a producer or consumer client.", "s")),
          sent_(from.CreateUInt64Counter("messaging.client.sent.messages",
                                         "Number of messages producer attempted to send to the broker.", "{message}")) {}

    // `error_type`: empty after success. `tried`: it was handed to the client at least once.
    template <class Attributes>
    void record(Attributes& of, double seconds, std::string_view error_type, bool tried) const noexcept {
        if (duration_ == nullptr || sent_ == nullptr) {
            return;
        }
        if (!error_type.empty()) {
            of.add_text("error.type", error_type);
        }
        if (tried) {
            sent_->Add(1, of);
        }
        of.add_text("messaging.operation.type", "send");
        duration_->Record(seconds, of, otel::context::Context{});
    }
    [[nodiscard]] bool wanted() const noexcept { return duration_ != nullptr; }

private:
    otel::nostd::unique_ptr<otel::metrics::Histogram<double>> duration_{};
    otel::nostd::unique_ptr<otel::metrics::Counter<std::uint64_t>> sent_{};
};

}  // namespace stentor::inline v0::detail
