#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <string>

#include <stentor/detail/memory/calendar.hpp>

using namespace stentor;
using detail::appointment;
using detail::calendar;
using detail::due;

namespace {

due at(int when, std::uint64_t order) { return {instant(nanoseconds(when)), order}; }

appointment meeting(int when, std::uint64_t order) {
    appointment a;
    a.when = at(when, order);
    return a;
}

}  // namespace

TEST_CASE("calendar: of equal instants the one that was asked for first comes first") {
    CHECK(at(1, 9).before(at(2, 1)));
    CHECK_FALSE(at(2, 1).before(at(1, 9)));
    CHECK(at(1, 1).before(at(1, 2)));
    CHECK_FALSE(at(1, 1).before(at(1, 1)));
}

TEST_CASE("calendar: appointments come by time, whatever order they were made in") {
    calendar c;
    CHECK_FALSE(c.has_appointment());
    int order = 0;
    for (const int when : {5, 1, 4, 1, 3, 5, 2}) {
        c.add(meeting(when, static_cast<std::uint64_t>(++order)));
    }
    std::string seen;
    while (c.has_appointment()) {
        const due next = c.next_appointment().when;
        const appointment a = c.pop_appointment();
        CHECK((a.when.at == next.at && a.when.order == next.order));
        seen += std::to_string(a.when.at.time_since_epoch().count()) + "#" + std::to_string(a.when.order) + " ";
    }
    CHECK(seen == "1#2 1#4 2#7 3#5 4#3 5#1 5#6 ");
}

TEST_CASE("calendar: arrivals come in their order, also when the ring grows while it is wrapped around") {
    calendar c;
    CHECK_FALSE(c.has_arrival());
    const auto entries = std::make_unique<detail::entry[]>(500);
    std::size_t in = 0;
    std::size_t out = 0;
    const auto arrive = [&](std::size_t n) {
        for (; n != 0; --n, ++in) {
            c.arrive(at(static_cast<int>(in), in), entries[in]);
        }
    };
    const auto leave = [&](std::size_t n) {
        for (; n != 0; --n, ++out) {
            REQUIRE(c.next_arrival().when.order == out);
            REQUIRE(&c.pop_arrival() == &entries[out]);
        }
    };
    arrive(50);
    leave(40);
    arrive(100);  // over the end of the first 64, and past them
    CHECK(c.arrivals() == 110);
    leave(100);
    arrive(200);
    leave(210);
    CHECK(c.arrivals() == 0);
    CHECK_FALSE(c.has_arrival());
}
