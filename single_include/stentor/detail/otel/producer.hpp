// Made by single_include/generate.py from include/stentor/detail/otel/producer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <opentelemetry/common/timestamp.h>
#include <opentelemetry/metrics/provider.h>
#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/span.h>
#include <opentelemetry/trace/tracer.h>

#include <stentor/detail/otel/attributes.hpp>
#include <stentor/detail/otel/instruments.hpp>
#include <stentor/stentor.hpp>
#include <stentor/tracer/otel_options.hpp>

namespace stentor::inline v0::detail {

// What all spans of one otel_tracer share: made once, then only read.
struct otel_producer {
    otel_options options;
    otel::nostd::shared_ptr<otel::trace::Tracer> tracer;
    otel_instruments instruments{};
    static constexpr const char* schema = "https://opentelemetry.io/schemas/1.44.0";

    explicit otel_producer(otel_options given) : options(std::move(given)), tracer(options.tracer) {
        if (tracer == nullptr) {
            const auto provider = options.provider != nullptr ? options.provider : otel::trace::Provider::GetTracerProvider();
            tracer = provider->GetTracer(otel_view(options.scope), version, schema);
        }
        if (options.metrics || options.meter_provider != nullptr) {
            const auto provider =
                options.meter_provider != nullptr ? options.meter_provider : otel::metrics::Provider::GetMeterProvider();
            if (const auto meter = provider->GetMeter(otel_view(options.scope), version, schema); meter != nullptr) {
                instruments = otel_instruments(*meter);
            }
        }
    }

    // What spans and metrics have in common.
    template <class Attributes>
    void describe(std::string_view topic, Attributes& to) const noexcept {
        to.add_text("messaging.system", "kafka");
        to.add_text("messaging.operation.name", "send");
        to.add_text("messaging.destination.name", topic);
        if (!options.server_address.empty()) {
            to.add_text("server.address", options.server_address);
            if (options.server_port != 0) {
                to.add("server.port", std::int64_t{options.server_port});
            }
        }
    }
};

// "send T" in the stack. No topic of Kafka's is longer than 249 characters.
class otel_span_name {
public:
    explicit otel_span_name(std::string_view topic) noexcept {
        constexpr std::string_view verb = "send ";
        topic = topic.substr(0, text_.size() - verb.size());
        std::memcpy(text_.data(), verb.data(), verb.size());
        std::memcpy(text_.data() + verb.size(), topic.data(), topic.size());
        size_ = verb.size() + topic.size();
    }
    [[nodiscard]] std::string_view view() const noexcept { return {text_.data(), size_}; }

private:
    std::array<char, 5 + 249> text_;
    std::size_t size_;
};

// OpenTelemetry reads a clock where it is given zero, which is where the time of a transport may begin.
[[nodiscard]] inline otel::common::SteadyTimestamp otel_steady(instant at) noexcept {
    return otel::common::SteadyTimestamp(at.time_since_epoch() + nanoseconds(1));
}

}  // namespace stentor::inline v0::detail
