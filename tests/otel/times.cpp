// The times of a span are those of its publisher's transport.

#include <string>
#include <vector>

#include "support.hpp"

using namespace otel;
using namespace flow;
using stentor::memory_fault;

TEST_CASE("within a span time goes on, whatever the wall clock does", "[otel]") {
    stentor::memory_broker broker{{.latency = 5ms}};
    const recorder seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, three_tries, stentor::no_breaker{},
                               seen.tracer()};
    broker.script({.topic = "notes", .times = 2, .fault = memory_fault::answer(19)});
    outcomes all;
    REQUIRE(p.async_publish(note{"k", "v"}, all.into("v")));
    broker.shift_wall(-3600s);
    broker.run_until_idle();
    REQUIRE(all.persisted() == 1);
    const auto s = only(seen);
    CHECK(since_start(s->GetStartTime()) == 0);
    CHECK(events_of(*s) == std::vector<std::string>{"retrying@5", "retrying@110"});
    CHECK(s->GetDuration() == 315ms);
}

TEST_CASE("where a transport's time begins at zero no clock is read", "[otel]") {
    const recorder seen;
    stentor::otel_tracer tracer = seen.tracer();
    stentor::header_sink headers;
    stentor::publish_context context;
    context.at.wall = stentor::timestamp(std::chrono::seconds(1'767'225'600));
    stentor::record r;
    r.topic = "notes";
    for (const auto took : {0ns, 7ns}) {
        context.traceparent = {};
        auto span = tracer.start(r, headers, context);
        stentor::moment end = context.at;
        end.now += took;
        span.finish(stentor::receipt{"notes", 0, 0, {}, 1}, end);
        const auto s = only(seen);
        CHECK(s->GetDuration() == took);
        CHECK(since_start(s->GetStartTime()) == 0);
    }
}
