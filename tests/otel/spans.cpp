// What a span of a publish says: the messaging conventions of OpenTelemetry, by its own SDK.

#include <stdexcept>
#include <string>

#include "support.hpp"

using namespace otel;
using namespace flow;
using api::trace::StatusCode;
using stentor::memory_fault;

namespace {

constexpr std::int64_t ms = 1'000'000;

// A header that throws what its text says.
struct thrower {
    std::string says;
};

struct thrower_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const thrower&, stentor::buffer& out) const {
        out.append("v");
        return {};
    }
};

const texts all_of_notes{{"messaging.system", "kafka"},
                         {"messaging.operation.name", "send"},
                         {"messaging.operation.type", "send"},
                         {"messaging.destination.name", "notes"}};

texts with(texts all, const texts& more) {
    all.insert(more.begin(), more.end());
    return all;
}

}  // namespace

template <>
struct stentor::message_traits<thrower> {
    static constexpr std::string_view topic = "notes";
    static void headers(const thrower& t, auto&& /*add*/) { throw std::runtime_error(t.says); }
};

TEST_CASE("a persisted message is a PRODUCER span with the attributes of the conventions", "[otel]") {
    stentor::memory_broker broker{{.latency = 5ms}};
    broker.create_topic("notes", 1);
    const recorder seen;
    stentor::otel_options options = seen.options();
    options.client_id = "orders-1";
    options.server_address = "kafka.example";
    options.server_port = 9092;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::otel_tracer(options)};
    broker.advance(20ms);
    REQUIRE(p.publish(note{"k", "first"}));
    REQUIRE(p.publish(note{"k", "second"}));
    const auto spans = seen.spans();
    REQUIRE(spans.size() == 2);
    const span_data& s = *spans[1];
    CHECK(text_of(s.GetName()) == "send notes");
    CHECK(s.GetSpanKind() == api::trace::SpanKind::kProducer);
    CHECK(s.GetStatus() == StatusCode::kUnset);
    CHECK(attributes_of(s) == with(all_of_notes, {{"messaging.client.id", "orders-1"},
                                                  {"server.address", "kafka.example"},
                                                  {"server.port", "9092"},
                                                  {"messaging.destination.partition.id", "0"},
                                                  {"messaging.kafka.offset", "1"}}));
    CHECK(since_start(s.GetStartTime()) == 25 * ms);
    CHECK(s.GetDuration() == 5ms);
    CHECK(s.GetEvents().empty());
    CHECK(s.GetLinks().empty());
    CHECK(parent_id(s) == no_parent);
    CHECK(s.GetInstrumentationScope().GetName() == "stentor");
    CHECK(s.GetInstrumentationScope().GetVersion() == stentor::version);
    CHECK(s.GetInstrumentationScope().GetSchemaURL() == "https://opentelemetry.io/schemas/1.44.0");
}

TEST_CASE("what was not said is no attribute; the partition is a text and the offset a number", "[otel]") {
    const stentor::memory_broker broker;
    const recorder seen;
    stentor::otel_options options = seen.options();
    options.server_port = 9092;  // means nothing without a host
    options.scope = "my.gateway";
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::otel_tracer(options)};
    REQUIRE(p.publish(note{"", "v"}));
    const auto s = only(seen);
    CHECK(attributes_of(*s) == with(all_of_notes, {{"messaging.destination.partition.id", "0"}, {"messaging.kafka.offset", "0"}}));
    CHECK(api::nostd::holds_alternative<std::string>(s->GetAttributes().at("messaging.destination.partition.id")));
    CHECK(api::nostd::holds_alternative<std::int64_t>(s->GetAttributes().at("messaging.kafka.offset")));
    CHECK(s->GetInstrumentationScope().GetName() == "my.gateway");
    CHECK(s->GetDuration() == 0ns);
}

TEST_CASE("each retry is an event, with the moment and the reason", "[otel]") {
    stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, three_tries, stentor::no_breaker{},
                               seen.tracer()};
    broker.script({.topic = "notes", .times = 2, .fault = memory_fault::answer(19)});
    broker.advance(1s);
    REQUIRE(p.publish(note{"k", "v"}));
    const auto s = only(seen);
    CHECK(events_of(*s) == std::vector<std::string>{"retrying@1000", "retrying@1100"});
    CHECK(attributes_of(s->GetEvents()[0]) == texts{{"stentor.attempt", "1"},
                                                    {"error.type", "NOT_ENOUGH_REPLICAS"},
                                                    {"stentor.cause", "NOT_ENOUGH_REPLICAS"},
                                                    {"stentor.backoff", "0.1"}});
    CHECK(attributes_of(s->GetEvents()[1]).at("stentor.attempt") == "2");
    CHECK(attributes_of(s->GetEvents()[1]).at("stentor.backoff") == "0.2");
    CHECK(s->GetDuration() == 300ms);
    CHECK(s->GetStatus() == StatusCode::kUnset);
    CHECK(attributes_of(*s).at("stentor.attempts") == "3");
    CHECK_FALSE(attributes_of(*s).contains("error.type"));
}

TEST_CASE("a failure is status Error, with the broker's own name for it, and an exception", "[otel]") {
    stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, three_tries, stentor::no_breaker{},
                               seen.tracer()};
    broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    const auto r = p.publish(note{"k", "v"});
    REQUIRE_FALSE(r);
    const auto s = only(seen);
    CHECK(s->GetStatus() == StatusCode::kError);
    CHECK(text_of(s->GetDescription()) == "NOT_ENOUGH_REPLICAS");
    CHECK(attributes_of(*s) ==
          with(all_of_notes,
               {{"error.type", "NOT_ENOUGH_REPLICAS"}, {"stentor.outcome", "not_persisted"}, {"stentor.attempts", "3"}}));
    CHECK(events_of(*s) == std::vector<std::string>{"retrying@0", "retrying@100", "exception@300"});
    CHECK(attributes_of(s->GetEvents()[2]) ==
          texts{{"exception.type", "stentor::publish_failure"}, {"exception.message", r.error().message()}});
}

TEST_CASE("a cause that is a sentence has the condition for its type", "[otel]") {
    stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, seen.tracer()};
    broker.down();
    REQUIRE_FALSE(p.publish(note{"k", "v"}, {.deadline = 1500ms}));
    const auto s = only(seen);
    CHECK(attributes_of(*s).at("error.type") == "deadline_exceeded");
    CHECK(text_of(s->GetDescription()) == "no broker is up (waited 1500 ms)");
    CHECK(attributes_of(*s).at("stentor.attempts") == "0");
    CHECK(s->GetDuration() == 1500ms);
}

TEST_CASE("an unknown outcome is called so", "[otel]") {
    stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, seen.tracer()};
    broker.fail_next(1, memory_fault::lost_acknowledgement());
    REQUIRE(p.publish(note{"k", "v"}).error().outcome == stentor::outcome::unknown);
    const auto s = only(seen);
    CHECK(s->GetStatus() == StatusCode::kError);
    CHECK(attributes_of(*s).at("stentor.outcome") == "unknown");
    CHECK(attributes_of(*s).at("error.type") == "_MSG_TIMED_OUT");
    CHECK_FALSE(attributes_of(*s).contains("messaging.kafka.offset"));
}

TEST_CASE("the way to the dead letters is an event, and so is what became of it", "[otel]") {
    stentor::memory_broker broker{{.latency = 5ms}};
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               stentor::dead_letter<>{.inner = three_tries, .topic = "lost", .deadline = 10s},
                               stentor::no_breaker{}, seen.tracer()};
    broker.script({.topic = "notes", .fault = memory_fault::answer(87)});
    REQUIRE_FALSE(p.publish(note{"k", "v"}));
    auto s = only(seen);
    CHECK(events_of(*s) == std::vector<std::string>{"redirected@5", "dead_letter@10", "exception@10"});
    CHECK(attributes_of(s->GetEvents()[0]) == texts{{"stentor.attempt", "1"},
                                                    {"error.type", "INVALID_RECORD"},
                                                    {"stentor.cause", "INVALID_RECORD"},
                                                    {"messaging.destination.name", "lost"}});
    CHECK(attributes_of(s->GetEvents()[1]) == texts{{"stentor.dead_letter", "written"},
                                                    {"messaging.destination.name", "lost"},
                                                    {"messaging.destination.partition.id", "0"},
                                                    {"messaging.kafka.offset", "0"}});
    CHECK(attributes_of(*s).at("messaging.destination.name") == "notes");
    CHECK(attributes_of(*s).at("error.type") == "INVALID_RECORD");
    // It belongs to the same span.
    CHECK(headers_of(broker.records("lost")[0]).at("traceparent") == traceparent_of(s->GetSpanContext()));

    broker.script({.topic = "notes", .fault = memory_fault::answer(87)});
    broker.script({.topic = "lost", .fault = memory_fault::answer(87)});
    REQUIRE_FALSE(p.publish(note{"k", "v"}));
    s = only(seen);
    CHECK(attributes_of(s->GetEvents()[1]) == texts{{"stentor.dead_letter", "failed"}});
}

TEST_CASE("what is refused after its start has ended its span; a cause that is no UTF-8 is mended", "[otel]") {
    const stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, thrower_serializer{}, seen.tracer()};
    REQUIRE_FALSE(p.publish(thrower{"no \xff luck"}));
    const auto s = only(seen);
    CHECK(text_of(s->GetDescription()) == "no \xef\xbf\xbd luck");
    CHECK(attributes_of(*s).at("error.type") == "serialization");
    CHECK(attributes_of(s->GetEvents()[0]).at("exception.message").find("no \xef\xbf\xbd luck") != std::string::npos);
    CHECK(broker.records("notes").empty());
    // Whatever the user's own text looks like, it is no class of errors.
    REQUIRE_FALSE(p.publish(thrower{"ORDER_4711: no such customer"}));
    CHECK(attributes_of(*only(seen)).at("error.type") == "serialization");
}

TEST_CASE("the key is recorded on demand only, and only where it is a text; a tombstone is called one", "[otel]") {
    const stentor::memory_broker broker;
    const recorder seen;
    stentor::otel_options options = seen.options();
    options.record_key = true;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::otel_tracer(options)};
    const auto key_of = [&](const note& n) -> std::string {
        REQUIRE(p.publish(n));
        const auto all = attributes_of(*only(seen));
        CHECK_FALSE(all.contains("messaging.kafka.message.tombstone"));
        return all.contains("messaging.kafka.message.key") ? all.at("messaging.kafka.message.key") : "none";
    };
    CHECK(key_of(note{"caf\xc3\xa9", "v"}) == "caf\xc3\xa9");
    CHECK(key_of(note{"\xc3", "v"}) == "none");
    CHECK(key_of(note{"", "v"}) == "none");
    REQUIRE(p.erase<note>("gone"));
    const auto erased = attributes_of(*only(seen));
    CHECK(erased.at("messaging.kafka.message.key") == "gone");
    CHECK(erased.at("messaging.kafka.message.tombstone") == "true");
}

TEST_CASE("nothing of the message is recorded unasked", "[otel]") {
    stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               stentor::dead_letter<>{.inner = three_tries, .topic = "lost", .deadline = 10s},
                               stentor::no_breaker{}, seen.tracer()};
    REQUIRE(p.publish(note{"canary-key", "canary-value"}, {.headers = {{.name = "canary-name", .value = "canary-header"}}}));
    broker.script({.topic = "notes", .times = 9, .fault = memory_fault::answer(19)});
    REQUIRE_FALSE(p.publish(note{"canary-key", "canary-value"}, {.headers = {{.name = "canary-name", .value = "canary-header"}}}));
    std::string everything;
    const auto add = [&](const texts& all) {
        for (const auto& [name, value] : all) {
            everything.append(name).append("=").append(value).append("\n");
        }
    };
    for (const auto& s : seen.spans()) {
        everything.append(text_of(s->GetName())).append(text_of(s->GetDescription()));
        add(attributes_of(*s));
        for (const auto& e : s->GetEvents()) {
            everything.append(e.GetName());
            add(attributes_of(e));
        }
    }
    CHECK(everything.find("NOT_ENOUGH_REPLICAS") != std::string::npos);
    CHECK(everything.find("canary") == std::string::npos);
}

TEST_CASE("the message id is that of the record", "[otel]") {
    const stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, seen.tracer(),
                               stentor::publisher_options{.message_id = true}};
    REQUIRE(p.publish(note{"k", "v"}));
    const std::string id = headers_of(broker.records("notes")[0]).at("message-id");
    CHECK(id.size() == 36);
    CHECK(attributes_of(*only(seen)).at("messaging.message.id") == id);
}

TEST_CASE("a topic longer than any of Kafka's is cut off in the name, not in the attribute", "[otel]") {
    const stentor::memory_broker broker;
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, seen.tracer()};
    const std::string topic(300, 't');
    static_cast<void>(p.publish(note{"k", "v"}, {.topic = topic}));
    const auto s = only(seen);
    CHECK(text_of(s->GetName()) == "send " + topic.substr(0, 249));
    CHECK(attributes_of(*s).at("messaging.destination.name") == topic);
}
