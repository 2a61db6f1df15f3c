#include <catch2/catch_test_macros.hpp>

#include <string_view>
#include <tuple>
#include <type_traits>

#include <stentor/detail/pick.hpp>

using namespace stentor;
using detail::pick_t;
using detail::role;
using detail::role_of;

static_assert(role_of<publisher_options>() == role::options);
static_assert(role_of<no_retry>() == role::retry);
static_assert(role_of<exponential_backoff>() == role::retry);
static_assert(role_of<dead_letter<>>() == role::retry);
static_assert(role_of<no_breaker>() == role::breaker);
static_assert(role_of<failure_breaker>() == role::breaker);
static_assert(role_of<no_tracer>() == role::tracer);
static_assert(role_of<raw_serializer>() == role::serializer);
static_assert(role_of<int>() == role::none);

static_assert(std::is_same_v<pick_t<role::retry, exponential_backoff>, exponential_backoff>);
static_assert(std::is_same_v<pick_t<role::retry, exponential_backoff, no_breaker, no_retry>, no_retry>);
static_assert(std::is_same_v<pick_t<role::breaker, failure_breaker, no_retry, no_tracer>, failure_breaker>);

TEST_CASE("pick: the argument of a role is moved out, whatever its place") {
    publisher_options options;
    options.slots = 7;
    std::tuple<no_breaker, exponential_backoff, publisher_options> given{no_breaker{}, exponential_backoff{.attempts = 9}, options};
    CHECK(detail::take<role::retry, exponential_backoff>(given).attempts == 9);
    CHECK(detail::take<role::options, publisher_options>(given).slots == 7);
}

TEST_CASE("pick: a role that nobody gave gets its default") {
    std::tuple<no_breaker> given{};
    CHECK(detail::take<role::retry, exponential_backoff>(given).attempts == exponential_backoff{}.attempts);
    std::tuple<> nothing{};
    CHECK(detail::take<role::options, publisher_options>(nothing).slots == publisher_options{}.slots);
}
