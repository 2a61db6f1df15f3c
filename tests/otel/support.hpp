#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter.h>
#include <opentelemetry/sdk/trace/samplers/always_on.h>
#include <opentelemetry/sdk/trace/simple_processor.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>

#include <stentor/tracer/otel.hpp>

#include "flow/support.hpp"

// What the tests of spans share: an SDK that keeps what it is given, and what a span says as text.

namespace otel {

namespace api = ::opentelemetry;
namespace sdk = ::opentelemetry::sdk;
using span_data = sdk::trace::SpanData;
using texts = std::map<std::string, std::string>;

/// A tracer provider whose spans can be looked at once they have ended.
class recorder {
public:
    explicit recorder(std::unique_ptr<sdk::trace::Sampler> sampler = std::make_unique<sdk::trace::AlwaysOnSampler>()) {
        auto exporter = std::make_unique<api::exporter::memory::InMemorySpanExporter>(std::size_t{4096});
        kept_ = exporter->GetData();
        provider_ =
            std::make_shared<sdk::trace::TracerProvider>(std::make_unique<sdk::trace::SimpleSpanProcessor>(std::move(exporter)),
                                                         sdk::resource::Resource::Create({}), std::move(sampler));
    }
    [[nodiscard]] api::nostd::shared_ptr<api::trace::TracerProvider> provider() const {
        return api::nostd::shared_ptr<api::trace::TracerProvider>(provider_);
    }
    [[nodiscard]] stentor::otel_options options() const {
        stentor::otel_options o;
        o.provider = provider();
        return o;
    }
    /// They go there, too.
    void also(std::unique_ptr<sdk::trace::SpanExporter> exporter) const {
        provider_->AddProcessor(std::make_unique<sdk::trace::SimpleSpanProcessor>(std::move(exporter)));
    }
    [[nodiscard]] stentor::otel_tracer tracer() const { return stentor::otel_tracer(options()); }
    /// A span of the test's own.
    [[nodiscard]] api::nostd::shared_ptr<api::trace::Span> begin(std::string_view name) const {
        return provider()->GetTracer("test")->StartSpan({name.data(), name.size()});
    }
    /// Those that have ended since the last time.
    [[nodiscard]] std::vector<std::unique_ptr<span_data>> spans() const { return kept_->GetSpans(); }

private:
    std::shared_ptr<api::exporter::memory::InMemorySpanData> kept_;
    std::shared_ptr<sdk::trace::TracerProvider> provider_;
};

/// The one span that has ended.
inline std::unique_ptr<span_data> only(const recorder& of) {
    auto spans = of.spans();
    REQUIRE(spans.size() == 1);
    return std::move(spans[0]);
}

inline std::string text_of(const sdk::common::OwnedAttributeValue& value) {
    return api::nostd::visit(
        [](const auto& v) -> std::string {
            using type = std::decay_t<decltype(v)>;
            if constexpr (std::is_same_v<type, std::string>) {
                return v;
            } else if constexpr (std::is_same_v<type, bool>) {
                return v ? "true" : "false";
            } else if constexpr (std::is_arithmetic_v<type>) {
                std::ostringstream out;
                out << v;
                return out.str();
            } else {
                return "a list";
            }
        },
        value);
}

template <class Owner>
texts attributes_of(const Owner& owner) {
    texts all;
    for (const auto& [name, value] : owner.GetAttributes()) {
        all.emplace(name, text_of(value));
    }
    return all;
}

inline std::string text_of(api::nostd::string_view text) { return {text.data(), text.size()}; }

inline std::string hex(const std::uint8_t* bytes, std::size_t size) {
    std::string text;
    for (std::size_t i = 0; i < size; ++i) {
        text += "0123456789abcdef"[bytes[i] >> 4U];
        text += "0123456789abcdef"[bytes[i] & 15U];
    }
    return text;
}
inline std::string trace_id(const api::trace::SpanContext& of) { return hex(of.trace_id().Id().data(), 16); }
inline std::string span_id(const api::trace::SpanContext& of) { return hex(of.span_id().Id().data(), 8); }
inline std::string parent_id(const span_data& of) { return hex(of.GetParentSpanId().Id().data(), 8); }
inline const std::string no_parent(16, '0');

/// As the record of a sampled span must carry it: with the flag of a random trace id where the SDK sets that. 1.19 does not.
inline std::string traceparent_of(const api::trace::SpanContext& of) {
    return "00-" + trace_id(of) + "-" + span_id(of) + "-0" + static_cast<char>('0' + (of.trace_flags().flags() & 3U));
}
/// The flags of a traceparent, without that of a random trace id.
inline char sampled_flag_of(const std::string& traceparent) { return static_cast<char>('0' + (traceparent.back() - '0') % 2); }

/// Nanoseconds since the broker's virtual time began.
inline std::int64_t since_start(const api::common::SystemTimestamp& t) {
    return (t.time_since_epoch() - std::chrono::seconds(1'767'225'600)).count();
}

/// "name@milliseconds", in order.
inline std::vector<std::string> events_of(const span_data& of) {
    std::vector<std::string> all;
    for (const auto& e : of.GetEvents()) {
        all.push_back(e.GetName() + "@" + std::to_string(since_start(e.GetTimestamp()) / 1'000'000));
    }
    return all;
}

/// Names and values of a record's headers.
inline texts headers_of(const stentor::memory_record& r) {
    texts all;
    for (const stentor::header& h : r.headers) {
        REQUIRE(all.emplace(h.name, h.value).second);
    }
    return all;
}

}  // namespace otel
