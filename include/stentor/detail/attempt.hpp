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

    // What can be said of the operation when its newest try ended like that: a try that may be in the log stays there, whatever
    // became of the ones after it.
    [[nodiscard]] stentor::outcome so_far(stentor::outcome newest) const noexcept {
        return maybe_logged_ && newest == outcome::not_persisted ? outcome::unknown : newest;
    }

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
        maybe_logged_ = maybe_logged_ || what.outcome == outcome::unknown;
        const stentor::outcome known = so_far(what.outcome);
        failure f{tries_, what.elapsed, what.remaining, what.code, what.cause, known, may_retry(policy, what), what.random};
        verdict v = policy.next(f);
        if (v.what == verdict::kind::retry) {
            const nanoseconds delay = v.delay > nanoseconds::zero() ? v.delay : nanoseconds::zero();
            if (f.transient && delay <= what.remaining && what.remaining - delay >= rules.margin) {
                return {action::kind::wait, known, delay, {}, {}};
            }
            // The policy would try again but must not: ask once more, so that a dead letter can still be its answer.
            f.transient = false;
            v = policy.next(f);
        }
        if (v.what == verdict::kind::redirect && !v.topic.empty() && known == outcome::not_persisted &&
            may_redirect(what.code, rules)) {
            redirected_ = true;
            return {action::kind::redirect, known, {}, v.topic, v.deadline};
        }
        return finish(known);
    }

    // The operation's own deadline has come, with this as the outcome of its newest try: no policy is asked any more.
    [[nodiscard]] action expired(stentor::outcome newest) const noexcept { return finish(redirected_ ? newest : so_far(newest)); }

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

    [[nodiscard]] static bool may_redirect(errc code, const attempt_rules& rules) noexcept {
        return rules.redirects && code != errc::closed && code != errc::circuit_open && code != errc::fatal;
    }

    std::uint32_t tries_ = 0;
    bool redirected_ = false;
    bool maybe_logged_ = false;
};

}  // namespace stentor::inline v0::detail
