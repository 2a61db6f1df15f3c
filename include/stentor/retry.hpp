#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// The retry_policy concept, `no_retry`, and the ready-made policies: `exponential_backoff` (the default) and `dead_letter`.

namespace stentor::inline v0 {

/// One failed try, as a retry policy sees it. Views live for the call.
struct failure {
    std::uint32_t attempt = 1;                          ///< the try that failed: 1, 2, …
    nanoseconds elapsed{};                              ///< since `publish`
    nanoseconds remaining{};                            ///< until the deadline
    errc code = errc::none;                             ///< the condition
    std::string_view cause{};                           ///< the broker's own name of it
    stentor::outcome outcome = outcome::not_persisted;  ///< of the message so far, earlier tries included
    bool transient = true;                              ///< by the failure class table: the same message may succeed later
    std::uint64_t random = 0;                           ///< fresh bits, for jitter
};

/// What a retry policy answers. `topic` must outlive the publisher: point it at a member of the policy.
struct verdict {
    /// What to do.
    enum class kind : std::uint8_t {
        give_up,   ///< tell the caller
        retry,     ///< try again after `delay`
        redirect,  ///< send it to `topic` instead
    };
    kind what = kind::give_up;  ///< what to do
    nanoseconds delay{};        ///< of `retry`
    std::string_view topic{};   ///< of `redirect`
    nanoseconds deadline{};     ///< of `redirect`: how long the redirected record may take
};

/// Verdict: try again after `d`.
[[nodiscard]] constexpr verdict retry_in(nanoseconds d) noexcept { return {verdict::kind::retry, d, {}, {}}; }
/// Verdict: send the record to `topic` instead (a dead letter), within `deadline`.
[[nodiscard]] constexpr verdict redirect_to(std::string_view topic, nanoseconds deadline) noexcept {
    return {verdict::kind::redirect, {}, topic, deadline};
}
/// Not to a temporary string: the verdict only views its topic.
template <class Text>
    requires std::same_as<Text, std::string>
verdict redirect_to(Text&&, nanoseconds) = delete;  // the topic is a temporary. Keep it in the policy.
/// Verdict: tell the caller.
[[nodiscard]] constexpr verdict give_up() noexcept { return {}; }

/// **retry_policy**: what to do after a failed try.
/// 1. Decides: try again (when), redirect (where), or give up. The publisher keeps the rules that no policy may break: nothing is
///    retried that is permanent, `unknown` (unless `allow_duplicates`), fatal, or too close to its deadline.
/// 2. Called: after each failed try that may still be retried, and once more when it may not, for a redirect.
/// 3. On: the transport's event thread, for several publishes of several topics in turn; const, so share no state between calls.
/// 4. Fails by: not at all, it is noexcept.
/// 5. Bytes: `failure::cause` lives for the call; a verdict's topic must outlive the publisher.
/// 6. Minimal:
/// ```cpp
/// struct every_second {
///     stentor::verdict next(const stentor::failure& f) const noexcept {
///         return f.attempt < 5 ? stentor::retry_in(std::chrono::seconds(1)) : stentor::give_up();
///     }
/// };
/// ```
/// Optional: `bool allow_duplicates` (member or static): a try whose outcome is `unknown` is retried, too; every record then
/// carries a `message-id` header from the first try on, so that consumers can tell. Once a try may be in the log, the message is at
/// best `unknown` until one is persisted, whatever the later ones say.
template <class P>
concept retry_policy = requires(const P& policy, const failure& f) {
    { policy.next(f) } noexcept -> std::same_as<verdict>;
};

/// Never tries again: the first failure is the result.
struct no_retry {
    /// Gives up.
    [[nodiscard]] constexpr verdict next(const failure&) const noexcept { return give_up(); }
};

namespace detail {

template <class Policy>
[[nodiscard]] constexpr bool allows_duplicates(const Policy& policy) noexcept {
    if constexpr (requires { static_cast<bool>(policy.allow_duplicates); }) {
        return static_cast<bool>(policy.allow_duplicates);
    } else {
        return false;
    }
}

}  // namespace detail

/// How much of a delay is left to chance, so that clients that failed together do not come back together.
enum class jitter : std::uint8_t {
    none,   ///< exactly the delay
    full,   ///< anything from zero to the delay
    equal,  ///< at least half of the delay
};

/// Waits `initial`, then `factor` times as long after each further try, never longer than `max`. The default policy.
/// Any thread; no state, no clock, and chance only from `failure::random`. Odd values do no harm: a factor below 1 (or none at all)
/// counts as 1, a negative duration as zero.
struct exponential_backoff {
    std::uint32_t attempts = 3;                      ///< tries, the first one included; 0 counts as 1
    nanoseconds initial = milliseconds(100);         ///< between the first try and the second
    double factor = 2.0;                             ///< how much longer each further wait is
    nanoseconds max = std::chrono::seconds(10);      ///< no wait is ever longer
    stentor::jitter jitter = stentor::jitter::none;  ///< which part of the wait is random
    bool allow_duplicates = false;                   ///< retry an `unknown` outcome, too: the log may then hold it twice

    /// The task gateway's policy: three tries, the first wait 100 ms.
    [[nodiscard]] static constexpr exponential_backoff gateway() noexcept { return {}; }
    /// The event bus's policy, for outages of some seconds: five tries, waits of 1, 2, 4 and 8 s, never over 10 s. Give such
    /// publishes a deadline of more than those 15 s.
    [[nodiscard]] static constexpr exponential_backoff event_bus() noexcept {
        exponential_backoff policy;
        policy.attempts = 5;
        policy.initial = std::chrono::seconds(1);
        return policy;
    }

    /// `retry_in` the next wait, or `give_up` when the tries are used up or a retry would be no use.
    [[nodiscard]] constexpr verdict next(const failure& f) const noexcept {
        const bool may_be_there = f.outcome != outcome::not_persisted;
        if (!f.transient || f.attempt >= attempts || (may_be_there && !allow_duplicates)) {
            return give_up();
        }
        return retry_in(spread(delay_after(f.attempt), f.random));
    }

    /// The wait after the failed try number `attempt` (1, 2, …), without jitter.
    [[nodiscard]] constexpr nanoseconds delay_after(std::uint32_t attempt) const noexcept {
        const nanoseconds most = detail::greater(max, nanoseconds::zero());
        const nanoseconds first = detail::clamped(initial, nanoseconds::zero(), most);
        if (!(factor > 1.0) || first == nanoseconds::zero()) {
            return first;
        }
        // Compared as floating point before it is converted: what does not fit in 64 bits is over `max` anyway.
        const auto limit = static_cast<double>(most.count());
        auto delay = static_cast<double>(first.count());
        for (std::uint32_t n = 1; n < attempt && delay < limit; ++n) {
            delay *= factor;
        }
        return delay < limit ? nanoseconds(static_cast<nanoseconds::rep>(delay)) : most;
    }

private:
    [[nodiscard]] constexpr nanoseconds spread(nanoseconds delay, std::uint64_t random) const noexcept {
        if (jitter == stentor::jitter::none || delay <= nanoseconds::zero()) {
            return delay;
        }
        const auto whole = static_cast<std::uint64_t>(delay.count());
        const std::uint64_t sure = jitter == stentor::jitter::equal ? whole - whole / 2 : 0;
        // The remainder favours short waits by less than one part in a million as long as a wait is under half an hour.
        return nanoseconds(static_cast<nanoseconds::rep>(sure + random % (whole - sure + 1)));
    }
};

/// Retries like `Inner`, and sends a message that `Inner` gives up on to a dead-letter topic. Only what is definitely not in the
/// log: an `unknown` outcome, an expired deadline, an open circuit, a closed publisher and a fatal producer are never redirected;
/// nor is a message whose time runs out while it waits for its next try.
/// The publisher adds the `stentor-dlq-*` headers, and writes no dead letter while no broker is up. Write `dead_letter<>{.topic =
/// "…"}` with the angle brackets: without them not every compiler deduces `Inner`.
template <class Inner = exponential_backoff>
struct dead_letter {
    Inner inner{};                                    ///< decides on retries
    std::string topic = "dead-letter";                ///< empty: no dead letters are written
    nanoseconds deadline = std::chrono::seconds(10);  ///< of the dead letter alone; the first deadline does not count for it
    bool allow_duplicates = detail::allows_duplicates(inner);  ///< `inner`'s, unless given

    /// What `inner` says; its `give_up` becomes `redirect_to(topic)` where that is allowed.
    [[nodiscard]] verdict next(const failure& f) const noexcept {
        const verdict v = inner.next(f);
        return v.what == verdict::kind::give_up && !topic.empty() && worth_keeping(f) ? redirect_to(topic, deadline) : v;
    }

private:
    [[nodiscard]] static constexpr bool worth_keeping(const failure& f) noexcept {
        const bool expired = f.code == errc::deadline_exceeded && f.remaining <= nanoseconds::zero();
        return f.outcome == outcome::not_persisted && !expired && f.code != errc::circuit_open && f.code != errc::closed &&
               f.code != errc::fatal;
    }
};

/// Stands in for a `dead_letter` of what is no retry_policy, so that the publisher can say so in one error.
template <class Inner>
    requires(!retry_policy<Inner>)
struct dead_letter<Inner> {
    /// What `dead_letter` has.
    /// @{
    using wrong_inside = Inner;
    Inner inner{};
    std::string topic{};
    nanoseconds deadline{};
    bool allow_duplicates = false;
    [[nodiscard]] verdict next(const failure&) const noexcept { return give_up(); }
    /// @}
};

}  // namespace stentor::inline v0
