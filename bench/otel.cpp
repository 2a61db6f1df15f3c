// What OpenTelemetry costs a publish on the memory transport: its own part is all but a few of these nanoseconds.

#include <chrono>
#include <memory>
#include <utility>

#include <opentelemetry/nostd/shared_ptr.h>
#include <opentelemetry/sdk/resource/resource.h>
#include <opentelemetry/sdk/trace/processor.h>
#include <opentelemetry/sdk/trace/sampler.h>
#include <opentelemetry/sdk/trace/samplers/always_off.h>
#include <opentelemetry/sdk/trace/samplers/always_on.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider.h>
#include <opentelemetry/trace/span_context.h>

#include <stentor/stentor.hpp>
#include <stentor/tracer/otel.hpp>

#include "contest.hpp"
#include "memory_stack.hpp"
#include "task.hpp"

namespace bench {
namespace {

namespace api = ::opentelemetry;
namespace sdk = ::opentelemetry::sdk;

// Spans are made as for an exporter, and thrown away: an exporter's own work is another thread's.
class discarding : public sdk::trace::SpanProcessor {
public:
    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override { return std::make_unique<sdk::trace::SpanData>(); }
    void OnStart(sdk::trace::Recordable&, const api::trace::SpanContext&) noexcept override {}
    void OnEnd(std::unique_ptr<sdk::trace::Recordable>&& span) noexcept override { benchmark::DoNotOptimize(span.get()); }
    bool ForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool Shutdown(std::chrono::microseconds) noexcept override { return true; }
};

stentor::otel_tracer traced_by(std::unique_ptr<sdk::trace::Sampler> sampler) {
    stentor::otel_options o;
    o.provider = api::nostd::shared_ptr<api::trace::TracerProvider>(std::make_shared<sdk::trace::TracerProvider>(
        std::make_unique<discarding>(), sdk::resource::Resource::Create({}), std::move(sampler)));
    return stentor::otel_tracer(std::move(o));
}

}  // namespace

void enter_otel() {
    const task whole;
    enter_stack("memory/otel_api", whole, stentor::otel_tracer{});
    enter_stack("memory/otel_unsampled", whole, traced_by(std::make_unique<sdk::trace::AlwaysOffSampler>()));
    enter_stack("memory/otel_sampled", whole, traced_by(std::make_unique<sdk::trace::AlwaysOnSampler>()));
}

void show_otel() {
    row("  with otel_tracer and no SDK / no_tracer", "memory/otel_api", "memory/no_tracer", "ns");
    row("  with otel_tracer, not sampled / no_tracer", "memory/otel_unsampled", "memory/no_tracer", "ns");
    row("  with otel_tracer, sampled / no_tracer", "memory/otel_sampled", "memory/no_tracer", "ns");
}

}  // namespace bench
