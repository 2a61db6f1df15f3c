#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

#include <stentor/tracer/w3c.hpp>

using namespace stentor;

static_assert(tracer<w3c_tracer>);
static_assert(std::is_empty_v<w3c_tracer::span>);

namespace {

constexpr std::string_view incoming = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";

struct run {
    header_sink sink{};
    publish_context context{};

    explicit run(std::string_view traceparent = {}, std::string_view tracestate = {}, std::uint64_t random = 42) {
        context.at.random = random;
        context.parent = {traceparent, tracestate};
        w3c_tracer tracer;
        (void)tracer.start(record{}, sink, context);
    }
    [[nodiscard]] std::string_view header(std::string_view name) const { return sink.headers().find(name); }
};

}  // namespace

TEST_CASE("w3c_tracer forwards a valid context as it is") {
    const run r(incoming, "rojo=1,congo=2");
    CHECK(r.header("traceparent") == incoming);
    CHECK(r.header("tracestate") == "rojo=1,congo=2");
    CHECK(r.sink.headers().size() == 2);
    CHECK(r.context.traced());
    CHECK(r.context.trace_id() == "0af7651916cd43dd8448eb211c80319c");
    CHECK(r.context.span_id() == "b7ad6b7169203331");
    CHECK(r.context.traceparent[55] == '\0');
}

TEST_CASE("w3c_tracer starts a trace where there is none, from the moment's random number alone") {
    const run r;
    CHECK(r.sink.headers().size() == 1);
    CHECK(r.header("traceparent") == "00-bdd732262feb6e9528efe333b266f103-47526757130f9f52-01");
    CHECK(r.header("traceparent").substr(3, 32) == r.context.trace_id());
    CHECK(run({}, {}, 43).header("traceparent") != r.header("traceparent"));
}

TEST_CASE("a bad traceparent starts a new trace, and its tracestate is not read") {
    const run r("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", "rojo=1");
    CHECK(r.header("traceparent") == run().header("traceparent"));
    CHECK(r.sink.headers().size() == 1);
}

TEST_CASE("a tracestate without a traceparent is not sent") { CHECK(run({}, "rojo=1").sink.headers().size() == 1); }

TEST_CASE("a bad or empty tracestate is left out, and the traceparent stays") {
    for (const std::string_view bad : {"", " ", "ROJO=1", "rojo"}) {
        const run r(incoming, bad);
        CHECK(r.header("traceparent") == incoming);
        CHECK(r.sink.headers().size() == 1);
    }
}

TEST_CASE("a context that an earlier tracer has settled is left alone") {
    header_sink sink;
    publish_context context;
    incoming.copy(context.traceparent.data(), incoming.size());
    w3c_tracer tracer;
    (void)tracer.start(record{}, sink, context);
    CHECK(sink.headers().empty());
    CHECK(context.trace_id() == "0af7651916cd43dd8448eb211c80319c");
}

TEST_CASE("a tracer around it may give it a context of its own, which is gone before the record is sent") {
    header_sink sink;
    std::string made;
    {
        publish_context root;
        w3c_tracer tracer;
        (void)tracer.start(record{}, sink, root);
        made = root.traceparent.data();
        root.traceparent.fill('x');
    }
    REQUIRE(sink.headers().size() == 1);
    CHECK(sink.headers()[0].value == made);
}

TEST_CASE("the headers do not point at what the caller gave") {
    std::string given(incoming);
    const run r(given, {});
    given.assign(given.size(), 'x');
    CHECK(r.header("traceparent") == incoming);
}

TEST_CASE("behind a tracer that has settled the trace it adds the correlation id, which is nobody else's, and no more") {
    header_sink sink;
    publish_context context;
    incoming.copy(context.traceparent.data(), incoming.size());
    context.parent = {.traceparent = incoming, .tracestate = "r=1", .baggage = "k=v", .correlation_id = "c-1"};
    w3c_tracer tracer{.correlation_header = "x-id"};
    (void)tracer.start(record{}, sink, context);
    REQUIRE(sink.headers().size() == 1);
    CHECK(sink.headers().find("x-id") == "c-1");
}

TEST_CASE("w3c_tracer passes baggage on with a trace of its own, too, and leaves out what is none") {
    for (const std::string_view given : {"k=v", " k=v;p , k2=v%20w", "no member", "k=v\r\nx: y"}) {
        header_sink sink;
        publish_context context;
        context.parent.baggage = given;
        w3c_tracer tracer;
        (void)tracer.start(record{}, sink, context);
        CHECK(sink.headers().size() == (forwardable_baggage(given).empty() ? 1U : 2U));
        CHECK(sink.headers().find("baggage") == forwardable_baggage(given));
    }
}
