#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include <stentor/retry.hpp>

using namespace std::chrono_literals;
using namespace stentor;

static_assert(retry_policy<no_retry>);
static_assert(retry_policy<exponential_backoff>);
static_assert(retry_policy<dead_letter<>>);
static_assert(retry_policy<dead_letter<no_retry>>);

namespace {

failure failed(std::uint32_t attempt, std::uint64_t random = 0) {
    failure f;
    f.attempt = attempt;
    f.remaining = 20s;
    f.code = errc::broker_unavailable;
    f.random = random;
    return f;
}

std::vector<nanoseconds> waits(const exponential_backoff& policy) {
    std::vector<nanoseconds> all;
    for (std::uint32_t attempt = 1;; ++attempt) {
        const verdict v = policy.next(failed(attempt));
        if (v.what != verdict::kind::retry) {
            return all;
        }
        all.push_back(v.delay);
    }
}

// Some numbers that reach every corner of the 64 bits.
std::vector<std::uint64_t> chances() {
    std::vector<std::uint64_t> all{0, 1, std::numeric_limits<std::uint64_t>::max()};
    for (std::uint64_t i = 1; i < 200; ++i) {
        all.push_back(i * 0x9e3779b97f4a7c15U);
    }
    return all;
}

}  // namespace

TEST_CASE("no_retry gives up at the first failure") { CHECK(no_retry{}.next(failed(1)).what == verdict::kind::give_up); }

TEST_CASE("exponential_backoff makes three tries from 100 ms by default") {
    CHECK(waits(exponential_backoff{}) == std::vector<nanoseconds>{100ms, 200ms});
    CHECK(waits(exponential_backoff::gateway()) == std::vector<nanoseconds>{100ms, 200ms});
}

TEST_CASE("exponential_backoff::event_bus waits 1, 2, 4 and 8 s, and is capped at 10 s") {
    exponential_backoff policy = exponential_backoff::event_bus();
    CHECK(waits(policy) == std::vector<nanoseconds>{1s, 2s, 4s, 8s});
    policy.attempts = 7;
    CHECK(waits(policy) == std::vector<nanoseconds>{1s, 2s, 4s, 8s, 10s, 10s});
}

TEST_CASE("attempts counts the first try, and 0 means 1") {
    CHECK(waits({.attempts = 1}).empty());
    CHECK(waits({.attempts = 0}).empty());
    CHECK(waits({.attempts = 2}).size() == 1);
}

TEST_CASE("exponential_backoff gives up on what is permanent") {
    failure f = failed(1);
    f.transient = false;
    CHECK(exponential_backoff{}.next(f).what == verdict::kind::give_up);
}

TEST_CASE("exponential_backoff retries an unknown outcome only when duplicates are allowed") {
    failure f = failed(1);
    f.outcome = outcome::unknown;
    CHECK(exponential_backoff{}.next(f).what == verdict::kind::give_up);
    CHECK(exponential_backoff{.allow_duplicates = true}.next(f).what == verdict::kind::retry);
}

TEST_CASE("no wait is ever longer than max, whatever the numbers") {
    for (const double factor : {0.0, 0.5, 1.0, 1.5, 2.0, 1e9, 1e300, std::numeric_limits<double>::infinity(),
                                std::numeric_limits<double>::quiet_NaN(), -3.0}) {
        for (const nanoseconds initial : {nanoseconds(-5), 0ns, 1ns, nanoseconds(7s), nanoseconds::max()}) {
            for (const nanoseconds max : {nanoseconds(-1), 0ns, nanoseconds(10s), nanoseconds::max()}) {
                const exponential_backoff policy{.attempts = 5000, .initial = initial, .factor = factor, .max = max};
                for (const std::uint32_t attempt : {1U, 2U, 63U, 64U, 65U, 4998U}) {
                    const nanoseconds delay = policy.next(failed(attempt)).delay;
                    REQUIRE(delay >= 0ns);
                    REQUIRE(delay <= std::max(max, 0ns));
                    REQUIRE(delay >= std::min(std::max(initial, 0ns), std::max(max, 0ns)));
                }
            }
        }
    }
}

TEST_CASE("a factor that is not over 1 leaves the wait as it is") {
    CHECK(waits({.attempts = 4, .initial = 5ms, .factor = 1.0}) == std::vector<nanoseconds>{5ms, 5ms, 5ms});
    CHECK(waits({.attempts = 3, .initial = 5ms, .factor = -2.0}) == std::vector<nanoseconds>{5ms, 5ms});
}

TEST_CASE("full jitter draws from zero to the wait, equal jitter from its upper half") {
    nanoseconds full_least = 1h, full_most = 0ns, equal_least = 1h, equal_most = 0ns;
    for (const std::uint64_t random : chances()) {
        const nanoseconds full = exponential_backoff{.jitter = jitter::full}.next(failed(2, random)).delay;
        const nanoseconds equal = exponential_backoff{.jitter = jitter::equal}.next(failed(2, random)).delay;
        full_least = std::min(full_least, full);
        full_most = std::max(full_most, full);
        equal_least = std::min(equal_least, equal);
        equal_most = std::max(equal_most, equal);
        REQUIRE(exponential_backoff{}.next(failed(2, random)).delay == 200ms);
    }
    CHECK(full_least >= 0ns);
    CHECK(full_least < 20ms);
    CHECK(full_most > 180ms);
    CHECK(full_most <= 200ms);
    CHECK(equal_least >= 100ms);
    CHECK(equal_least < 110ms);
    CHECK(equal_most > 190ms);
    CHECK(equal_most <= 200ms);
}

TEST_CASE("jitter is the same for the same random number") {
    const exponential_backoff policy{.jitter = jitter::full};
    CHECK(policy.next(failed(1, 4711)).delay == policy.next(failed(1, 4711)).delay);
    CHECK(policy.next(failed(1, 4711)).delay != policy.next(failed(1, 4712)).delay);
}

TEST_CASE("dead_letter retries like its inner policy, and then redirects") {
    const dead_letter<> policy{.inner = {.attempts = 2}, .topic = "graveyard", .deadline = 3s};
    CHECK(policy.next(failed(1)).what == verdict::kind::retry);
    const verdict v = policy.next(failed(2));
    CHECK(v.what == verdict::kind::redirect);
    CHECK(v.topic == "graveyard");
    CHECK(v.topic.data() == policy.topic.data());
    CHECK(v.deadline == 3s);
}

TEST_CASE("dead_letter has defaults, and its topic follows it when it is moved") {
    dead_letter<> first{.topic = "a topic name that is too long to be stored in place"};
    CHECK(first.deadline == 10s);
    CHECK(dead_letter<>{}.topic == "dead-letter");
    const dead_letter<> second = std::move(first);
    CHECK(second.next(failed(3)).topic.data() == second.topic.data());
}

TEST_CASE("dead_letter redirects what is permanent at once") {
    failure f = failed(1);
    f.transient = false;
    f.code = errc::message_too_large;
    CHECK(dead_letter<>{}.next(f).what == verdict::kind::redirect);
}

TEST_CASE("dead_letter never redirects what is not definite, expired, refused by the breaker, closed or fatal") {
    failure f = failed(9);
    f.outcome = outcome::unknown;
    CHECK(dead_letter<>{}.next(f).what == verdict::kind::give_up);
    f.outcome = outcome::not_persisted;
    for (const errc code : {errc::circuit_open, errc::closed, errc::fatal}) {
        f.code = code;
        CHECK(dead_letter<>{}.next(f).what == verdict::kind::give_up);
    }
    f.code = errc::deadline_exceeded;
    f.remaining = 0ns;
    CHECK(dead_letter<>{}.next(f).what == verdict::kind::give_up);
}

TEST_CASE("dead_letter without a topic writes no dead letters") {
    CHECK(dead_letter<>{.topic = ""}.next(failed(9)).what == verdict::kind::give_up);
}

TEST_CASE("dead_letter redirects a try that timed out while the operation has time left") {
    failure f = failed(9);
    f.code = errc::deadline_exceeded;
    f.remaining = 1s;
    CHECK(dead_letter<>{}.next(f).what == verdict::kind::redirect);
}

TEST_CASE("dead_letter allows duplicates exactly when its inner policy does") {
    CHECK_FALSE(dead_letter<>{}.allow_duplicates);
    CHECK_FALSE(dead_letter<no_retry>{}.allow_duplicates);
    const dead_letter<> willing{.inner = {.allow_duplicates = true}};
    CHECK(willing.allow_duplicates);
    failure f = failed(1);
    f.outcome = outcome::unknown;
    CHECK(willing.next(f).what == verdict::kind::retry);
    f.attempt = 3;
    CHECK(willing.next(f).what == verdict::kind::give_up);
}

TEST_CASE("no wait has no jitter") {
    for (const jitter how : {jitter::none, jitter::equal, jitter::full}) {
        CHECK(exponential_backoff{.initial = 0s, .jitter = how}.next(failed(1, ~std::uint64_t{0})).delay == 0s);
        CHECK(exponential_backoff{.max = 0s, .jitter = how}.next(failed(1, ~std::uint64_t{0})).delay == 0s);
    }
}
