// Which trace a span belongs to, and which context its record carries.

#include <string>

#include <opentelemetry/sdk/trace/samplers/always_off.h>
#include <opentelemetry/sdk/trace/samplers/parent.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/scope.h>

#include <stentor/testing/recording_tracer.hpp>

#include "support.hpp"

using namespace otel;
using namespace flow;
using stentor::otel_relation;

namespace {

const std::string given_trace_id = "0af7651916cd43dd8448eb211c80319c";
const std::string given_span_id = "b7ad6b7169203331";
const std::string given = "00-" + given_trace_id + "-" + given_span_id + "-01";

// One publish of a note with these tracers; the record's headers.
template <class Tracer>
texts publish(Tracer tracer, const stentor::trace_context& trace = {}) {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, std::move(tracer)};
    REQUIRE(p.publish(note{"k", "v"}, {.trace = trace}));
    return headers_of(broker.records("notes")[0]);
}

stentor::otel_tracer related(const recorder& seen, otel_relation relation) {
    stentor::otel_options options = seen.options();
    options.relation = relation;
    return stentor::otel_tracer(options);
}

// Samples all, and has a tracestate of its own.
class stating_sampler final : public sdk::trace::Sampler {
public:
    explicit stating_sampler(std::string state) : state_(std::move(state)) {}
    sdk::trace::SamplingResult ShouldSample(const api::trace::SpanContext&, api::trace::TraceId, api::nostd::string_view,
                                            api::trace::SpanKind, const api::common::KeyValueIterable&,
                                            const api::trace::SpanContextKeyValueIterable&) noexcept override {
        return {sdk::trace::Decision::RECORD_AND_SAMPLE, nullptr, api::trace::TraceState::FromHeader(state_)};
    }
    [[nodiscard]] api::nostd::string_view GetDescription() const noexcept override { return "stating"; }

private:
    std::string state_;
};

// Out of memory, as the SDK has it: no span at all.
class spanless_tracer final : public api::trace::Tracer {
public:
    api::nostd::shared_ptr<api::trace::Span> StartSpan(api::nostd::string_view, const api::common::KeyValueIterable&,
                                                       const api::trace::SpanContextKeyValueIterable&,
                                                       const api::trace::StartSpanOptions&) noexcept override {
        return {};
    }
#if OPENTELEMETRY_ABI_VERSION_NO == 1
    void ForceFlushWithMicroseconds(std::uint64_t) noexcept override {}
    void CloseWithMicroseconds(std::uint64_t) noexcept override {}
#endif
};

struct told {
    std::string text;
};

struct told_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const told&, stentor::buffer& out) const {
        out.append("v");
        return {};
    }
};

}  // namespace

template <>
struct stentor::message_traits<told> {
    static constexpr std::string_view topic = "notes";
    static void headers(const told&, auto&& add, const stentor::publish_context& context) {
        add("trace-id", context.trace_id());
        add("span-id", context.span_id());
    }
};

TEST_CASE("the record carries the span's own context, in one header, and the message's traits see it", "[otel]") {
    const recorder seen;
    const texts headers = publish(seen.tracer());
    const auto s = only(seen);
    CHECK(headers == texts{{"traceparent", traceparent_of(s->GetSpanContext())}});
    CHECK(headers.at("traceparent").size() == 55);
    CHECK(sampled_flag_of(headers.at("traceparent")) == '1');

    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, told_serializer{}, seen.tracer()};
    REQUIRE(p.publish(told{}));
    const auto t = only(seen);
    CHECK(headers_of(broker.records("notes")[0]) == texts{{"traceparent", traceparent_of(t->GetSpanContext())},
                                                          {"trace-id", trace_id(t->GetSpanContext())},
                                                          {"span-id", span_id(t->GetSpanContext())}});
}

TEST_CASE("a trace that came in is the parent, and its tracestate is forwarded as it came", "[otel]") {
    const recorder seen;
    for (const std::string state : {"", "vendor=1", "a=1, b=2 ,,c=3", "zz@tenant=x", "not valid"}) {
        INFO(state);
        const texts headers = publish(seen.tracer(), {.traceparent = given, .tracestate = state});
        const auto s = only(seen);
        CHECK(trace_id(s->GetSpanContext()) == given_trace_id);
        CHECK(parent_id(*s) == given_span_id);
        CHECK(span_id(s->GetSpanContext()) != given_span_id);
        CHECK(s->GetLinks().empty());
        texts expected{{"traceparent", traceparent_of(s->GetSpanContext())}};
        const texts plain = publish(stentor::w3c_tracer{}, {.traceparent = given, .tracestate = state});
        if (plain.contains("tracestate")) {
            expected.emplace("tracestate", plain.at("tracestate"));
        }
        CHECK(headers == expected);
    }
    // Of a higher version only what is known is kept, and version 00 is written.
    const texts headers = publish(seen.tracer(), {.traceparent = "cc" + given.substr(2, 51) + "ff-more"});
    CHECK(headers.at("traceparent") == traceparent_of(only(seen)->GetSpanContext()));
}

TEST_CASE("with no trace that came in, or a bad one, the active span is the parent; with neither a trace begins", "[otel]") {
    const recorder seen;
    const auto outer = seen.begin("request");
    const api::trace::SpanContext request = outer->GetContext();
    std::string upper = given;
    upper[3] = 'A';
    for (const std::string& text : {std::string(), upper, given + "-00", " " + given, std::string(55, '0')}) {
        INFO(text);
        {
            const api::trace::Scope active(outer);
            const texts headers = publish(seen.tracer(), {.traceparent = text, .tracestate = "vendor=1"});
            const auto s = only(seen);
            CHECK(trace_id(s->GetSpanContext()) == trace_id(request));
            CHECK(parent_id(*s) == span_id(request));
            CHECK(headers == texts{{"traceparent", traceparent_of(s->GetSpanContext())}});
        }
        const texts headers = publish(seen.tracer(), {.traceparent = text, .tracestate = "vendor=1"});
        const auto s = only(seen);
        CHECK(parent_id(*s) == no_parent);
        CHECK(trace_id(s->GetSpanContext()) != trace_id(request));
        CHECK(headers == texts{{"traceparent", traceparent_of(s->GetSpanContext())}});
    }
    const api::trace::Scope active(outer);
    publish(seen.tracer(), {.traceparent = given});
    CHECK(parent_id(*only(seen)) == given_span_id);
}

TEST_CASE("by option the span links to the trace that came in, and is in another one", "[otel]") {
    const recorder seen;
    const auto outer = seen.begin("batch");
    const api::trace::Scope active(outer);
    const texts headers = publish(related(seen, otel_relation::link), {.traceparent = given, .tracestate = "vendor=1"});
    const auto s = only(seen);
    CHECK(parent_id(*s) == span_id(outer->GetContext()));
    REQUIRE(s->GetLinks().size() == 1);
    CHECK(traceparent_of(s->GetLinks()[0].GetSpanContext()) == given);
    CHECK(s->GetLinks()[0].GetSpanContext().trace_state()->ToHeader() == "vendor=1");
    CHECK(s->GetLinks()[0].GetAttributes().empty());
    CHECK(headers == texts{{"traceparent", traceparent_of(s->GetSpanContext())}});

    publish(related(seen, otel_relation::link));
    CHECK(only(seen)->GetLinks().empty());
}

TEST_CASE("by option the trace that came in is the message's own: carried as it is, linked to", "[otel]") {
    const recorder seen;
    const std::string unsampled = given.substr(0, 53) + "00";
    const texts headers = publish(related(seen, otel_relation::creation), {.traceparent = unsampled, .tracestate = "vendor=1"});
    CHECK(headers == texts{{"traceparent", unsampled}, {"tracestate", "vendor=1"}});
    const auto s = only(seen);
    CHECK(parent_id(*s) == no_parent);
    CHECK(trace_id(s->GetSpanContext()) != given_trace_id);
    REQUIRE(s->GetLinks().size() == 1);
    CHECK(traceparent_of(s->GetLinks()[0].GetSpanContext()) == unsampled);

    const texts own = publish(related(seen, otel_relation::creation));
    CHECK(own == texts{{"traceparent", traceparent_of(only(seen)->GetSpanContext())}});
}

TEST_CASE("what is not sampled is not recorded; its context goes on all the same, unsampled", "[otel]") {
    const recorder never(std::make_unique<sdk::trace::AlwaysOffSampler>());
    const texts child = publish(never.tracer(), {.traceparent = given, .tracestate = "vendor=1"});
    CHECK(child.at("traceparent").substr(0, 36) == given.substr(0, 36));
    CHECK(child.at("traceparent").substr(36, 16) != given_span_id);
    CHECK(child.at("traceparent").ends_with("-00"));
    CHECK(child.at("tracestate") == "vendor=1");
    const texts root = publish(never.tracer());
    CHECK(root.size() == 1);
    CHECK(stentor::parse_traceparent(root.at("traceparent")));
    CHECK(sampled_flag_of(root.at("traceparent")) == '0');
    CHECK(never.spans().empty());

    // As the parent was.
    const recorder alike(std::make_unique<sdk::trace::ParentBasedSampler>(std::make_shared<sdk::trace::AlwaysOnSampler>()));
    CHECK(publish(alike.tracer(), {.traceparent = given.substr(0, 53) + "00"}).at("traceparent").ends_with("-00"));
    CHECK(alike.spans().empty());
    CHECK(publish(alike.tracer(), {.traceparent = given}).at("traceparent").ends_with("-01"));
    CHECK(alike.spans().size() == 1);
}

TEST_CASE("a tracestate that a sampler makes is sent, unless it is empty", "[otel]") {
    const recorder stating(std::make_unique<stating_sampler>("ot=th:0,vendor=2"));
    CHECK(publish(stating.tracer()).at("tracestate") == "ot=th:0,vendor=2");
    CHECK(publish(stating.tracer(), {.traceparent = given, .tracestate = "vendor=1"}).at("tracestate") == "ot=th:0,vendor=2");
    const recorder silencing(std::make_unique<stating_sampler>(""));
    CHECK_FALSE(publish(silencing.tracer(), {.traceparent = given, .tracestate = "vendor=1"}).contains("tracestate"));
}

TEST_CASE("without an SDK, or with one that makes no span, all is as with w3c_tracer", "[otel]") {
    stentor::otel_options nothing;
    nothing.provider = api::nostd::shared_ptr<api::trace::TracerProvider>(new api::trace::NoopTracerProvider);
    stentor::otel_options broken;
    broken.tracer = api::nostd::shared_ptr<api::trace::Tracer>(new spanless_tracer);
    for (const auto& options : {nothing, broken}) {
        for (const stentor::trace_context& trace : {stentor::trace_context{}, {given, "vendor=1"}, {"bad", "vendor=1"}}) {
            CHECK(publish(stentor::otel_tracer(options), trace) == publish(stentor::w3c_tracer{}, trace));
        }
    }
    // The global provider is such a one, unless there is another.
    CHECK(publish(stentor::otel_tracer{}) == publish(stentor::w3c_tracer{}));
    const recorder seen;
    api::trace::Provider::SetTracerProvider(seen.provider());
    const texts headers = publish(stentor::otel_tracer{});
    api::trace::Provider::SetTracerProvider(nothing.provider);
    CHECK(headers == texts{{"traceparent", traceparent_of(only(seen)->GetSpanContext())}});
}

TEST_CASE("in a chain the first one settles the trace, and the record carries one", "[otel]") {
    const recorder seen;
    const stentor::recording_tracer told_all;
    const texts first = publish(stentor::tracer_chain{seen.tracer(), stentor::w3c_tracer{}, told_all}, {given, "vendor=1"});
    const auto s = only(seen);
    CHECK(first == texts{{"traceparent", traceparent_of(s->GetSpanContext())}, {"tracestate", "vendor=1"}});
    CHECK(parent_id(*s) == given_span_id);
    CHECK(told_all.entries().size() == 2);

    const texts second = publish(stentor::tracer_chain{stentor::w3c_tracer{}, seen.tracer()}, {given, "vendor=1"});
    CHECK(second == texts{{"traceparent", given}, {"tracestate", "vendor=1"}});
    CHECK(parent_id(*only(seen)) == given_span_id);

    const texts fresh = publish(stentor::tracer_chain{stentor::w3c_tracer{}, seen.tracer()});
    const auto child = only(seen);
    CHECK(fresh.at("traceparent").substr(3, 32) == trace_id(child->GetSpanContext()));
    CHECK(fresh.at("traceparent").substr(36, 16) == parent_id(*child));
}

TEST_CASE("baggage goes through as with w3c_tracer, alone and in a chain, sampled or not", "[otel]") {
    const recorder seen;
    const recorder none(std::make_unique<sdk::trace::AlwaysOffSampler>());
    for (const std::string baggage : {"", "k=v", "a=1, b=2;p=x", "not baggage"}) {
        INFO(baggage);
        const stentor::trace_context trace{.traceparent = given, .baggage = baggage};
        const texts plain = publish(stentor::w3c_tracer{}, trace);
        for (const texts& headers :
             {publish(seen.tracer(), trace), publish(none.tracer(), trace), publish(stentor::otel_tracer{}, trace),
              publish(related(seen, otel_relation::creation), trace), publish(related(seen, otel_relation::link), trace),
              publish(stentor::tracer_chain{seen.tracer(), stentor::w3c_tracer{}}, trace)}) {
            CHECK(headers.contains("baggage") == plain.contains("baggage"));
            CHECK((!headers.contains("baggage") || headers.at("baggage") == plain.at("baggage")));
        }
    }
}

TEST_CASE("the flag of a random trace id is handed on with the trace id, and with no other", "[otel]") {
    const recorder seen;
    const std::string random = given.substr(0, 53) + "03";
    CHECK(publish(seen.tracer(), {.traceparent = random}).at("traceparent").ends_with("-03"));
    CHECK(publish(seen.tracer(), {.traceparent = given}).at("traceparent").ends_with("-01"));
    const recorder none(std::make_unique<sdk::trace::AlwaysOffSampler>());
    CHECK(publish(none.tracer(), {.traceparent = random}).at("traceparent").ends_with("-02"));
    // Of a trace id of its own the SDK knows whether it is random.
    const texts own = publish(seen.tracer());
    const std::string flags = own.at("traceparent").substr(53);
    CHECK(publish(related(seen, otel_relation::link), {.traceparent = given}).at("traceparent").ends_with(flags));
    CHECK(publish(related(seen, otel_relation::link), {.traceparent = random}).at("traceparent").ends_with(flags));
}

TEST_CASE("a span whose context the record does not carry is a client's, not the producer's", "[otel]") {
    const recorder seen;
    const auto kind = [&] { return only(seen)->GetSpanKind(); };
    (void)publish(related(seen, otel_relation::creation), {.traceparent = given});
    CHECK(kind() == api::trace::SpanKind::kClient);
    (void)publish(stentor::tracer_chain{stentor::w3c_tracer{}, seen.tracer()}, {.traceparent = given});
    CHECK(kind() == api::trace::SpanKind::kClient);
    (void)publish(related(seen, otel_relation::creation));
    CHECK(kind() == api::trace::SpanKind::kProducer);
    (void)publish(related(seen, otel_relation::link), {.traceparent = given});
    CHECK(kind() == api::trace::SpanKind::kProducer);
}
