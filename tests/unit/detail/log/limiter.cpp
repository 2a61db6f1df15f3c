#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <limits>

#include <stentor/detail/log/limiter.hpp>

using namespace std::chrono_literals;
using stentor::detail::log_limiter;

namespace {

stentor::moment at(stentor::nanoseconds since) {
    return {stentor::instant(since), 0, stentor::timestamp(std::chrono::floor<stentor::milliseconds>(since))};
}

}  // namespace

TEST_CASE("a limiter lets a burst through, then one an interval, and a burst again after a rest") {
    log_limiter limiter;
    const auto passes = [&](stentor::nanoseconds when) { return limiter.allow(at(when), 3, 1s); };
    for (int i = 0; i < 3; ++i) {
        CHECK(passes(10s));
    }
    CHECK_FALSE(passes(10s));
    CHECK_FALSE(passes(10s + 999ms));
    CHECK(limiter.last_suppressed() == stentor::timestamp(10'999ms));
    CHECK(passes(11s));
    CHECK_FALSE(passes(11s));
    CHECK(limiter.take_suppressed() == 3);
    CHECK(limiter.take_suppressed() == 0);
    for (int i = 0; i < 3; ++i) {
        CHECK(passes(100s));
    }
    CHECK_FALSE(passes(100s));
    CHECK(limiter.take_suppressed() == 1);
}

TEST_CASE("a limiter takes any limits: none, none at once, an interval of for ever") {
    log_limiter none;
    log_limiter no_burst;
    log_limiter for_ever;
    for (int i = 0; i < 100; ++i) {
        CHECK(none.allow(at(1s), 0, 0s));
        CHECK(no_burst.allow(at(1s), 0, 1s) == (i == 0));
        CHECK(for_ever.allow(at(std::chrono::hours(24 * i)), 2, stentor::nanoseconds::max()) == (i < 2));
    }
    log_limiter wide;
    for (int i = 0; i < 100; ++i) {
        CHECK(wide.allow(at(0s), std::numeric_limits<std::uint32_t>::max(), std::chrono::hours(24)));
    }
}

TEST_CASE("a clock that goes back by a little, as those of several threads do, holds nobody back for longer") {
    log_limiter limiter;
    CHECK(limiter.allow(at(10s), 1, 1s));
    CHECK_FALSE(limiter.allow(at(9s), 1, 1s));
    CHECK(limiter.allow(at(11s), 1, 1s));
}
