#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stentor/circuit.hpp>
#include <stentor/detail/breaker_machine.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// The breaker concept, `no_breaker`, and the default, `failure_breaker`. One for each topic: breaker/per_topic.hpp.

namespace stentor::inline v0 {

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class B>
concept has_allow = requires(B& b, std::string_view topic, const moment& at) {
    { b.allow(topic, at) } noexcept -> std::same_as<std::optional<permit>>;
};
template <class B>
concept has_record = requires(B& b, permit p, const call& what, const moment& at) {
    { b.record(p, what, at) } noexcept -> std::same_as<void>;
};
template <class B>
concept has_state = requires(const B& b) {
    { b.state() } noexcept -> std::same_as<circuit>;
};

// As one who looks on sees it then.
template <class B>
[[nodiscard]] circuit circuit_at(const B& b, instant now) noexcept {
    if constexpr (requires { b.state_at(now); }) {
        return b.state_at(now);
    } else {
        return b.state();
    }
}

}  // namespace detail

/// **breaker**: whether a try may be made at all.
/// 1. Decides: yes (a permit) or no. With no permit a first try is refused with `circuit_open`; a retry stays parked and asks
///    again.
/// 2. Called: `allow` before each try, `record` once for each permit, `on_client` when the client learns something.
/// 3. On: `allow` on every publishing thread at once; `record` mostly on the event thread, now and then on a publishing one;
///    `state` anywhere. All must be safe concurrently.
/// 4. Fails by: not at all, all members are noexcept.
/// 5. Bytes: views live for the call.
/// 6. Minimal:
/// ```cpp
/// struct kill_switch {
///     std::atomic<bool>* off;
///     std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
///         return off->load() ? std::nullopt : std::optional<stentor::permit>{std::in_place};
///     }
///     void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
///     stentor::circuit state() const noexcept { return off->load() ? stentor::circuit::open : stentor::circuit::closed; }
/// };
/// ```
/// Optional: `void on_client(const client_event&, const moment&) noexcept`; `instant probe_at(std::string_view topic) const
/// noexcept`, when it is worth asking again (else every 100 ms); `void why_open(std::string_view topic, std::string& to) const`,
/// what opened it; `std::uint32_t openings() const noexcept`, how often it has opened, so that an opening which is over when its
/// publisher looks next is told, too; `circuit state_at(instant now) const noexcept`, what snapshots show instead of `state`:
/// `half_open` of an open one that would give a permit now, since only traffic probes, and none is sent to a service that says it
/// is not ready.
template <class B>
concept breaker = detail::has_allow<B> && detail::has_record<B> && detail::has_state<B>;

/// Never in the way.
struct no_breaker {
    /// A permit, always.
    [[nodiscard]] std::optional<permit> allow(std::string_view, const moment&) noexcept { return permit{}; }
    /// Forgets it.
    void record(permit, const call&, const moment&) noexcept {}
    /// Closed, always.
    [[nodiscard]] circuit state() const noexcept { return circuit::closed; }
};

/// Opens after failures in a row, at a failure rate, at a rate of slow calls, or at once when credentials or TLS are refused. While
/// it is open no try is made. After the wait, or as soon as a broker is up again, it is half open: a few probes may go. Enough of
/// them succeed: closed. One fails, or is not answered in time: open again, for longer.
///
/// Results of tries that were allowed before a transition do not count after it. That all brokers are down opens nothing, because
/// the client says so at the first lost connection; what fails then opens it soon enough. All members may be called from any
/// thread; while it is closed and nothing fails, `allow` and `record` are one relaxed load each.
class failure_breaker {
public:
    using options = failure_breaker_options;  ///< the argument of the constructor

    /// With the default options.
    failure_breaker() noexcept : failure_breaker(options{}) {}
    /// `failure_breaker{{.failures = 3, .open_for = 10s}}`.
    explicit failure_breaker(const options& how) noexcept : machine_(how) { publish(); }
    /// Only before use: nothing may call either of them meanwhile.
    failure_breaker(failure_breaker&& other) noexcept : machine_(other.machine_) { publish(); }
    failure_breaker(const failure_breaker&) = delete;
    failure_breaker& operator=(const failure_breaker&) = delete;
    ~failure_breaker() = default;

    /// A permit while it is closed, or half open with a probe to spare; the topic does not matter.
    [[nodiscard]] std::optional<permit> allow(std::string_view /*topic*/, const moment& at) noexcept {
        const std::uint64_t seen = word_.load(std::memory_order_relaxed);
        if (state_of(seen) == circuit::closed) {
            return permit{generation_of(seen), 0};
        }
        if (at.now.time_since_epoch().count() < not_before_.load(std::memory_order_relaxed)) {
            return std::nullopt;
        }
        const detail::spin_guard guard(lock_);
        const std::optional<permit> answer = machine_.allow(at);
        publish();
        return answer;
    }

    /// Counts one finished try. What a permit from before the last transition brings is ignored.
    void record(permit p, const call& what, const moment& at) noexcept {
        const std::uint64_t seen = word_.load(std::memory_order_relaxed);
        const bool changes_nothing = state_of(seen) == circuit::closed &&
                                     (what.signal == signal::neutral || (what.signal == signal::success && (seen & counting) == 0));
        if (changes_nothing || p.generation != generation_of(seen)) {
            return;
        }
        const detail::spin_guard guard(lock_);
        machine_.record(p, what, at);
        publish();
    }

    /// A broker is up: an open circuit is half open at once. Credentials or TLS refused: it opens.
    void on_client(const client_event& what, const moment& at) noexcept {
        switch (what.what) {
            case client_event::kind::broker_up: {
                const detail::spin_guard guard(lock_);
                machine_.broker_up();
                publish();
                break;
            }
            case client_event::kind::authentication_failed:
            case client_event::kind::tls_failed: {
                const errc usual = what.what == client_event::kind::tls_failed ? errc::tls : errc::authentication;
                const detail::spin_guard guard(lock_);
                machine_.trip(what.code != errc::none ? what.code : usual, what.cause, at);
                publish();
                break;
            }
            default: break;
        }
    }

    /// Opens it and keeps it open, whatever happens, until `reset`.
    void isolate() noexcept {
        const detail::spin_guard guard(lock_);
        machine_.isolate();
        publish();
    }
    /// Closes it and forgets all failures; also ends `isolate`.
    void reset() noexcept {
        const detail::spin_guard guard(lock_);
        machine_.reset();
        publish();
    }

    /// As of now; another thread may change it at once.
    [[nodiscard]] circuit state() const noexcept { return state_of(word_.load(std::memory_order_relaxed)); }

    /// How often it has opened.
    [[nodiscard]] std::uint32_t openings() const noexcept {
        const detail::spin_guard guard(lock_);
        return machine_.openings();
    }

    /// The state, but `half_open` of an open circuit whose wait is over: whoever comes then may probe. One that is isolated stays
    /// open. Any thread.
    [[nodiscard]] circuit state_at(instant now) const noexcept {
        if (const circuit seen = state(); seen != circuit::open) {
            return seen;
        }
        const detail::spin_guard guard(lock_);
        return machine_.state() == circuit::open && machine_.not_before() <= now ? circuit::half_open : machine_.state();
    }

    /// When it is worth asking again: in the past when a permit is free, `instant::max()` while it is isolated.
    [[nodiscard]] instant probe_at(std::string_view /*topic*/) const noexcept {
        return instant(nanoseconds(not_before_.load(std::memory_order_relaxed)));
    }

    /// Writes what opened it to `to`, at most 160 bytes, the end of a longer one left out; nothing when it is closed.
    void why_open(std::string_view /*topic*/, std::string& to) const {
        detail::short_text<160> why;
        {
            const detail::spin_guard guard(lock_);
            why.append(machine_.why());
        }
        to.assign(why.view());
    }

private:
    // What `allow` and `record` need while all is well, in one word: generation, then one bit "a success must be counted", then the
    // state. Relaxed is enough: whoever acts on it takes the lock, and who is late by a few nanoseconds is merely late.
    static constexpr std::uint64_t counting = 4;
    [[nodiscard]] static circuit state_of(std::uint64_t word) noexcept { return static_cast<circuit>(word & 3U); }
    [[nodiscard]] static std::uint32_t generation_of(std::uint64_t word) noexcept {
        return static_cast<std::uint32_t>(word >> 32U);
    }

    void publish() noexcept {
        not_before_.store(machine_.not_before().time_since_epoch().count(), std::memory_order_relaxed);
        word_.store(std::uint64_t{machine_.generation()} << 32U | (machine_.counting() ? counting : 0U) |
                        static_cast<std::uint64_t>(machine_.state()),
                    std::memory_order_relaxed);
    }

    std::atomic<std::uint64_t> word_{0};
    std::atomic<instant::rep> not_before_{0};
    mutable detail::spin_lock lock_{};
    detail::breaker_machine machine_;
};

}  // namespace stentor::inline v0
