// Slots and bytes: the only admission.

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include <stentor/testing/recording_tracer.hpp>

#include "support.hpp"

using namespace flow;
using stentor::errc;

namespace {

stentor::publisher_options limits(std::size_t slots, std::size_t bytes = 1 << 20) {
    stentor::publisher_options o;
    o.slots = slots;
    o.bytes = bytes;
    return o;
}

}  // namespace

TEST_CASE("with every slot in use a call that may not wait is refused", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, limits(4)};
    for (int i = 0; i < 4; ++i) {
        REQUIRE(p.try_async_publish(note{"k", "v"}, seen.into("v")));
    }
    const auto e = p.try_async_publish(note{"k", "v"}, seen.into("v"));
    REQUIRE_FALSE(e);
    CHECK(e.error() == errc::queue_full);
    CHECK(e.error().outcome == stentor::outcome::not_persisted);
    CHECK(p.account().refused == 1);
    broker.release();
    REQUIRE(p.flush(1s));
    CHECK(seen.persisted() == 4);
    CHECK(p.try_async_publish(note{"k", "v"}, seen.into("v")));
}

TEST_CASE("a call that may wait gets its slot when one is free", "[flow]") {
    const stentor::memory_broker broker{{.latency = 10ms}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, limits(4)};
    for (int i = 0; i < 40; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i % 3), "v"}, seen.into("v")));
    }
    REQUIRE(p.flush(1s));
    CHECK(seen.persisted() == 40);
    CHECK(broker.elapsed() == 100ms);
    check_balanced(p.account());
}

TEST_CASE("who waits for a slot until the deadline is told so", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, limits(2)};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == stentor::outcome::not_persisted);
    CHECK(r.error().attempts == 0);
    CHECK(broker.elapsed() == 1s);
    broker.release();
}

TEST_CASE("bytes are bounded, but one message alone may always go", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, limits(64, 1000)};
    REQUIRE(p.try_async_publish(note{"k", std::string(5000, 'x')}, seen.into("large")));
    CHECK(p.try_async_publish(note{"k", "small"}, seen.into("small")).error() == errc::queue_full);
    broker.release();
    REQUIRE(p.flush(1s));
    broker.hold();
    REQUIRE(p.try_async_publish(note{"k", std::string(600, 'x')}, seen.into("a")));
    CHECK(p.try_async_publish(note{"k", std::string(600, 'x')}, seen.into("b")).error() == errc::queue_full);
    CHECK(p.try_async_publish(note{"k", std::string(300, 'x')}, seen.into("c")));
    broker.release();
}

TEST_CASE("in a handler async_publish never waits", "[flow]") {
    const stentor::memory_broker broker;
    errc inner = errc::none;
    publisher<> p{stentor::memory_transport{broker}, limits(2)};
    REQUIRE(p.async_publish(note{"a", "v"}, [&](auto) {
        // This operation's own slot and the other one are still taken.
        if (const auto e = p.async_publish(note{"b", "v"}, [](auto) {}); !e) {
            inner = e.error().condition();
        }
    }));
    REQUIRE(p.async_publish(note{"c", "v"}, [](auto) {}));
    REQUIRE(p.flush(1s));
    CHECK(inner == errc::queue_full);
}

TEST_CASE("a refusal for lack of room is an event", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    stentor::recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer, limits(2)};
    REQUIRE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    REQUIRE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    CHECK_FALSE(p.try_async_publish(note{"k", "v"}, [](auto) {}));
    const auto events = tracer.entries(stentor::recording_tracer::entry::kind::event);
    REQUIRE(events.size() == 1);
    CHECK(events[0].event == stentor::event::kind::queue_full);
    broker.release();
}

TEST_CASE("room that comes after the deadline, because a handler took its time, is not taken", "[flow]") {
    stentor::memory_broker broker{{.latency = 10ms}};
    publisher<> p{stentor::memory_transport{broker}, limits(2)};
    const auto slow = [&](const stentor::result<stentor::receipt>&) { broker.spend(1s); };
    REQUIRE(p.async_publish(note{"a", "1"}, slow));
    REQUIRE(p.async_publish(note{"b", "2"}, slow));
    const auto r = p.publish(note{"c", "3"}, {.deadline = 100ms});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == stentor::outcome::not_persisted);
    CHECK(r.error().cause == "it waited for room, which came after the deadline");
    REQUIRE(p.flush(5s));
    CHECK(broker.records("notes").size() == 2);
    CHECK(p.account().refused == 1);
    // The slot has gone back.
    CHECK(p.publish(note{"c", "3"}));
    check_balanced(p.account());
}

TEST_CASE("room in a lane that comes after the deadline is not taken either", "[flow]") {
    stentor::memory_broker broker{{.latency = 10ms}};
    stentor::publisher_options few = limits(16);
    few.parked_per_lane = 1;
    publisher<> p{stentor::memory_transport{broker}, few};
    broker.down(10s);
    REQUIRE(p.async_publish(note{"k", "1"}, [&](const auto&) { broker.spend(1s); }, {.deadline = 50ms}));
    const auto r = p.publish(note{"k", "2"}, {.deadline = 100ms});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().cause == "it waited for room, which came after the deadline");
    CHECK(p.account().refused == 1);
    CHECK(p.account().accepted == 1);
    check_balanced(p.account());
}

// Real threads, because two must wait at once; the pause lets both go to sleep. Virtual time stands still for them.
TEST_CASE("room in a lane that its winner may not take goes to the next who waits for it", "[flow]") {
    stentor::memory_broker broker{{.shared = true}};
    stentor::publisher_options few = limits(16);
    few.parked_per_lane = 2;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::failure_breaker{}, few};
    broker.down();
    REQUIRE(p.try_async_publish(note{"k", "goes on blocking"}, [](const auto&) {}, {.deadline = 2h}));
    REQUIRE(p.try_async_publish(note{"k", "makes room"}, [](const auto&) {}, {.deadline = 50ms}));
    REQUIRE_FALSE(p.try_async_publish(note{"k", "too many"}, [](const auto&) {}));
    std::atomic<int> ended{0};
    std::atomic<int> told_of_the_circuit{0};
    std::vector<std::thread> callers;
    for (int i = 0; i < 2; ++i) {
        callers.emplace_back([&] {
            const auto r = p.publish(note{"k", "waits"}, {.deadline = 1h});
            told_of_the_circuit += !r && r.error() == errc::circuit_open ? 1 : 0;
            ++ended;
        });
    }
    std::this_thread::sleep_for(50ms);
    p.breaker().isolate();
    broker.advance(60ms);  // one of the two is woken
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (ended < 2 && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(1ms);
    }
    CHECK(ended == 2);
    broker.advance(3h);
    for (std::thread& t : callers) {
        t.join();
    }
    CHECK(told_of_the_circuit == 2);
}
