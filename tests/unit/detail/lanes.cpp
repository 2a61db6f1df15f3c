#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/lanes.hpp>

#include "keyed.hpp"

using namespace stentor;
using detail::lanes;
using detail::slot;
using entry = detail::lanes::entry;

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
