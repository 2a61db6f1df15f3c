#include <catch2/catch_test_macros.hpp>

#include <array>
#include <limits>
#include <span>

#include <stentor/detail/metrics/bounds.hpp>

using stentor::detail::metrics::increasing_and_finite;

TEST_CASE("increasing_and_finite: each bound is a number above the one before") {
    using two = std::array<double, 2>;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    CHECK(increasing_and_finite(std::span<const double>{}));
    CHECK(increasing_and_finite(two{-1, 0.5}));
    CHECK_FALSE(increasing_and_finite(two{1, 1}));
    CHECK_FALSE(increasing_and_finite(two{2, 1}));
    CHECK_FALSE(increasing_and_finite(two{1, infinity}));
    CHECK_FALSE(increasing_and_finite(two{-infinity, 1}));
    CHECK_FALSE(increasing_and_finite(two{nan, 1}));
    CHECK_FALSE(increasing_and_finite(two{1, nan}));
}
