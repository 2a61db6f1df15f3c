#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/recording_tracer.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using kind = recording_tracer::entry::kind;

TEST_CASE("recording_tracer remembers a publish from start to finish, and copies share what they saw") {
    recording_tracer kept;
    recording_tracer given = kept;
    header_sink sink;
    publish_context context;
    context.parent.traceparent = "anything";
    record r;
    r.topic = "topic";
    r.key = "key";
    auto first = given.start(r, sink, context);
    auto second = given.start(r, sink, context);
    failure f;
    f.attempt = 1;
    f.code = errc::dns;
    f.cause = "_RESOLVE";
    second.retrying(f, retry_in(5ms), {instant(1s), 0, {}});
    error e(errc::closed, "why", outcome::unknown);
    e.attempts = 2;
    second.finish(e, {instant(2s), 0, {}});
    receipt where;
    where.topic = "topic";
    where.attempts = 1;
    first.finish(where, {});

    const auto all = kept.entries();
    REQUIRE(all.size() == 5);
    CHECK(all[0].what == kind::started);
    CHECK(all[0].topic == "topic");
    CHECK(all[0].key == "key");
    CHECK(all[0].traceparent == "anything");
    CHECK(all[1].span == 1);
    CHECK(all[2].what == kind::retrying);
    CHECK(all[2].span == 1);
    CHECK(all[2].code == errc::dns);
    CHECK(all[2].cause == "_RESOLVE");
    CHECK(all[2].answer == verdict::kind::retry);
    CHECK(all[2].delay == 5ms);
    CHECK(all[2].at == instant(1s));
    CHECK(all[3].what == kind::finished);
    CHECK(all[3].outcome == outcome::unknown);
    CHECK(all[3].code == errc::closed);
    CHECK(all[3].attempts == 2);
    CHECK(all[4].span == 0);
    CHECK(all[4].outcome == outcome::persisted);
    CHECK(all[4].topic == "topic");
    CHECK(sink.headers().empty());
    CHECK_FALSE(context.traced());
}

TEST_CASE("recording_tracer keeps events, filters by kind, and forgets when told") {
    recording_tracer seen;
    event e;
    e.what = event::kind::breaker_opened;
    e.topic = "t";
    e.cause = "5 failures";
    e.client = client_event::kind::broker_up;
    seen.on_event(e);
    header_sink sink;
    publish_context context;
    (void)seen.start(record{}, sink, context);
    REQUIRE(seen.entries(kind::event).size() == 1);
    CHECK(seen.entries(kind::event)[0].event == event::kind::breaker_opened);
    CHECK(seen.entries(kind::event)[0].cause == "5 failures");
    CHECK(seen.entries(kind::event)[0].client == client_event::kind::broker_up);
    CHECK(seen.entries(kind::started).size() == 1);
    seen.clear();
    CHECK(seen.entries().empty());
}
