#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <vector>

#include <stentor/detail/attempt.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using detail::action;
using detail::attempt;
using detail::attempt_rules;
using detail::failed_try;

namespace {

constexpr attempt_rules rules{9s + 500ms, true};

// Answers the same each time and remembers what it was asked.
struct always {
    verdict answer{};
    bool allow_duplicates = false;
    mutable std::vector<failure> asked{};
    [[nodiscard]] verdict next(const failure& f) const noexcept {
        asked.push_back(f);
        return answer;
    }
};

// Retries what is transient, and sends the rest to a dead-letter topic: ignores the outcome, unlike the real ones.
struct greedy_dead_letter {
    bool allow_duplicates = false;
    [[nodiscard]] verdict next(const failure& f) const noexcept { return f.transient ? retry_in(1s) : redirect_to("dlq", 10s); }
};

struct without_opinion {
    [[nodiscard]] verdict next(const failure&) const noexcept { return retry_in(1s); }
};

failed_try broken(outcome o = outcome::not_persisted, bool transient = true, errc code = errc::broker_unavailable) {
    return {code, transient, o, "_TRANSPORT", false, 1s, 30s, 7};
}

template <class Policy>
action first_failure(const Policy& policy, const failed_try& what, const attempt_rules& with = rules) {
    attempt a;
    a.admitted();
    return a.failed(policy, what, with);
}

}  // namespace

TEST_CASE("attempt: a transient failure that is definitely not persisted is tried again after the policy's delay") {
    const action a = first_failure(always{retry_in(250ms)}, broken());
    CHECK(a.what == action::kind::wait);
    CHECK(a.delay == 250ms);
}

TEST_CASE("attempt: a negative delay of a policy counts as none") {
    const action a = first_failure(always{retry_in(-5s)}, broken());
    CHECK(a.what == action::kind::wait);
    CHECK(a.delay == 0ns);
}

TEST_CASE("attempt: the policy sees the try as it was") {
    const always policy{give_up()};
    attempt a;
    a.admitted();
    a.admitted();
    (void)a.failed(policy, broken(), rules);
    REQUIRE(policy.asked.size() == 1);
    const failure& f = policy.asked[0];
    CHECK(f.attempt == 2);
    CHECK(f.elapsed == 1s);
    CHECK(f.remaining == 30s);
    CHECK(f.code == errc::broker_unavailable);
    CHECK(f.cause == "_TRANSPORT");
    CHECK(f.outcome == outcome::not_persisted);
    CHECK(f.transient);
    CHECK(f.random == 7);
}

TEST_CASE("attempt: what is permanent is not tried again, whatever the policy says") {
    const action a = first_failure(always{retry_in(0s)}, broken(outcome::not_persisted, false, errc::rejected));
    CHECK(a.what == action::kind::finish);
    CHECK(a.outcome == outcome::not_persisted);
}

TEST_CASE("attempt: an unknown outcome is tried again only with allow_duplicates") {
    CHECK(first_failure(always{retry_in(0s), true}, broken(outcome::unknown)).what == action::kind::wait);
    for (const action& a : {first_failure(always{retry_in(0s), false}, broken(outcome::unknown)),
                            first_failure(without_opinion{}, broken(outcome::unknown))}) {
        CHECK(a.what == action::kind::finish);
        CHECK(a.outcome == outcome::unknown);
    }
}

TEST_CASE("attempt: allow_duplicates does not make the permanent transient") {
    const action a = first_failure(always{retry_in(0s), true}, broken(outcome::unknown, false, errc::rejected));
    CHECK(a.what == action::kind::finish);
}

TEST_CASE("attempt: nothing is tried again after fatal, not even by a transient that allows duplicates") {
    for (const outcome o : {outcome::not_persisted, outcome::unknown}) {
        const always policy{retry_in(0s), true};
        const action a = first_failure(policy, broken(o, true, errc::fatal));
        CHECK(a.what == action::kind::finish);
        CHECK(a.outcome == o);
        CHECK_FALSE(policy.asked.at(0).transient);
    }
}

TEST_CASE("attempt: a retry needs attempt_timeout and 500 ms after its delay, to the nanosecond") {
    failed_try what = broken();
    what.remaining = rules.margin + 1s;
    CHECK(first_failure(always{retry_in(1s)}, what).what == action::kind::wait);
    what.remaining -= 1ns;
    CHECK(first_failure(always{retry_in(1s)}, what).what == action::kind::finish);
    what.remaining = 1s;
    CHECK(first_failure(always{retry_in(1s)}, what, {0ns, true}).what == action::kind::wait);
}

TEST_CASE("attempt: a delay too large to subtract ends it instead of overflowing") {
    CHECK(first_failure(always{retry_in(nanoseconds::max())}, broken()).what == action::kind::finish);
    failed_try late = broken();
    late.remaining = -1s;
    CHECK(first_failure(always{retry_in(nanoseconds::max())}, late).what == action::kind::finish);
}

TEST_CASE("attempt: a retry that was put off starts only with the margin left, a first try and a dead letter always") {
    attempt a;
    CHECK(a.in_time(0s, rules));
    a.admitted();
    CHECK(a.in_time(rules.margin, rules));
    CHECK_FALSE(a.in_time(rules.margin - 1ns, rules));
    REQUIRE(a.failed(always{redirect_to("dlq", 10s)}, broken(), rules).what == action::kind::redirect);
    CHECK(a.in_time(0s, rules));
}

TEST_CASE("attempt: a policy that may not retry is asked once more as for something permanent, so that a dead letter can answer") {
    failed_try what = broken();
    what.remaining = rules.margin;
    const action a = first_failure(greedy_dead_letter{}, what);
    CHECK(a.what == action::kind::redirect);
    CHECK(a.topic == "dlq");
    CHECK(a.deadline == 10s);
    const always stubborn{retry_in(1s)};
    CHECK(first_failure(stubborn, what).what == action::kind::finish);
    REQUIRE(stubborn.asked.size() == 2);
    CHECK(stubborn.asked[0].transient);
    CHECK_FALSE(stubborn.asked[1].transient);
}

TEST_CASE("attempt: the library's dead_letter gets a message that ran out of time") {
    failed_try what = broken();
    what.remaining = 1s;
    const dead_letter<> policy{.inner = {}, .topic = "graveyard", .deadline = 3s};
    const action a = first_failure(policy, what);
    CHECK(a.what == action::kind::redirect);
    CHECK(a.topic == "graveyard");
    CHECK(a.deadline == 3s);
}

TEST_CASE("attempt: only what is definitely not persisted is redirected") {
    CHECK(first_failure(always{redirect_to("dlq", 1s)}, broken()).what == action::kind::redirect);
    const action a = first_failure(always{redirect_to("dlq", 1s), true}, broken(outcome::unknown));
    CHECK(a.what == action::kind::finish);
    CHECK(a.outcome == outcome::unknown);
}

TEST_CASE("attempt: an open circuit, a close and a fatal producer are never redirected") {
    for (const errc code : {errc::circuit_open, errc::closed, errc::fatal}) {
        CHECK(first_failure(always{redirect_to("dlq", 1s)}, broken(outcome::not_persisted, false, code)).what ==
              action::kind::finish);
    }
}

TEST_CASE("attempt: nothing is redirected while no broker is up") {
    CHECK(first_failure(always{redirect_to("dlq", 1s)}, broken(), {rules.margin, false}).what == action::kind::finish);
}

TEST_CASE("attempt: a dead letter is tried once, and the policy is not asked again") {
    attempt a;
    a.admitted();
    REQUIRE(a.failed(always{redirect_to("dlq", 1s)}, broken(), rules).what == action::kind::redirect);
    CHECK(a.redirected());
    a.admitted();
    const always policy{retry_in(0s), true};
    const action end = a.failed(policy, broken(outcome::unknown), rules);
    CHECK(end.what == action::kind::finish);
    CHECK(end.outcome == outcome::unknown);
    CHECK(policy.asked.empty());
}

TEST_CASE("attempt: what was taken back goes out again and counts as no try, a dead letter too") {
    failed_try what = broken(outcome::not_persisted, false, errc::closed);
    what.taken_back = true;
    attempt a;
    const always policy{give_up()};
    a.admitted();
    CHECK(a.failed(policy, what, rules).what == action::kind::submit);
    CHECK(a.tries() == 0);
    CHECK(policy.asked.empty());
    a.admitted();
    REQUIRE(a.failed(always{redirect_to("dlq", 1s)}, broken(), rules).what == action::kind::redirect);
    a.admitted();
    CHECK(a.failed(policy, what, rules).what == action::kind::submit);
    CHECK(a.tries() == 1);
}

TEST_CASE("attempt: a not-now answer counts as no try") {
    attempt a;
    a.admitted();
    a.withdrawn();
    CHECK(a.tries() == 0);
    a.admitted();
    CHECK(a.tries() == 1);
}

TEST_CASE("attempt: a deadline is unknown for what the transport has, and definite for what it has not") {
    CHECK(attempt{}.expired(outcome::unknown).outcome == outcome::unknown);
    CHECK(attempt{}.expired(outcome::not_persisted).outcome == outcome::not_persisted);
    CHECK(attempt{}.expired(outcome::unknown).what == action::kind::finish);
}

TEST_CASE("attempt: giving up tells the outcome of the last try") {
    for (const outcome o : {outcome::not_persisted, outcome::unknown}) {
        const action a = first_failure(no_retry{}, broken(o));
        CHECK(a.what == action::kind::finish);
        CHECK(a.outcome == o);
    }
}

TEST_CASE("attempt: after a try that may be in the log nothing is definite any more, but for a success") {
    struct again {
        bool allow_duplicates = true;
        [[nodiscard]] stentor::verdict next(const stentor::failure& f) const noexcept {
            seen.push_back(f.outcome);
            return f.attempt < 3 ? stentor::retry_in(std::chrono::milliseconds(1))
                                 : stentor::redirect_to("dead", std::chrono::seconds(1));
        }
        mutable std::vector<outcome> seen{};
    };
    const again policy;
    attempt a;
    CHECK(a.so_far(outcome::not_persisted) == outcome::not_persisted);
    failed_try f;
    f.code = errc::broker_unavailable;
    f.transient = true;
    f.remaining = std::chrono::seconds(1);
    f.outcome = outcome::unknown;
    a.admitted();
    CHECK(a.failed(policy, f, {}).what == action::kind::wait);
    f.outcome = outcome::not_persisted;
    a.admitted();
    CHECK(a.failed(policy, f, {}).outcome == outcome::unknown);
    a.admitted();
    const action last = a.failed(policy, f, {});
    CHECK(last.what == action::kind::finish);
    CHECK(last.outcome == outcome::unknown);
    CHECK(policy.seen == std::vector<outcome>{outcome::unknown, outcome::unknown, outcome::unknown});
    CHECK(a.so_far(outcome::not_persisted) == outcome::unknown);
    CHECK(a.so_far(outcome::persisted) == outcome::persisted);
    CHECK(a.expired(outcome::not_persisted).outcome == outcome::unknown);
}

TEST_CASE("attempt: a redirect to no topic is none") {
    const action a = first_failure(always{redirect_to("", 1s)}, broken());
    CHECK(a.what == action::kind::finish);
    CHECK(a.outcome == outcome::not_persisted);
}

TEST_CASE("attempt: the deadline of a dead letter says what became of the letter, not of the message") {
    attempt a;
    a.admitted();
    REQUIRE(a.failed(always{redirect_to("dlq", 1s)}, broken(), rules).what == action::kind::redirect);
    CHECK(a.expired(outcome::unknown).outcome == outcome::unknown);
    CHECK(a.expired(outcome::not_persisted).outcome == outcome::not_persisted);
}
