#include <catch2/catch_test_macros.hpp>

#include <chrono>

#include <stentor/detail/call_window.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using detail::call_window;

TEST_CASE("a window counts calls, failures and slow ones") {
    call_window w(10s);
    w.add(instant(5s), true, false);
    w.add(instant(6s), false, true);
    w.add(instant(6s), false, false);
    const auto sum = w.sum(instant(6s));
    CHECK(sum.calls == 3);
    CHECK(sum.failed == 1);
    CHECK(sum.slow == 1);
}

TEST_CASE("calls leave the window tenth by tenth") {
    call_window w(10s);
    w.add(instant(0s), false, false);
    w.add(instant(1s), false, false);
    CHECK(w.sum(instant(9999ms)).calls == 2);
    CHECK(w.sum(instant(10s)).calls == 1);
    CHECK(w.sum(instant(11s)).calls == 0);
}

TEST_CASE("a new turn of the window starts its tenth from zero") {
    call_window w(10s);
    w.add(instant(3s), true, true);
    w.add(instant(13s), false, false);
    CHECK(w.sum(instant(13s)).calls == 1);
    CHECK(w.sum(instant(13s)).failed == 0);
}

TEST_CASE("a moment that comes late counts if it is still in the window, and else does no harm") {
    call_window w(10s);
    w.add(instant(15s), false, false);
    w.add(instant(14s), true, false);
    w.add(instant(5s), true, false);
    CHECK(w.sum(instant(15s)).calls == 2);
    CHECK(w.sum(instant(15s)).failed == 1);
}

TEST_CASE("clear forgets all, and a window of no length is no division by zero") {
    call_window w(0s);
    w.add(instant(1s), true, false);
    CHECK(w.sum(instant(1s)).calls == 1);
    w.clear();
    CHECK(w.sum(instant(1s)).calls == 0);
}
