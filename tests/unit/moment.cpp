#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <type_traits>

#include <stentor/moment.hpp>

using namespace std::chrono_literals;
using namespace stentor;

namespace {
template <class Clock>
concept tells_time = requires { Clock::now(); };
}  // namespace

TEST_CASE("nobody can ask the monotonic clock for the time") {
    STATIC_CHECK_FALSE(tells_time<monotonic_clock>);
    STATIC_CHECK(tells_time<std::chrono::steady_clock>);
}

TEST_CASE("instants count nanoseconds and do not mix with other clocks") {
    STATIC_CHECK(std::is_same_v<instant::duration, nanoseconds>);
    STATIC_CHECK_FALSE(std::is_convertible_v<std::chrono::steady_clock::time_point, instant>);
    CHECK(instant(1s) - instant(1ms) == 999ms);
}

TEST_CASE("timestamps are whole milliseconds since the Unix epoch") {
    using namespace std::chrono;
    CHECK(timestamp(sys_days(year{2026} / 1 / 1)).time_since_epoch().count() == 1767225600000);
    CHECK(moment{}.wall == timestamp{});
}

TEST_CASE("an instant later is never one before, however much is added") {
    const instant now{1h};
    CHECK(detail::later(now, 5ms) == now + 5ms);
    CHECK(detail::later(now, -5ms) == now - 5ms);
    CHECK(detail::later(now, nanoseconds::max()) > now + 24h * 36500);
    CHECK(detail::later(now, nanoseconds::max()) + 24h > now);
    CHECK(detail::later(now, nanoseconds::min()) < now);
}
