#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <stdexcept>
#include <string>
#include <string_view>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

// A process that dies, a handler that is slow, a wall clock that jumps.

using namespace std::chrono_literals;
using namespace stentor;

namespace {

struct line {
    std::string text;
    operator std::string_view() const { return text; }
};

using lines = basic_publisher<memory_transport, raw_serializer, no_retry, no_breaker, no_tracer>;

}  // namespace

template <>
struct stentor::message_traits<line> {
    static constexpr std::string_view topic = "lines";
};

TEST_CASE("what a dying process has on the wire goes on, the rest is lost, and it hears nothing any more") {
    memory_broker broker{{.latency = 10ms, .on_the_wire = 2}};
    lines dying{memory_transport{broker}};
    lines living{memory_transport{broker}};
    int told_dead = 0;
    int told = 0;
    for (int i = 0; i < 5; ++i) {
        REQUIRE(dying.async_publish(line{"d"}, [&](const auto&) { ++told_dead; }));
        REQUIRE(living.async_publish(line{"l"}, [&](const auto&) { ++told; }));
    }
    dying.transport().crash();
    CHECK(broker.pending() == 7);
    broker.advance(20ms);
    CHECK(broker.records("lines").size() == 7);
    CHECK(told_dead == 0);
    CHECK(told == 5);
    CHECK(broker.pending() == 0);
}

TEST_CASE("a process that dies in an outage loses what was only queued") {
    memory_broker broker{{.latency = 10ms, .on_the_wire = 1}};
    lines dying{memory_transport{broker}};
    for (int i = 0; i < 3; ++i) {
        REQUIRE(dying.async_publish(line{"d"}, [](const auto&) {}));
    }
    broker.down(1s);
    dying.transport().crash();
    broker.advance(2s);
    CHECK(broker.records("lines").size() == 1);
}

TEST_CASE("the wall clock jumps and deadlines don't") {
    memory_broker broker{{.latency = 10ms}};
    lines p{memory_transport{broker}};
    const timestamp before = broker.wall();
    broker.shift_wall(-1h);
    CHECK(broker.wall() == before - 1h);
    const auto sent = p.publish(line{"x"}, {.deadline = 1s});
    REQUIRE(sent);
    CHECK(sent->time == before - 1h);
    CHECK(broker.elapsed() == 10ms);
}

TEST_CASE("who waits behind a slow handler ends by himself, in time") {
    memory_broker broker{{.latency = 10ms}};
    lines p{memory_transport{broker}};
    CHECK_THROWS_AS(broker.spend(1s), std::logic_error);
    REQUIRE(p.async_publish(line{"slow"}, [&](const auto&) { broker.spend(10s); }));
    const auto r = p.publish(line{"waits"}, {.deadline = 1s});
    REQUIRE_FALSE(r);
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(r.error().cause == "the event thread of this client was held up past the deadline");
    // It has been there all the time.
    REQUIRE(p.flush(1s));
    broker.advance(0ns);
    CHECK(broker.records("lines").size() == 2);
    CHECK(p.account().unknown == 1);
    CHECK(p.account().in_flight == 0);
}
