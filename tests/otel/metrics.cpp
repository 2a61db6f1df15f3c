// The metrics of the conventions, as a reader of the SDK's gets them.

#include <map>
#include <string>
#include <type_traits>
#include <vector>

#include <opentelemetry/sdk/metrics/aggregation/aggregation_config.h>
#include <opentelemetry/sdk/metrics/meter_provider.h>
#include <opentelemetry/sdk/metrics/metric_reader.h>
#include <opentelemetry/sdk/metrics/view/instrument_selector.h>
#include <opentelemetry/sdk/metrics/view/meter_selector.h>
#include <opentelemetry/sdk/metrics/view/view.h>

#include "support.hpp"

using namespace otel;
using namespace flow;
using stentor::memory_fault;
namespace metrics = sdk::metrics;

namespace {

class reader final : public metrics::MetricReader {
public:
    [[nodiscard]] metrics::AggregationTemporality GetAggregationTemporality(metrics::InstrumentType) const noexcept override {
        return metrics::AggregationTemporality::kCumulative;
    }

private:
    bool OnForceFlush(std::chrono::microseconds) noexcept override { return true; }
    bool OnShutDown(std::chrono::microseconds) noexcept override { return true; }
};

// Newer SDKs take no unit. A template, so that only the one that exists is compiled.
template <class View>
std::unique_ptr<View> view_of(const std::shared_ptr<metrics::HistogramAggregationConfig>& buckets) {
    if constexpr (std::is_constructible_v<View, const char*, const char*, const char*, metrics::AggregationType,
                                          decltype(buckets)>) {
        return std::make_unique<View>("", "", "", metrics::AggregationType::kHistogram, buckets);
    } else {
        return std::make_unique<View>("", "", metrics::AggregationType::kHistogram, buckets);
    }
}

// Each instrument's points, by "error.type" or "ok".
struct meters {
    std::shared_ptr<metrics::MeterProvider> provider = std::make_shared<metrics::MeterProvider>();
    std::shared_ptr<reader> read = std::make_shared<reader>();

    meters() {
        auto buckets = std::make_shared<metrics::HistogramAggregationConfig>();
        buckets->boundaries_.assign(stentor::otel_duration_buckets.begin(), stentor::otel_duration_buckets.end());
        provider->AddView(std::make_unique<metrics::InstrumentSelector>(metrics::InstrumentType::kHistogram,
                                                                        "messaging.client.operation.duration", "s"),
                          std::make_unique<metrics::MeterSelector>("stentor", "", ""), view_of<metrics::View>(buckets));
        provider->AddMetricReader(read);
    }

    struct instrument {
        std::string unit;
        std::map<std::string, metrics::PointType> points;
        std::map<std::string, texts> attributes;
    };
    [[nodiscard]] std::map<std::string, instrument> all() const {
        std::map<std::string, instrument> found;
        read->Collect([&](metrics::ResourceMetrics& data) {
            for (const auto& scope : data.scope_metric_data_) {
                for (const auto& m : scope.metric_data_) {
                    instrument& i = found[scope.scope_->GetName() + "/" + m.instrument_descriptor.name_];
                    i.unit = m.instrument_descriptor.unit_;
                    for (const auto& point : m.point_data_attr_) {
                        texts labels;
                        for (const auto& [name, value] : point.attributes.GetAttributes()) {
                            labels.emplace(name, text_of(value));
                        }
                        const std::string kind = labels.contains("error.type") ? labels.at("error.type") : "ok";
                        i.points.emplace(kind, point.point_data);
                        i.attributes.emplace(kind, labels);
                    }
                }
            }
            return true;
        });
        return found;
    }
    [[nodiscard]] stentor::otel_options options() const {
        stentor::otel_options o;
        o.meter_provider = api::nostd::shared_ptr<api::metrics::MeterProvider>(provider);
        return o;
    }
};

}  // namespace

TEST_CASE("durations in seconds and messages that were sent, by destination and error", "[otel]") {
    stentor::memory_broker broker{{.latency = 30ms}};
    const meters seen;
    stentor::otel_options options = seen.options();
    options.server_address = "kafka.example";
    options.server_port = 9092;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, three_tries, stentor::no_breaker{},
                               stentor::otel_tracer(options)};
    REQUIRE(p.publish(note{"k", "v"}));
    REQUIRE(p.publish(note{"k", "v"}));
    broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    REQUIRE_FALSE(p.publish(note{"k", "v"}));
    broker.down();
    REQUIRE_FALSE(p.publish(note{"k", "v"}, {.deadline = 2s}));

    auto all = seen.all();
    REQUIRE(all.size() == 2);
    const auto& duration = all.at("stentor/messaging.client.operation.duration");
    CHECK(duration.unit == "s");
    REQUIRE(duration.points.size() == 3);
    const auto ok = api::nostd::get<metrics::HistogramPointData>(duration.points.at("ok"));
    CHECK(ok.count_ == 2);
    CHECK(api::nostd::get<double>(ok.sum_) > 0.0599);
    CHECK(api::nostd::get<double>(ok.sum_) < 0.0601);
    CHECK(ok.boundaries_ == std::vector<double>{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10});
    CHECK(ok.counts_.at(3) == 2);
    const auto replicas = api::nostd::get<metrics::HistogramPointData>(duration.points.at("NOT_ENOUGH_REPLICAS"));
    CHECK(replicas.count_ == 1);
    CHECK(replicas.counts_.at(7) == 1);  // three times 30 ms, and 300 ms of back-off
    CHECK(api::nostd::get<metrics::HistogramPointData>(duration.points.at("deadline_exceeded")).counts_.at(10) == 1);
    const texts common{{"messaging.system", "kafka"},
                       {"messaging.operation.name", "send"},
                       {"messaging.destination.name", "notes"},
                       {"server.address", "kafka.example"},
                       {"server.port", "9092"}};
    texts timed = common;
    timed.emplace("messaging.operation.type", "send");
    CHECK(duration.attributes.at("ok") == timed);
    timed.emplace("error.type", "NOT_ENOUGH_REPLICAS");
    CHECK(duration.attributes.at("NOT_ENOUGH_REPLICAS") == timed);

    const auto& sent = all.at("stentor/messaging.client.sent.messages");
    CHECK(sent.unit == "{message}");
    REQUIRE(sent.points.size() == 2);  // the last one was never handed to anybody
    const auto count = [&](const char* kind) {
        return api::nostd::get<std::int64_t>(api::nostd::get<metrics::SumPointData>(sent.points.at(kind)).value_);
    };
    CHECK(count("ok") == 2);
    CHECK(count("NOT_ENOUGH_REPLICAS") == 1);
    CHECK(sent.attributes.at("ok") == common);
}

TEST_CASE("no metrics unless they are asked for", "[otel]") {
    const meters seen;
    const stentor::memory_broker broker;
    stentor::otel_options options = seen.options();
    options.meter_provider = {};
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::otel_tracer(options)};
    REQUIRE(p.publish(note{"k", "v"}));
    CHECK(seen.all().empty());
}
