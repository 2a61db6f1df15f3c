#include <catch2/catch_test_macros.hpp>

#include <limits>

#include <stentor/detail/math.hpp>

using namespace stentor;

TEST_CASE("math: the lesser, the greater, and what is between") {
    STATIC_CHECK(detail::lesser(1, 2) == 1);
    STATIC_CHECK(detail::lesser(2, 1) == 1);
    STATIC_CHECK(detail::greater(1, 2) == 2);
    STATIC_CHECK(detail::greater(2, 1) == 2);
    STATIC_CHECK(detail::clamped(0, 1, 3) == 1);
    STATIC_CHECK(detail::clamped(2, 1, 3) == 2);
    STATIC_CHECK(detail::clamped(4, 1, 3) == 3);
}

TEST_CASE("math: of equal ones the first, as std::min and std::max have it") {
    const int a = 1;
    const int b = 1;
    CHECK(&detail::lesser(a, b) == &a);
    CHECK(&detail::greater(a, b) == &a);
}

TEST_CASE("math: infinities and not-a-number are not finite, and a negative zero has its sign") {
    CHECK(detail::is_finite(1.5));
    CHECK(detail::is_finite(std::numeric_limits<float>::max()));
    CHECK_FALSE(detail::is_finite(std::numeric_limits<double>::infinity()));
    CHECK_FALSE(detail::is_finite(std::numeric_limits<double>::quiet_NaN()));
    CHECK(detail::has_sign(-0.0));
    CHECK_FALSE(detail::has_sign(0.0));
}
