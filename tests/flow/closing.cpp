// Close, flush, handlers that misbehave, and who may wait where.

#include <memory>
#include <stdexcept>
#include <utility>

#include <stentor/testing/recording_tracer.hpp>
#include <stentor/testing/scripted_transport.hpp>

#include "support.hpp"

using namespace flow;
using stentor::errc;

TEST_CASE("after close everything is refused, and close again is fine", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.publish(note{"k", "v"}));
    REQUIRE(p.close(1s));
    REQUIRE(p.close(1s));
    CHECK(p.publish(note{"k", "v"}).error() == errc::closed);
    CHECK(p.try_async_publish(note{"k", "v"}, [](auto) {}).error() == errc::closed);
    CHECK(p.account().refused == 2);
}

TEST_CASE("a disabled publisher accepts nothing and says so", "[flow]") {
    const stentor::memory_broker broker;
    stentor::publisher_options options;
    options.enabled = false;
    publisher<> p{stentor::memory_transport{broker}, options};
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::disabled);
    CHECK(r.error().outcome == stentor::outcome::not_persisted);
}

TEST_CASE("calls that wait answer would_deadlock in a handler, asynchronous ones work there", "[flow]") {
    stentor::memory_broker broker;
    int told = 0;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](auto) {
        CHECK(p.publish(note{"k", "x"}).error() == errc::would_deadlock);
        CHECK(p.flush(1s).error() == errc::would_deadlock);
        CHECK(p.close(1s).error() == errc::would_deadlock);
        CHECK(p.publish_all(std::vector<note>{{"k", "x"}})[0].error() == errc::would_deadlock);
        CHECK(p.async_publish(note{"k", "from the handler"}, seen.into("inner")));
        ++told;
    }));
    REQUIRE(p.flush(1s));
    broker.run_until_idle();
    CHECK(told == 1);
    CHECK(seen.persisted() == 1);
}

TEST_CASE("a handler that throws is caught and reported, and the next ones run", "[flow]") {
    const stentor::memory_broker broker;
    outcomes seen;
    stentor::recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer};
    REQUIRE(p.async_publish(note{"k", "v"}, [](auto) { throw std::runtime_error("oops"); }));
    REQUIRE(p.async_publish(note{"k", "w"}, [](auto) { throw 42; }));
    REQUIRE(p.async_publish(note{"k", "x"}, seen.into("x")));
    REQUIRE(p.flush(1s));
    CHECK(seen.persisted() == 1);
    CHECK(p.account().persisted == 3);
    check_balanced(p.account());
    const auto events = tracer.entries(stentor::recording_tracer::entry::kind::event);
    REQUIRE(events.size() == 2);
    CHECK(events[0].event == stentor::event::kind::handler_threw);
    CHECK(events[0].cause == "oops");
}

TEST_CASE("flush waits for what was accepted before it", "[flow]") {
    const stentor::memory_broker broker{{.latency = 20ms}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    for (int i = 0; i < 100; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i), "v"}, seen.into("v")));
    }
    REQUIRE(p.flush(1s));
    CHECK(seen.persisted() == 100);
    CHECK(broker.elapsed() == 20ms);
    REQUIRE(p.flush(0s));
}

TEST_CASE("a flush that is too short says how many are left, and loses nothing", "[flow]") {
    const stentor::memory_broker broker{{.latency = 200ms}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    const auto f = p.flush(50ms);
    REQUIRE_FALSE(f);
    CHECK(f.error() == errc::deadline_exceeded);
    CHECK(f.error().cause.find("1 message") != std::string::npos);
    CHECK(p.flush(1s));
    CHECK(seen.persisted() == 1);
}

TEST_CASE("close with records inside a silent broker comes back in time, and they are unknown", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    broker.hold();
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    REQUIRE(p.close(1s));
    CHECK(broker.elapsed() <= 1250ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::closed);
    CHECK(seen.all[0].result.error().outcome == stentor::outcome::unknown);
    check_balanced(p.account());
}

TEST_CASE("no user code runs after close: a late report is dropped", "[flow]") {
    stentor::memory_broker broker;
    int late = 0;
    {
        stentor::publisher_options options;
        options.late_outcome = [&](const stentor::late_report&) { ++late; };
        publisher<> p{stentor::memory_transport{broker}, options};
        broker.hold();
        REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}));
        REQUIRE(p.close(1s));
        broker.release();
        broker.advance(1s);
        CHECK(late == 0);
    }
    broker.advance(60s);
    CHECK(late == 0);
}

TEST_CASE("the destructor gives everything in flight its outcome", "[flow]") {
    const stentor::memory_broker broker{{.latency = 100ms}};
    outcomes seen;
    {
        publisher<> p{stentor::memory_transport{broker}};
        for (int i = 0; i < 10; ++i) {
            REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
        }
    }
    CHECK(seen.persisted() == 10);
}

TEST_CASE("a publisher that is destroyed in its own handler is retired, and what is in flight goes on", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    auto p = std::make_unique<publisher<>>(stentor::memory_transport{broker});
    REQUIRE(p->async_publish(note{"k", "v"}, [&](auto) { p.reset(); }));
    REQUIRE(p->async_publish(note{"k", "w"}, seen.into("w")));
    broker.advance(1s);
    CHECK(p == nullptr);
    CHECK(seen.persisted() == 1);
}

TEST_CASE("what backs off when its publisher is destroyed in a handler still gets its outcome", "[flow]") {
    stentor::memory_broker broker;
    broker.script({.key = "back", .attempt = 1, .fault = stentor::memory_fault::answer(19)});
    outcomes seen;
    auto p = std::make_unique<publisher<>>(stentor::memory_transport{broker}, stentor::exponential_backoff{.initial = 100ms},
                                           stentor::publisher_options{.close_within = 20s});
    REQUIRE(p->async_publish(note{"back", "w"}, seen.into("w")));
    REQUIRE(p->async_publish(note{"k", "v"}, [&](auto) { p.reset(); }));
    broker.advance(1s);
    CHECK(p == nullptr);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result);
    CHECK(seen.all[0].result->attempts == 2);
}

TEST_CASE("what is parked when its publisher is destroyed in a handler ends within close_within", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    auto p = std::make_unique<publisher<>>(stentor::memory_transport{broker}, stentor::publisher_options{.close_within = 2s});
    REQUIRE(p->async_publish(note{"k", "v"}, [&](auto) {
        broker.down();
        CHECK(p->async_publish(note{"k", "parked"}, seen.into("parked")));
        p.reset();
    }));
    broker.advance(1s);
    CHECK(seen.all.empty());
    broker.advance(1s);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::closed);
    CHECK(seen.all[0].result.error().outcome == stentor::outcome::not_persisted);
}

TEST_CASE("a broker that goes before such a publisher has ended takes it along", "[flow]") {
    auto kept = std::make_shared<int>(1);
    {
        stentor::memory_broker broker;
        auto p = std::make_unique<publisher<>>(stentor::memory_transport{broker});
        REQUIRE(p->async_publish(note{"k", "v"}, [&](auto) {
            broker.down();
            CHECK(p->async_publish(note{"k", "parked"}, [kept](auto) {}));
            p.reset();
        }));
        broker.advance(1s);
        CHECK(kept.use_count() == 2);
    }
    CHECK(kept.use_count() == 1);
}

TEST_CASE("close ends what backs off with its own error, at once when no time is left for another try", "[flow]") {
    stentor::memory_broker broker;
    broker.fail_next(1, errc::broker_unavailable);
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 3, .initial = 5s}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    broker.advance(1ms);
    REQUIRE(p.close(2s));
    CHECK(broker.elapsed() <= 5ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::broker_unavailable);
    check_balanced(p.account());
}

TEST_CASE("nothing is tried again, nor redirected, when the deadline of a close does not allow it", "[flow]") {
    stentor::memory_broker broker{{.latency = 500ms}};
    broker.fail_next(1, errc::broker_unavailable);
    publisher<stentor::dead_letter<>> p{stentor::memory_transport{broker}};
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    REQUIRE(p.close(2s));
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::broker_unavailable);
    CHECK(seen.all[0].result.error().attempts == 1);
    CHECK(seen.all[0].result.error().dead_letter.what == stentor::dead_letter_result::state::none);
    CHECK(log_of(broker).empty());
    CHECK(broker.elapsed() <= 510ms);
}

TEST_CASE("close sends away who waits for a slot, or for room in a lane", "[flow]") {
    stentor::scripted_transport wire;
    stentor::publisher_options options;
    options.slots = 2;
    options.parked_per_lane = 1;
    stentor::basic_publisher p{wire, text_serializer{}, stentor::exponential_backoff{.attempts = 2, .initial = 1s}, options};
    outcomes seen;
    bool closing = false;
    wire.while_waiting([&] {
        // The first wait is the publish's, for a slot or its lane: another thread would close now.
        if (std::exchange(closing, true)) {
            return false;
        }
        (void)p.close(10ms);
        return true;
    });
    SECTION("a slot") {
        REQUIRE(p.async_publish(note{"", "0"}, seen.into("0")));
        REQUIRE(p.async_publish(note{"", "1"}, seen.into("1")));
    }
    SECTION("a lane") {
        options.slots = 64;
        REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
        REQUIRE(wire.fail(0, errc::broker_unavailable));
    }
    const auto r = p.publish(note{"k", "waits"});
    CHECK(r.error() == errc::closed);
    CHECK(wire.elapsed() < 1s);
}

TEST_CASE("after close the tracer hears nothing any more", "[flow]") {
    stentor::memory_broker broker;
    stentor::recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer};
    broker.hold();
    REQUIRE(p.async_publish(note{"k", "v"}, [](auto) {}));
    REQUIRE(p.close(1s));
    const std::size_t heard = tracer.entries().size();
    broker.down();
    broker.advance(1s);
    broker.up();
    broker.release();
    broker.advance(1s);
    CHECK(tracer.entries().size() == heard);
}
