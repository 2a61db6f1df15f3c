#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include <stentor/circuit.hpp>
#include <stentor/detail/call_window.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/short_text.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

// The decisions of a failure_breaker, with no thread, clock or atomic in sight: failure_breaker adds the lock and the quick paths.

namespace stentor::inline v0::detail {

class breaker_machine {
public:
    explicit breaker_machine(const failure_breaker_options& options) noexcept
        : options_(options), window_(options.window), wait_(first_wait()) {}

    [[nodiscard]] circuit state() const noexcept { return state_; }
    // Moves on at every transition: a permit of another generation says nothing about this one.
    [[nodiscard]] std::uint32_t generation() const noexcept { return generation_; }
    // How often it has opened: who looks now and then sees by it what went by in between.
    [[nodiscard]] std::uint32_t openings() const noexcept { return openings_; }
    // Closed and not counting: a success changes nothing.
    [[nodiscard]] bool counting() const noexcept { return consecutive_ != 0 || rates(); }
    [[nodiscard]] std::string_view why() const noexcept { return why_.view(); }

    // Until then `allow` says no, unless something else happens first.
    [[nodiscard]] instant not_before() const noexcept {
        switch (state_) {
            case circuit::closed: return instant::min();
            case circuit::open: return isolated_ ? instant::max() : open_until_;
            case circuit::half_open: break;
        }
        instant first = instant::max();
        for (std::size_t i = 0; i < probe_count(); ++i) {
            if (!probes_[i].out) {
                return instant::min();
            }
            first = lesser(first, probes_[i].expires);
        }
        return first;
    }

    [[nodiscard]] std::optional<permit> allow(const moment& at) noexcept {
        if (state_ == circuit::closed) {
            return permit{generation_, 0};
        }
        expire_probes(at);
        if (state_ == circuit::open && !isolated_ && at.now >= open_until_) {
            half_open();
        }
        if (state_ != circuit::half_open) {
            return std::nullopt;
        }
        for (std::uint32_t i = 0; i < probe_count(); ++i) {
            if (!probes_[i].out) {
                probes_[i] = {true, later(at.now, options_.probe_timeout)};
                return permit{generation_, i + 1};
            }
        }
        return std::nullopt;
    }

    void record(permit p, const call& what, const moment& at) noexcept {
        if (p.generation != generation_) {
            return;
        }
        if (state_ == circuit::closed) {
            count(what, at);
        } else if (state_ == circuit::half_open && p.slot >= 1 && p.slot <= probe_count() && probes_[p.slot - 1].out) {
            probes_[p.slot - 1].out = false;
            judge(what, at);
        }
    }

    void trip(errc code, std::string_view cause, const moment& at) noexcept {
        if (state_ == circuit::open) {
            if (!isolated_) {
                explain("", code, cause);
            }
            return;
        }
        explain("", code, cause);
        open(at.now, at.random);
    }

    void broker_up() noexcept {
        if (state_ == circuit::open && !isolated_) {
            half_open();
        }
    }

    void isolate() noexcept {
        isolated_ = true;
        why_.clear();
        why_.append("isolated by hand");
        enter(circuit::open);
    }

    void reset() noexcept { close(); }

private:
    static constexpr std::size_t most_probes = 16;

    struct probe {
        bool out = false;
        instant expires{};
    };

    [[nodiscard]] bool rates() const noexcept { return options_.failure_rate > 0.0 || slow_rule(); }
    [[nodiscard]] bool slow_rule() const noexcept {
        return options_.slow_call_rate > 0.0 && options_.slow_call > nanoseconds::zero();
    }
    [[nodiscard]] bool slow(const call& what) const noexcept { return slow_rule() && what.elapsed >= options_.slow_call; }
    [[nodiscard]] std::uint32_t probe_count() const noexcept {
        return clamped<std::uint32_t>(options_.probes, 1, static_cast<std::uint32_t>(most_probes));
    }
    [[nodiscard]] nanoseconds first_wait() const noexcept { return greater(options_.open_for, nanoseconds::zero()); }
    [[nodiscard]] static instant later(instant from, nanoseconds by) noexcept {
        return by < instant::max() - greater(from, instant{}) ? from + greater(by, nanoseconds::zero()) : instant::max();
    }

    void count(const call& what, const moment& at) noexcept {
        if (what.signal == signal::neutral) {
            return;
        }
        if (what.signal == signal::trip) {
            return trip(what.code, what.cause, at);
        }
        const bool failed = what.signal == signal::failure;
        consecutive_ = failed ? consecutive_ + 1 : 0;
        if (options_.failures != 0 && consecutive_ >= options_.failures) {
            why_.clear();
            why_.append(consecutive_).append(consecutive_ == 1 ? " failure: " : " failures in a row, the last one ");
            name_cause(what.code, what.cause);
            return open(at.now, at.random);
        }
        if (!rates()) {
            return;
        }
        window_.add(at.now, failed, slow(what));
        const call_counts sum = window_.sum(at.now);
        if (sum.calls < greater<std::uint64_t>(options_.minimum_calls, 1)) {
            return;
        }
        if (options_.failure_rate > 0.0 && reaches(sum.failed, sum.calls, options_.failure_rate)) {
            why_.clear();
            why_.append(sum.failed).append(" failures in ").append(sum.calls).append(" calls");
            if (failed) {
                why_.append(", the last one ");
                name_cause(what.code, what.cause);
            }
            open(at.now, at.random);
        } else if (slow_rule() && reaches(sum.slow, sum.calls, options_.slow_call_rate)) {
            why_.clear();
            why_.append(sum.slow).append(" slow calls in ").append(sum.calls);
            open(at.now, at.random);
        }
    }

    [[nodiscard]] static bool reaches(std::uint64_t part, std::uint64_t whole, double rate) noexcept {
        return static_cast<double>(part) >= rate * static_cast<double>(whole);
    }

    void judge(const call& what, const moment& at) noexcept {
        if (what.signal == signal::neutral) {
            return;
        }
        if (what.signal != signal::success) {
            explain("a probe failed: ", what.code, what.cause);
            return open(at.now, at.random);
        }
        if (slow(what)) {
            // Brokers that are slow enough to open the circuit must not close it.
            why_.clear();
            why_.append("a probe was slow");
            return open(at.now, at.random);
        }
        if (++succeeded_ >= greater<std::uint32_t>(options_.successes, 1)) {
            close();
        }
    }

    void expire_probes(const moment& at) noexcept {
        if (state_ != circuit::half_open) {
            return;
        }
        instant first = instant::max();
        for (const probe& p : probes_) {
            if (p.out) {
                first = lesser(first, p.expires);
            }
        }
        if (at.now >= first) {
            why_.clear();
            why_.append("a probe was not answered in time");
            // Since then, and not since now: whoever asks after a long silence need not wait once more.
            open(first, at.random);
        }
    }

    void open(instant from, std::uint64_t random) noexcept {
        nanoseconds wait = wait_;
        if (state_ == circuit::half_open) {
            wait_ = longer(wait_);
            wait = shortened(wait_, random);
        }
        open_until_ = later(from, wait);
        enter(circuit::open);
    }

    [[nodiscard]] nanoseconds longer(nanoseconds wait) const noexcept {
        const nanoseconds most = greater(options_.max_open_for, first_wait());
        const double next = static_cast<double>(wait.count()) * greater(options_.factor, 1.0);
        return next < static_cast<double>(most.count()) ? nanoseconds(static_cast<nanoseconds::rep>(next)) : most;
    }

    [[nodiscard]] nanoseconds shortened(nanoseconds wait, std::uint64_t random) const noexcept {
        // The upper 53 bits are a fraction in [0, 1) that a double holds exactly.
        const double chance = static_cast<double>(random >> 11U) * 0x1.0p-53;
        const double part = clamped(options_.jitter, 0.0, 1.0) * chance;
        return wait - nanoseconds(static_cast<nanoseconds::rep>(static_cast<double>(wait.count()) * part));
    }

    void half_open() noexcept { enter(circuit::half_open); }

    void close() noexcept {
        isolated_ = false;
        wait_ = first_wait();
        why_.clear();
        enter(circuit::closed);
    }

    void enter(circuit next) noexcept {
        openings_ += next == circuit::open && state_ != circuit::open ? 1U : 0U;
        state_ = next;
        ++generation_;
        consecutive_ = 0;
        succeeded_ = 0;
        probes_ = {};
        window_.clear();
    }

    void explain(std::string_view what, errc code, std::string_view cause) noexcept {
        why_.clear();
        why_.append(what);
        name_cause(code, cause);
    }
    void name_cause(errc code, std::string_view cause) noexcept {
        why_.append(code != errc::none ? to_string(code) : std::string_view{"failure"});
        if (!cause.empty()) {
            why_.append(": ").append(cause);
        }
    }

    failure_breaker_options options_;
    circuit state_ = circuit::closed;
    bool isolated_ = false;
    std::uint32_t generation_ = 1;
    std::uint32_t openings_ = 0;
    std::uint32_t consecutive_ = 0;  // failures, while closed
    std::uint32_t succeeded_ = 0;    // probes, while half open
    instant open_until_{};
    std::array<probe, most_probes> probes_{};
    call_window window_;
    nanoseconds wait_;  // without jitter
    short_text<160> why_{};
};

}  // namespace stentor::inline v0::detail
