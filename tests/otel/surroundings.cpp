// What surrounds a span: exporters that fail, and several threads.

#include <string>
#include <thread>
#include <vector>

#include "support.hpp"

using namespace otel;
using namespace flow;

namespace {

// An exporter whose backend is away.
class failing_exporter final : public sdk::trace::SpanExporter {
public:
    std::unique_ptr<sdk::trace::Recordable> MakeRecordable() noexcept override { return std::make_unique<span_data>(); }
    sdk::common::ExportResult Export(const api::nostd::span<std::unique_ptr<sdk::trace::Recordable>>&) noexcept override {
        return sdk::common::ExportResult::kFailure;
    }
    bool ForceFlush(std::chrono::microseconds) noexcept override { return false; }
    bool Shutdown(std::chrono::microseconds) noexcept override { return false; }
};

}  // namespace

TEST_CASE("an exporter that fails changes nothing", "[otel]") {
    stentor::otel_options options;
    options.provider = api::nostd::shared_ptr<api::trace::TracerProvider>(
        new sdk::trace::TracerProvider(std::make_unique<sdk::trace::SimpleSpanProcessor>(std::make_unique<failing_exporter>())));
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::otel_tracer(options)};
    const auto r = p.publish(note{"k", "v"});
    REQUIRE(r);
    CHECK(r->attempts == 1);
    CHECK(headers_of(broker.records("notes")[0]).at("traceparent").size() == 55);
    check_balanced(p.account());
}

TEST_CASE("threads share a tracer: each record has a span of its own, and that one says where it landed", "[otel]") {
    const stentor::memory_broker broker{{.shared = true}};
    const recorder seen;
    constexpr int threads = 4;
    constexpr int each = 100;
    std::vector<int> failed(threads, 0);
    {
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, seen.tracer()};
        std::vector<std::jthread> all;
        for (int t = 0; t < threads; ++t) {
            all.emplace_back([&, t] {
                for (int i = 0; i < each; ++i) {
                    failed[static_cast<std::size_t>(t)] += p.publish(note{"k", "v"}) ? 0 : 1;
                }
            });
        }
    }
    CHECK(failed == std::vector<int>(threads, 0));
    std::map<std::string, std::string> offset_of;
    for (const auto& s : seen.spans()) {
        CHECK(offset_of.emplace(traceparent_of(s->GetSpanContext()), attributes_of(*s).at("messaging.kafka.offset")).second);
    }
    CHECK(offset_of.size() == threads * each);
    for (const stentor::memory_record& r : broker.records("notes")) {
        REQUIRE(offset_of.contains(headers_of(r).at("traceparent")));
        CHECK(offset_of.at(headers_of(r).at("traceparent")) == std::to_string(r.offset));
    }
}
