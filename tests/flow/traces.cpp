#include "support.hpp"

#include <map>
#include <string>

#include <stentor/log.hpp>
#include <stentor/testing/recording_sink.hpp>
#include <stentor/tracer/trace_scope.hpp>
#include <stentor/tracer/w3c.hpp>

// What trace headers a record has, by what the call, the scope around it and the tracer's options say.

using namespace flow;
using stentor::trace_context;
using stentor::trace_scope;
using stentor::w3c_tracer;

namespace {

constexpr std::string_view a = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-aaaaaaaaaaaaaaaa-01";
constexpr std::string_view b = "00-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb-bbbbbbbbbbbbbbbb-00";

using headers = std::map<std::string, std::string>;

headers newest(const stentor::memory_broker& broker) {
    headers all;
    for (const stentor::header& h : broker.records("notes").back().headers) {
        all.emplace(h.name, h.value);
    }
    return all;
}

template <class Publisher>
headers sent(const stentor::memory_broker& broker, Publisher& p, const trace_context& trace = {}) {
    REQUIRE(p.publish(note{"k", "v"}, {.trace = trace}));
    return newest(broker);
}

}  // namespace

TEST_CASE("header sets stay closed: nothing is added that nobody asked for", "[flow]") {
    stentor::memory_broker broker;
    publisher<stentor::exponential_backoff, stentor::no_breaker, w3c_tracer> p{stentor::memory_transport{broker}};
    CHECK(sent(broker, p, {.traceparent = a}) == headers{{"traceparent", std::string(a)}});
    CHECK(sent(broker, p, {.traceparent = a, .correlation_id = "c"}) == headers{{"traceparent", std::string(a)}});
    CHECK(sent(broker, p, {.traceparent = a, .baggage = "no member"}) == headers{{"traceparent", std::string(a)}});
    stentor::basic_publisher with_name{stentor::memory_transport{broker}, text_serializer{},
                                       w3c_tracer{.correlation_header = "x-id"}};
    CHECK(sent(broker, with_name, {.traceparent = a}) == headers{{"traceparent", std::string(a)}});
}

TEST_CASE("baggage is passed on as it is, whatever becomes of the trace, and the correlation id in the header that was named",
          "[flow]") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               w3c_tracer{.correlation_header = "correlation-id"}};
    CHECK(sent(broker, p, {.traceparent = a, .tracestate = "r=1", .baggage = "k=v ; p,k2=", .correlation_id = "c-1"}) ==
          headers{{"traceparent", std::string(a)}, {"tracestate", "r=1"}, {"baggage", "k=v ; p,k2="}, {"correlation-id", "c-1"}});
    const headers anew = sent(broker, p, {.traceparent = "broken", .tracestate = "r=1", .baggage = "k=v"});
    CHECK(anew.size() == 2);
    CHECK(anew.at("baggage") == "k=v");
    CHECK(anew.at("traceparent").size() == 55);
}

TEST_CASE("what is published in a scope belongs to its context, unless the call says otherwise", "[flow]") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, w3c_tracer{.correlation_header = "id"}};
    {
        const trace_scope scope({.traceparent = a, .tracestate = "r=1", .baggage = "k=v", .correlation_id = "c"});
        CHECK(sent(broker, p) == headers{{"traceparent", std::string(a)}, {"tracestate", "r=1"}, {"baggage", "k=v"}, {"id", "c"}});
        CHECK(sent(broker, p, {.traceparent = b}) == headers{{"traceparent", std::string(b)}, {"id", "c"}});
        CHECK(sent(broker, p, {.correlation_id = "d"}) ==
              headers{{"traceparent", std::string(a)}, {"tracestate", "r=1"}, {"baggage", "k=v"}, {"id", "d"}});
        {
            const trace_scope inner({.traceparent = b});
            CHECK(sent(broker, p) == headers{{"traceparent", std::string(b)}});
        }
        REQUIRE(p.erase<note>("k"));
        CHECK(newest(broker).at("traceparent") == a);
        CHECK(sent(broker, p).at("traceparent") == a);
    }
    const headers after = sent(broker, p);
    CHECK(after.size() == 1);
    CHECK(after.at("traceparent") != a);
}

TEST_CASE("what a handler publishes does not belong to the scope of who waits for it", "[flow]") {
    stentor::memory_broker broker;
    publisher<stentor::exponential_backoff, stentor::no_breaker, w3c_tracer> p{stentor::memory_transport{broker}};
    const trace_scope scope({.traceparent = a});
    REQUIRE(
        p.async_publish(note{"k", "outer"}, [&](auto) { REQUIRE(p.async_publish(note{"k", "from the handler"}, [](auto) {})); }));
    REQUIRE(p.flush(1s));
    broker.run_until_idle();
    REQUIRE(broker.records("notes").size() == 2);
    CHECK(broker.records("notes")[0].headers.find("traceparent") == a);
    CHECK(broker.records("notes")[1].headers.find("traceparent") != a);
}

TEST_CASE("the correlation id of a scope is in the log, also where no header carries it", "[flow]") {
    stentor::memory_broker broker;
    const stentor::recording_sink seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               stentor::log_tracer{seen, {.correlation_header = "x-id"}}};
    const trace_scope scope({.traceparent = a, .correlation_id = "c-1"});
    broker.fail_next(2, stentor::errc::rejected);
    REQUIRE_FALSE(p.publish(note{"k", "v"}));
    REQUIRE_FALSE(p.publish(note{"k", "v"}, {.headers = {{"x-id", "from the header"}}}));
    REQUIRE(seen.lines().size() == 2);
    CHECK(seen.lines()[0].find(
              R"("trace_id":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","span_id":"aaaaaaaaaaaaaaaa","correlation_id":"c-1")") !=
          std::string::npos);
    CHECK(seen.lines()[1].find(R"("correlation_id":"from the header")") != std::string::npos);
}
