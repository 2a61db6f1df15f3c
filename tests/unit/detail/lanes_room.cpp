// Those who wait for room in a lane.

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <thread>

#include <stentor/detail/lanes.hpp>

#include "keyed.hpp"

using namespace stentor;
using detail::lanes;
using detail::slot;
using entry = detail::lanes::entry;

namespace {

instant soon() { return instant(std::chrono::steady_clock::now().time_since_epoch()) + std::chrono::seconds(5); }

}  // namespace

TEST_CASE("lanes: who waits for room is woken by a hand-over, and by one that leaves") {
    for (const bool leaves : {false, true}) {
        lanes l(2, 1);
        keyed a(8);
        REQUIRE(l.enter(a) == entry::go);
        l.put_off(a);
        bool woken = false;
        std::thread waiter([&] {
            woken =
                l.wait_for_room(*a.topic, a.key_hash, soon(), [](latch& w, instant until) noexcept { return w.wait_until(until); });
        });
        std::this_thread::yield();
        if (leaves) {
            (void)l.leave(a, false);
        } else {
            (void)l.handed_over(a);
        }
        waiter.join();
        CHECK(woken);
    }
}

TEST_CASE("lanes: who slept past the deadline is told so, and is not in the way of the next one") {
    lanes l(2, 1);
    keyed a(8);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    bool second = false;
    // The first one waits outside the second one and gives up after it: removal from the head and from the tail of the list.
    const bool first = l.wait_for_room(*a.topic, 8, instant{}, [&](latch&, instant) noexcept {
        second = room_without_sleep(l, a);
        return false;
    });
    CHECK_FALSE(first);
    CHECK_FALSE(second);
    const bool third = l.wait_for_room(*a.topic, 8, instant{}, [&](latch& w, instant) noexcept {
        (void)l.handed_over(a);
        return w.is_set();
    });
    CHECK(third);
}

TEST_CASE("lanes: room in one lane wakes who waits for that lane, not who waits for another in its bucket", "") {
    lanes l(2, 1);
    keyed x(8);
    keyed y(10);
    for (slot* s : {static_cast<slot*>(&x), static_cast<slot*>(&y)}) {
        REQUIRE(l.enter(*s) == entry::go);
        l.put_off(*s);
    }
    bool right = false;
    (void)l.wait_for_room(*x.topic, x.key_hash, instant{}, [&](latch&, instant) noexcept {
        right = l.wait_for_room(*y.topic, y.key_hash, instant{}, [&](latch& w, instant) noexcept {
            (void)l.handed_over(y);
            return w.is_set();
        });
        return false;
    });
    CHECK(right);
}

TEST_CASE("lanes: when a lane is free again, all who wait for it are woken, though the first of them goes at once", "") {
    lanes l(2, 1);
    keyed a(8);
    keyed b(8);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    bool first = false;
    bool second = false;
    (void)l.wait_for_room(*a.topic, 8, instant{}, [&](latch& outer, instant) noexcept {
        second = l.wait_for_room(*a.topic, 8, instant{}, [&](latch& inner, instant) noexcept {
            (void)l.handed_over(a);
            first = outer.is_set() && l.enter(b) == entry::go;
            (void)l.leave(a, true);
            (void)l.leave(b, true);
            return inner.is_set();
        });
        return outer.is_set();
    });
    CHECK((first && second));
}

TEST_CASE("lanes: room that is passed on wakes the next one, and those behind keep their places", "") {
    lanes l(2, 1);
    keyed a(8);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    bool first_alone = false;
    bool second_too = false;
    (void)l.wait_for_room(*a.topic, 8, instant{}, [&](latch& outer, instant) noexcept {
        (void)l.wait_for_room(*a.topic, 8, instant{}, [&](latch& inner, instant) noexcept {
            l.pass_room_on(*a.topic, 8);
            first_alone = outer.is_set() && !inner.is_set();
            l.pass_room_on(*a.topic, 8);
            second_too = inner.is_set();
            return inner.is_set();
        });
        return outer.is_set();
    });
    CHECK(first_alone);
    CHECK(second_too);
}

TEST_CASE("lanes: room for one wakes the first who waits alone, while somebody of the lane is parked or back", "") {
    for (const bool back : {false, true}) {
        CAPTURE(back);
        lanes l(2, back ? 1 : 2);
        keyed a(8);
        keyed b(8);
        REQUIRE(l.enter(a) == entry::go);
        if (back) {
            l.came_back(a, false);
        } else {
            l.put_off(a);
        }
        REQUIRE(l.enter(b) == entry::wait);
        bool first_alone = false;
        (void)l.wait_for_room(*a.topic, 8, instant{}, [&](latch& outer, instant) noexcept {
            (void)l.wait_for_room(*a.topic, 8, instant{}, [&](latch& inner, instant) noexcept {
                (void)l.leave(b, false);
                first_alone = outer.is_set() && !inner.is_set();
                return false;
            });
            return outer.is_set();
        });
        CHECK(first_alone);
    }
}
