#include <catch2/catch_test_macros.hpp>

#include <string>
#include <utility>

#include <stentor/testing/recording_tracer.hpp>
#include <stentor/tracer.hpp>
#include <stentor/tracer/w3c.hpp>

using namespace stentor;

namespace {

// Settles the trace with a digit of its own, or would like to.
struct settler {
    char digit;
    std::string* order;
    struct span {
        char digit;
        std::string* order;
        void retrying(const failure&, const verdict&, const moment&) noexcept { *order += std::string("r") + digit; }
        void finish(const result<receipt>&, const moment&) noexcept { *order += std::string("f") + digit; }
    };
    span start(const record&, header_sink&, publish_context& context) noexcept {
        *order += std::string("s") + digit + (context.traced() ? "+" : "-");
        context.traceparent.fill(digit);
        return {digit, order};
    }
};

static_assert(tracer<no_tracer>);
static_assert(tracer<tracer_chain<no_tracer>>);
static_assert(tracer<tracer_chain<w3c_tracer, recording_tracer>>);
static_assert(tracer<tracer_chain<tracer_chain<no_tracer>, settler>>);

}  // namespace

TEST_CASE("no_tracer adds nothing and settles nothing") {
    header_sink sink;
    publish_context context;
    (void)no_tracer{}.start(record{}, sink, context);
    CHECK(sink.headers().empty());
    CHECK_FALSE(context.traced());
}

TEST_CASE("a chain tells all, in the order given") {
    std::string order;
    tracer_chain chain{settler{'1', &order}, no_tracer{}, settler{'2', &order}};
    header_sink sink;
    publish_context context;
    auto span = chain.start(record{}, sink, context);
    span.retrying({}, {}, {});
    span.finish(receipt{}, {});
    CHECK(order == "s1-s2+r1r2f1f2");
}

TEST_CASE("in a chain the first tracer that settles the trace wins") {
    std::string order;
    tracer_chain chain{no_tracer{}, settler{'1', &order}, settler{'2', &order}};
    header_sink sink;
    publish_context context;
    (void)chain.start(record{}, sink, context);
    CHECK(context.trace_id() == std::string(32, '1'));
}

TEST_CASE("a chain adds one traceparent, however many tracers could") {
    tracer_chain chain{w3c_tracer{}, w3c_tracer{}};
    header_sink sink;
    publish_context context;
    (void)chain.start(record{}, sink, context);
    CHECK(sink.headers().size() == 1);
}

TEST_CASE("a chain passes events to those that want them") {
    recording_tracer seen;
    tracer_chain chain{w3c_tracer{}, recording_tracer{seen}, no_tracer{}};
    event e;
    e.what = event::kind::queue_full;
    chain.on_event(e);
    REQUIRE(seen.entries().size() == 1);
    CHECK(seen.entries()[0].event == event::kind::queue_full);
}

TEST_CASE("a span of a chain can be moved") {
    std::string order;
    tracer_chain chain{settler{'1', &order}};
    header_sink sink;
    publish_context context;
    auto first = chain.start(record{}, sink, context);
    auto second = std::move(first);
    second.finish(receipt{}, {});
    CHECK(order == "s1-f1");
}

TEST_CASE("of a chain only who wants the client's log at that level is told a line of it") {
    recording_tracer none;
    recording_tracer warnings(4);
    recording_tracer all(7);
    CHECK(tracer_chain{none, no_tracer{}}.client_log_level() == -1);
    CHECK(tracer_chain{none, warnings}.client_log_level() == 4);
    tracer_chain chain{none, no_tracer{}, warnings, all};
    CHECK(chain.client_log_level() == 7);
    event e;
    e.what = event::kind::client_log;
    e.facility = "FAIL";
    for (const int level : {3, 4, 5, 7}) {
        e.level = level;
        chain.on_event(e);
    }
    CHECK(none.entries().empty());
    REQUIRE(warnings.entries().size() == 2);
    CHECK(warnings.entries()[1].level == 4);
    CHECK(warnings.entries()[1].facility == "FAIL");
    CHECK(all.entries().size() == 4);
}

namespace {

// Remembers the headers of each record that is complete.
struct header_reader {
    std::string* seen;
    struct span {
        std::string* seen;
        void composed(const record& r) noexcept {
            for (const header& h : r.headers) {
                seen->append(h.name).append("=").append(h.value).append(" ");
            }
        }
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        void finish(const result<receipt>&, const moment&) noexcept {}
    };
    span start(const record&, header_sink&, publish_context&) noexcept { return {seen}; }
};

}  // namespace

TEST_CASE("a chain shows the complete record to the spans that want it") {
    std::string seen;
    tracer_chain chain{no_tracer{}, header_reader{&seen}, tracer_chain{header_reader{&seen}}};
    header_sink sink;
    publish_context context;
    auto span = chain.start(record{}, sink, context);
    CHECK(seen.empty());
    sink("name", "value");
    record r;
    r.headers = sink.headers();
    span.composed(r);
    CHECK(seen == "name=value name=value ");
}
