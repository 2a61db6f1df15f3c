// A handler that holds up the event thread: nobody else may have to wait for that, and what has expired meanwhile must not go out.

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "support.hpp"
#include "threaded_transport.hpp"

using namespace flow;
using stentor::errc;
using stentor::outcome;

namespace {

using held_publisher =
    stentor::basic_publisher<threaded_transport, text_serializer, stentor::no_retry, stentor::no_breaker, stentor::no_tracer>;

}  // namespace

TEST_CASE("what expired parked while a handler held the event thread never goes out", "[flow]") {
    loop events;
    guest visitor;
    threaded_transport wire{events};
    held_publisher p{wire};
    REQUIRE(p.async_publish(note{"a", "blocks"}, visitor.handler()));
    visitor.await();
    events.up = false;
    stentor::latch told;
    std::atomic<int> definite{0};
    REQUIRE(p.async_publish(note{"b", "parked"},
                            [&](const stentor::result<stentor::receipt>& r) {
                                definite = !r && r.error().outcome == outcome::not_persisted && r.error() == errc::deadline_exceeded
                                               ? 1
                                               : 2;
                                told.set();
                            },
                            {.deadline = 20ms}));
    stentor::latch passed;
    (void)passed.wait_until(loop::now().now + 30ms);  // the deadline passes while the thread is held up
    p.transport().come_back();
    visitor.leave();
    REQUIRE(told.wait_until(loop::now().now + 20s));
    CHECK(definite == 1);
    CHECK(p.account().unknown == 0);
}

TEST_CASE("who waits for an event thread that is held up is told by what", "[flow]") {
    guest visitor;
    loop events;
    held_publisher p{threaded_transport{events}};
    REQUIRE(p.publish(note{"k", "before"}));
    const auto waits = [&] {
        const auto r = p.publish(note{"k", "waits"}, {.deadline = 20ms});
        visitor.leave();
        return r ? "it was not held up" : r.error().cause + ". " + r.error().hint;
    };
    SECTION("a handler") {
        REQUIRE(p.async_publish(note{"k", "blocks"}, visitor.handler()));
        visitor.await();
        const std::string said = waits();
        CHECK(
            said.starts_with("a handler of this client has kept the event thread past the deadline. "
                             "Do slow work in a thread of your own, not in a handler."));
    }
    SECTION("not by the handler of another client, as long as this one's event thread is not known") {
        loop elsewhere;
        guest of_the_other;
        held_publisher other{threaded_transport{elsewhere}};
        held_publisher fresh{threaded_transport{events}};
        REQUIRE(other.async_publish(note{"k", "blocks"}, of_the_other.handler()));
        of_the_other.await();
        events.post(instant::min(), [&] { visitor.handler()(0); });
        visitor.await();
        const auto r = fresh.publish(note{"k", "waits"}, {.deadline = 20ms});
        visitor.leave();
        of_the_other.leave();
        REQUIRE_FALSE(r);
        CHECK(r.error().cause == "the event thread of this client was held up past the deadline");
    }
    SECTION("whatever that is") {
        events.post(instant::min(), [&] { visitor.handler()(0); });
        visitor.await();
        const std::string said = waits();
        CHECK(
            said.starts_with("the event thread of this client was held up past the deadline. Slow handlers do that, "
                             "whose work belongs in a thread of your own, and a machine that is overloaded."));
    }
}

TEST_CASE("calls that wait answer would_deadlock on any transport's event thread", "[flow]") {
    loop events;
    held_publisher p{threaded_transport{events}};
    stentor::latch told;
    std::atomic<int> right{0};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const auto&) {
        right += p.publish(note{"k", "w"}).error() == errc::would_deadlock ? 1 : 0;
        right += p.flush(1s).error() == errc::would_deadlock ? 1 : 0;
        right += p.close(1s).error() == errc::would_deadlock ? 1 : 0;
        told.set();
    }));
    REQUIRE(told.wait_until(loop::now().now + 20s));
    CHECK(right == 3);
}

TEST_CASE("a publisher may be destroyed by the handler of a record that is still being published", "[flow]") {
    loop events;
    for (int i = 0; i < 300; ++i) {
        auto p = std::make_shared<std::unique_ptr<held_publisher>>();
        *p = std::make_unique<held_publisher>(threaded_transport{events});
        stentor::latch gone;
        held_publisher& before = **p;
        events.up = i % 3 != 0;
        if (!events.up) {
            before.transport().come_back();
        }
        REQUIRE(before.async_publish(note{"k", "v"}, [p, &gone](const auto&) {
            p->reset();
            gone.set();
        }));
        REQUIRE(gone.wait_until(loop::now().now + 20s));
    }
}

TEST_CASE("close waits for the handler of another publisher that holds up the same client, and ours are told", "[flow]") {
    loop events;
    guest visitor;
    held_publisher other{threaded_transport{events}};
    held_publisher p{threaded_transport{events}};
    REQUIRE(other.async_publish(note{"k", "blocks"}, visitor.handler()));
    visitor.await();
    std::atomic<int> told{0};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const auto&) { ++told; }));
    std::thread lets_go([&] {
        stentor::latch never;
        (void)never.wait_until(loop::now().now + 400ms);
        visitor.leave();
    });
    CHECK(p.close(50ms));
    CHECK(told == 1);
    lets_go.join();
}

TEST_CASE("close ends a synchronous publish, too, while a handler holds the event thread", "[flow]") {
    loop events;
    guest visitor;
    held_publisher p{threaded_transport{events}};
    REQUIRE(p.async_publish(note{"k", "blocks"}, visitor.handler()));
    visitor.await();
    std::string said;
    stentor::latch answered;
    std::thread caller([&] {
        const auto r = p.publish(note{"k", "v"}, {.deadline = 15s});
        said = r ? "it was not ended" : r.error() == errc::closed ? r.error().cause + ". " + r.error().hint : r.error().message();
        answered.set();
    });
    while (p.account().in_flight == 0) {
        std::this_thread::yield();
    }
    std::thread closer([&] { (void)p.close(10ms); });
    CHECK(answered.wait_until(loop::now().now + 10s));
    visitor.leave();
    caller.join();
    closer.join();
    CHECK(
        said.starts_with("a handler of this client has kept the event thread past the time given to close(). "
                         "Do slow work in a thread of your own, not in a handler."));
}
