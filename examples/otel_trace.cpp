// Each publish as a span of OpenTelemetry; here they are printed.

#include <iostream>

#include <opentelemetry/exporters/ostream/span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/provider.h>

#include <stentor/stentor.hpp>
#include <stentor/tracer/otel.hpp>

namespace app {

struct payment {
    std::string id;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(payment, (), (id, cents))

}  // namespace app

template <>
struct stentor::message_traits<app::payment> {
    static constexpr std::string_view topic = "payments";
    static std::string_view key(const app::payment& p) { return p.id; }
};

int main() {
    // Once in a program. A service takes a batching processor and an OTLP exporter.
    std::shared_ptr<opentelemetry::trace::TracerProvider> provider =
        opentelemetry::sdk::trace::TracerProviderFactory::Create(opentelemetry::sdk::trace::SimpleSpanProcessorFactory::Create(
            opentelemetry::exporter::trace::OStreamSpanExporterFactory::Create(std::cout)));
    opentelemetry::trace::Provider::SetTracerProvider(provider);

    stentor::memory_broker broker{{.latency = std::chrono::milliseconds(2)}};
    stentor::basic_publisher publisher{stentor::memory_transport{broker},
                                       stentor::otel_tracer{{.client_id = "gateway-1", .server_address = "kafka.example"}}};

    // From the request that is being served. Without it the active span is the parent.
    const stentor::trace_context incoming{.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                          .tracestate = "vendor=1"};
    broker.script({.topic = "payments", .times = 1, .fault = stentor::memory_fault::answer(19)});
    if (!publisher.publish(app::payment{"p-1", 250}, {.trace = incoming})) {
        return 1;
    }
    std::cout << "\nthe record carries:\n";
    for (const stentor::header& h : broker.records("payments")[0].headers) {
        std::cout << "  " << h.name << ": " << h.value << '\n';
    }
}
