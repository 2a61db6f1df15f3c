#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <thread>

#include <stentor/detail/lanes.hpp>

using namespace stentor;
using detail::lane_state;
using detail::lanes;
using detail::slot;
using detail::topic_names;
using entry = detail::lanes::entry;

namespace {

struct keyed : slot {
    explicit keyed(std::uint32_t hash) {
        topic = &topic_names::intern("lanes");
        key_hash = hash;
        keyed::slot::keyed = true;
    }
};

instant soon() { return instant(std::chrono::steady_clock::now().time_since_epoch()) + std::chrono::seconds(5); }

bool room_without_sleep(lanes& l, const slot& like) {
    return l.wait_for_room(*like.topic, like.key_hash, instant{}, [](latch&, instant) noexcept { return false; });
}

}  // namespace

TEST_CASE("lanes: records of one key that nothing blocks all go at once") {
    for (const std::size_t buckets : {0U, 1U, 2U}) {
        lanes l(buckets, 4);
        keyed a(8);
        keyed b(8);
        CHECK(l.enter(a) == entry::go);
        CHECK(l.enter(b) == entry::go);
        CHECK(l.leave(a, true) == nullptr);
        CHECK(l.leave(b, true) == nullptr);
    }
}

TEST_CASE("lanes: while one is back a new one waits, and another key in the same bucket does not") {
    lanes l(2, 4);
    keyed a(8);
    keyed b(8);
    keyed other(10);
    REQUIRE(l.enter(a) == entry::go);
    l.came_back(a, false);
    CHECK(l.enter(b) == entry::wait);
    CHECK_FALSE(l.is_front(b));
    CHECK(l.enter(other) == entry::go);
}

TEST_CASE("lanes: all that came back go out again in their order, and only when the last one is back") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    for (slot* s : {&a, &b, &c}) {
        REQUIRE(l.enter(*s) == entry::go);
    }
    l.came_back(b, false);
    CHECK(l.settle(b) == nullptr);
    l.came_back(a, false);
    CHECK(l.settle(a) == nullptr);
    CHECK_FALSE(l.is_front(a));
    l.came_back(c, false);
    CHECK(l.settle(c) == &a);
    CHECK(l.is_front(a));
    CHECK_FALSE(l.is_front(b));
    CHECK(l.handed_over(a) == &b);
    CHECK(l.handed_over(b) == &c);
    CHECK(l.handed_over(c) == nullptr);
    CHECK_FALSE((a.doomed || b.doomed || c.doomed));
}

TEST_CASE("lanes: one with a later record in the log is doomed, one with an earlier record there is not") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    for (slot* s : {&a, &b, &c}) {
        REQUIRE(l.enter(*s) == entry::go);
    }
    l.came_back(a, false);
    CHECK(l.leave(b, true) == &a);
    l.came_back(c, false);
    CHECK(l.settle(c) == &a);
    CHECK(a.doomed);
    CHECK_FALSE(c.doomed);
    CHECK(l.leave(a, false) == &c);
    CHECK(l.is_front(c));
}

TEST_CASE("lanes: a later one that came back and may be in the log dooms the earlier ones, not itself") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    REQUIRE(l.enter(a) == entry::go);
    REQUIRE(l.enter(b) == entry::go);
    l.came_back(a, false);
    l.came_back(b, true);
    CHECK(l.settle(b) == &a);
    CHECK(a.doomed);
    CHECK_FALSE(b.doomed);
}

TEST_CASE("lanes: a later one that left and is not in the log dooms nobody") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    REQUIRE(l.enter(a) == entry::go);
    REQUIRE(l.enter(b) == entry::go);
    l.came_back(a, false);
    CHECK(l.leave(b, false) == &a);
    CHECK(l.settle(a) == &a);
    CHECK_FALSE(a.doomed);
}

TEST_CASE("lanes: one that was put off is the front and blocks later ones until it is handed over") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    CHECK(l.is_front(a));
    CHECK(l.enter(b) == entry::wait);
    CHECK_FALSE(l.is_front(b));
    CHECK(l.handed_over(a) == &b);
    CHECK(l.handed_over(b) == nullptr);
    CHECK(l.enter(c) == entry::go);
}

TEST_CASE("lanes: behind one that was put off, those that are with the transport already are no front") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    REQUIRE(l.enter(a) == entry::go);
    REQUIRE(l.enter(b) == entry::go);
    l.put_off(a);
    CHECK(l.enter(c) == entry::wait);
    CHECK(l.handed_over(a) == &c);
    CHECK(l.is_front(c));
}

TEST_CASE("lanes: nobody is the front while one is back, though what was put off before it has gone") {
    lanes l(2, 8);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    REQUIRE(l.enter(a) == entry::go);
    REQUIRE(l.enter(b) == entry::go);
    l.put_off(a);
    CHECK(l.enter(c) == entry::wait);
    l.came_back(b, false);
    CHECK_FALSE(l.is_front(a));
    CHECK(l.handed_over(a) == nullptr);
    CHECK_FALSE(l.is_front(c));
    CHECK(l.leave(a, true) != nullptr);
    CHECK(l.settle(c) == &b);
    CHECK(l.handed_over(b) == &c);
}

TEST_CASE(
    "lanes: no more than the cap may be parked, one that is refused is not in the lane, and there is room after a hand-over") {
    lanes l(2, 2);
    keyed a(8);
    keyed b(8);
    keyed c(8);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    CHECK(l.enter(b) == entry::wait);
    CHECK(l.enter(c) == entry::full);
    CHECK_FALSE(room_without_sleep(l, c));
    CHECK(l.handed_over(a) == &b);
    CHECK(room_without_sleep(l, c));
    CHECK(l.enter(c) == entry::wait);
    CHECK(l.leave(b, false) != nullptr);
    CHECK(l.is_front(c));
    CHECK(l.leave(c, false) == nullptr);
    CHECK(l.leave(a, true) == nullptr);
    CHECK(room_without_sleep(l, c));
}

TEST_CASE("lanes: a full lane does not stop another one in its bucket") {
    lanes l(2, 1);
    keyed a(8);
    keyed b(8);
    keyed other(10);
    REQUIRE(l.enter(a) == entry::go);
    l.put_off(a);
    CHECK(l.enter(b) == entry::full);
    CHECK(room_without_sleep(l, other));
    CHECK(l.enter(other) == entry::go);
}

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
