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
