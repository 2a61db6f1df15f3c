#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <opentelemetry/exporters/ostream/span_exporter.h>
#include <opentelemetry/trace/scope.h>

#include <stentor/publisher.hpp>
#include <stentor/testing/topic_reader.hpp>
#include <stentor/transport/kafka.hpp>

#include "otel/support.hpp"

// One trace from a request through a producer and a broker to a consumer, which is a plain one of librdkafka's.

namespace otel {

/// What a consumer has: it reads the headers of the record, and its span links to the one that sent it.
inline void process(const api::nostd::shared_ptr<api::trace::Tracer>& by, const std::string& topic, const stentor::read_record& r) {
    const std::optional<std::string> header = r.header("traceparent");
    REQUIRE(header);
    const auto sent = stentor::parse_traceparent(*header);
    REQUIRE(sent);
    std::array<std::uint8_t, 16> trace{};
    std::array<std::uint8_t, 8> span{};
    const auto read = [](std::string_view from, auto& to) {
        for (std::size_t i = 0; i < to.size(); ++i) {
            to[i] = static_cast<std::uint8_t>(std::stoi(std::string(from.substr(2 * i, 2)), nullptr, 16));
        }
    };
    read(sent->trace_id, trace);
    read(sent->parent_id, span);
    const api::trace::SpanContext creation(api::trace::TraceId(api::nostd::span<const std::uint8_t, 16>(trace.data(), 16)),
                                           api::trace::SpanId(api::nostd::span<const std::uint8_t, 8>(span.data(), 8)),
                                           api::trace::TraceFlags(sent->flags), true);
    api::trace::StartSpanOptions options;
    options.kind = api::trace::SpanKind::kConsumer;
    by->StartSpan("process " + topic, {{"messaging.operation.type", "process"}}, {{creation, {}}}, options)->End();
}

inline void check_one_trace(const std::string& brokers, const std::string& topic) {
    const recorder seen;
    std::ostringstream printed;
    seen.also(std::make_unique<api::exporter::trace::OStreamSpanExporter>(printed));
    stentor::result<stentor::receipt> landed = stentor::error();
    {
        const auto request = seen.begin("POST /notes");
        const api::trace::Scope active(request);
        stentor::basic_publisher p{stentor::kafka_transport{stentor::kafka_config{.brokers = brokers}}, flow::text_serializer{},
                                   seen.tracer()};
        landed = p.publish(flow::note{"k", "v"}, {.topic = topic});
        request->End();
    }
    REQUIRE(landed);
    stentor::topic_reader reader(brokers, topic);
    const auto records = reader.read(1);
    REQUIRE(records.size() == 1);
    process(seen.provider()->GetTracer("consumer"), topic, records[0]);

    const auto spans = seen.spans();
    REQUIRE(spans.size() == 3);
    const span_data& send = *spans[0];
    const span_data& request = *spans[1];
    const span_data& processed = *spans[2];
    CHECK(text_of(send.GetName()) == "send " + topic);
    CHECK(trace_id(send.GetSpanContext()) == trace_id(request.GetSpanContext()));
    CHECK(parent_id(send) == span_id(request.GetSpanContext()));
    CHECK(attributes_of(send).at("messaging.kafka.offset") == std::to_string(records[0].offset));
    CHECK(attributes_of(send).at("messaging.destination.partition.id") == std::to_string(records[0].partition));
    CHECK(records[0].header("traceparent") == traceparent_of(send.GetSpanContext()));
    CHECK(records[0].headers.size() == 1);
    // Neither began before the request, but for the milliseconds that wall time is given in.
    CHECK(send.GetStartTime().time_since_epoch() > request.GetStartTime().time_since_epoch() - std::chrono::milliseconds(1));
    CHECK(send.GetDuration() > std::chrono::nanoseconds::zero());
    CHECK(send.GetDuration() <= request.GetDuration());
    CHECK(processed.GetSpanKind() == api::trace::SpanKind::kConsumer);
    REQUIRE(processed.GetLinks().size() == 1);
    CHECK(processed.GetLinks()[0].GetSpanContext() == send.GetSpanContext());
    for (const std::string& text : {"send " + topic, "process " + topic, span_id(send.GetSpanContext())}) {
        CHECK(printed.str().find(text) != std::string::npos);
    }
}

}  // namespace otel
