#include <stentor/detail/date.hpp>

#include <chrono>
#include <cstdint>

#include <catch2/catch_test_macros.hpp>

using stentor::detail::date;

TEST_CASE("date: what the standard's calendar says, for each day from the year -400 to 10000", "[date]") {
    using namespace std::chrono;
    const auto first_day = sys_days{year{-400} / 1 / 1}.time_since_epoch().count();
    const auto last_day = sys_days{year{10000} / 12 / 31}.time_since_epoch().count();
    std::int64_t wrong = 0;
    for (std::int64_t d = first_day; d <= last_day; ++d) {
        const year_month_day expected{sys_days{days{d}}};
        const date seen = date::of(days{d});
        wrong += seen.year != static_cast<int>(expected.year()) || seen.month != static_cast<unsigned>(expected.month()) ||
                 seen.day != static_cast<unsigned>(expected.day());
    }
    CHECK(wrong == 0);
    CHECK(date::first_of_year_0 == sys_days{year{0} / 1 / 1}.time_since_epoch());
    CHECK(date::first_of_year_10000 == sys_days{year{10000} / 1 / 1}.time_since_epoch());
    CHECK(last_day - first_day > 3'700'000);
}

TEST_CASE("date: leap days and turns of the year", "[date]") {
    STATIC_REQUIRE(date::of(std::chrono::days{0}).year == 1970);
    STATIC_REQUIRE(date::of(std::chrono::days{0}).month == 1);
    STATIC_REQUIRE(date::of(std::chrono::days{0}).day == 1);
    STATIC_REQUIRE(date::of(std::chrono::days{-1}).year == 1969);
    STATIC_REQUIRE(date::of(std::chrono::days{-1}).month == 12);
    STATIC_REQUIRE(date::of(std::chrono::days{-1}).day == 31);
    STATIC_REQUIRE(date::of(std::chrono::days{11'016}).month == 2);  // 2000-02-29
    STATIC_REQUIRE(date::of(std::chrono::days{11'016}).day == 29);
}
