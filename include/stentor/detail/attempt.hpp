#pragma once

#include <cstdint>
#include <string_view>

#include <stentor/detail/failure_class.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/retry.hpp>
#include <stentor/version.hpp>

// The decisions about one operation, free of I/O, clocks and threads: what happened goes in, what to do comes out. Retry policy and
// these rules decide; the core acts.

namespace stentor::inline v0::detail {

struct action {
    enum class kind : std::uint8_t {
        submit,    // hand it over (again), as soon as its lane and the transport allow
        wait,      // the same, but not before `delay` has passed
        redirect,  // send it to `topic` instead, within `deadline`
        finish,    // tell the caller: `outcome`
    };
    kind what = kind::finish;
    stentor::outcome outcome = outcome::not_persisted;
    nanoseconds delay{};
    std::string_view topic{};
    nanoseconds deadline{};
};

// One failed try, as the core has it.
struct failed_try {
    errc code = errc::none;
    bool transient = false;
    stentor::outcome outcome = outcome::not_persisted;
    std::string_view cause{};
    bool taken_back = false;
    nanoseconds elapsed{};
    nanoseconds remaining{};
    std::uint64_t random = 0;
};

// What holds for all operations of a publisher at this moment.
struct attempt_rules {
    nanoseconds margin{};   // a try that has less than this left is not started
    bool redirects = true;  // a broker is up and nothing is closing: dead letters may be written
};

class attempt {
public:
    // A try is being handed over.
    void admitted() noexcept { ++tries_; }
    // The transport answered "not now", or gave back what it never sent: that was no try.
    void withdrawn() noexcept { --tries_; }
    [[nodiscard]] std::uint32_t tries() const noexcept { return tries_; }
    // It is a dead letter now: what its first life said stands, and nothing is tried twice.
    [[nodiscard]] bool redirected() const noexcept { return redirected_; }

    // A retry that was put off is due: is there still time for it?
    [[nodiscard]] bool in_time(nanoseconds remaining, const attempt_rules& rules) const noexcept {
        return tries_ == 0 || redirected_ || remaining >= rules.margin;
    }

    // The try has failed, at submit or by report.
    template <class Policy>
    [[nodiscard]] action failed(const Policy& policy, const failed_try& what, const attempt_rules& rules) noexcept {
        if (what.taken_back) {
            withdrawn();
            return {action::kind::submit, outcome::not_persisted, {}, {}, {}};
        }
        if (redirected_) {
            return finish(what.outcome);
        }
        failure f{tries_, what.elapsed, what.remaining, what.code, what.cause, what.outcome, may_retry(policy, what), what.random};
        verdict v = policy.next(f);
        if (v.what == verdict::kind::retry) {
            const nanoseconds delay = v.delay > nanoseconds::zero() ? v.delay : nanoseconds::zero();
            if (f.transient && delay <= what.remaining && what.remaining - delay >= rules.margin) {
                return {action::kind::wait, what.outcome, delay, {}, {}};
            }
            // The policy would try again but must not: ask once more, so that a dead letter can still be its answer.
            f.transient = false;
            v = policy.next(f);
        }
        if (v.what == verdict::kind::redirect && may_redirect(what, rules)) {
            redirected_ = true;
            return {action::kind::redirect, what.outcome, {}, v.topic, v.deadline};
        }
        return finish(what.outcome);
    }

    // The operation's own deadline has come. `inside`: the transport has it, and nobody can say what becomes of it.
    [[nodiscard]] static action expired(bool inside) noexcept { return finish(inside ? outcome::unknown : outcome::not_persisted); }

private:
    [[nodiscard]] static constexpr action finish(stentor::outcome o) noexcept { return {action::kind::finish, o, {}, {}, {}}; }

    template <class Policy>
    [[nodiscard]] static bool may_retry(const Policy& policy, const failed_try& what) noexcept {
        if (what.code == errc::fatal || !what.transient) {
            return false;
        }
        if (what.outcome == outcome::unknown) {
            if constexpr (requires { static_cast<bool>(policy.allow_duplicates); }) {
                return static_cast<bool>(policy.allow_duplicates);
            } else {
                return false;
            }
        }
        return what.outcome == outcome::not_persisted;
    }

    [[nodiscard]] static bool may_redirect(const failed_try& what, const attempt_rules& rules) noexcept {
        return rules.redirects && what.outcome == outcome::not_persisted && what.code != errc::closed &&
               what.code != errc::circuit_open && what.code != errc::fatal;
    }

    std::uint32_t tries_ = 0;
    bool redirected_ = false;
};

}  // namespace stentor::inline v0::detail
