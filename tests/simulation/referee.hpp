#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <stentor/breaker.hpp>

#include "rates.hpp"

// A failure_breaker, and somebody beside it who reads its rules from the documentation: how many failures in a row open it, at
// which rates it opens, how long it stays so, how many may probe, what closes it, and that each permit comes home. `simulate` asks
// for complaints after each step.

namespace simulated {

class referee : public stentor::failure_breaker {
public:
    explicit referee(const options& rules) noexcept : failure_breaker(rules), rules_(rules), wait_(rules.open_for), rates_(rules) {}

    [[nodiscard]] std::optional<stentor::permit> allow(std::string_view topic, const stentor::moment& at) noexcept {
        if (is_ == stentor::circuit::half_open && first_expiry() <= at.now) {
            opens(first_expiry());
        }
        const bool over = is_ == stentor::circuit::open && !isolated_;
        const bool spare = is_ == stentor::circuit::half_open && probes_out() < rules_.probes;
        const bool must = is_ == stentor::circuit::closed || spare || (over && at.now >= opened_ + wait_ + tolerance);
        const bool may = must || (over && at.now >= opened_ + least_wait_ - tolerance);
        const std::optional<stentor::permit> given = failure_breaker::allow(topic, at);
        wants(!given || may, "it gives a permit that it has not");
        wants(given || !must, "it gives no permit, and nothing is in the way");
        if (given) {
            gave(*given, at.now);
        }
        agrees();
        return given;
    }

    void record(stentor::permit p, const stentor::call& what, const stentor::moment& at) noexcept {
        --out_;
        failure_breaker::record(p, what, at);
        if (generation_ == p.generation) {
            count(p, what, at.now);
        }
        agrees();
    }

    void on_client(const stentor::client_event& what, const stentor::moment& at) noexcept {
        failure_breaker::on_client(what, at);
        using kind = stentor::client_event::kind;
        if (what.what == kind::broker_up && is_ == stentor::circuit::open && !isolated_) {
            becomes(stentor::circuit::half_open);
        } else if ((what.what == kind::authentication_failed || what.what == kind::tls_failed) && is_ != stentor::circuit::open) {
            opens(at.now);
        }
        agrees();
    }

    void isolate() noexcept {
        failure_breaker::isolate();
        becomes(stentor::circuit::open);
        isolated_ = true;
        agrees();
    }
    void reset() noexcept {
        failure_breaker::reset();
        closes();
        agrees();
    }

    [[nodiscard]] std::int64_t permits_out() const noexcept { return out_; }
    [[nodiscard]] std::string_view complaint() const noexcept { return complaint_; }

private:
    static constexpr std::chrono::microseconds tolerance{1};

    void wants(bool right, std::string_view what) noexcept {
        if (!right && complaint_.empty()) {
            complaint_ = what;
        }
    }
    void agrees() noexcept {
        wants(state() == is_, is_ == stentor::circuit::closed ? "it should be closed"
                              : is_ == stentor::circuit::open ? "it should be open"
                                                              : "it should be half open");
    }

    void gave(const stentor::permit& p, stentor::instant now) noexcept {
        ++out_;
        if (is_ == stentor::circuit::open) {
            becomes(stentor::circuit::half_open);
        }
        if (is_ == stentor::circuit::half_open) {
            wants(p.slot >= 1 && p.slot < probes_.size() && !probes_[p.slot], "a probe has a place of its own");
            probes_[std::min<std::size_t>(p.slot, probes_.size() - 1)] = now + rules_.probe_timeout;
        }
        wants(!generation_ || generation_ == p.generation, "permits of one state are of one generation");
        wants(generation_ || before_ != p.generation, "a permit from before the last transition is not one from after it");
        generation_ = p.generation;
    }

    void count(const stentor::permit& p, const stentor::call& what, stentor::instant now) noexcept {
        if (is_ == stentor::circuit::half_open) {
            wants(p.slot < probes_.size() && probes_[p.slot].has_value(), "the permit of a probe comes home once");
            probes_[std::min<std::size_t>(p.slot, probes_.size() - 1)].reset();
        }
        if (what.signal == stentor::signal::neutral) {
            return;
        }
        const bool failed = what.signal != stentor::signal::success;
        if (is_ == stentor::circuit::half_open) {
            const bool well = !failed && !rates_.slow(what);
            succeeded_ += well ? 1 : 0;
            if (!well) {
                opens(now);
            } else if (succeeded_ >= rules_.successes) {
                closes();
            }
            return;
        }
        failed_ = failed ? failed_ + 1 : 0;
        const opinion rate = rates_.counted(what, now);
        if (what.signal == stentor::signal::trip || (rules_.failures != 0 && failed_ >= rules_.failures) || rate == opinion::yes ||
            (rate == opinion::either && state() == stentor::circuit::open)) {
            opens(now);
        }
    }

    void opens(stentor::instant from) noexcept {
        const bool again = is_ == stentor::circuit::half_open;
        if (again) {
            const auto longer = std::chrono::duration<double, std::nano>(wait_) * rules_.factor;
            wait_ =
                std::min(std::chrono::duration_cast<stentor::nanoseconds>(longer), std::max(rules_.max_open_for, rules_.open_for));
        }
        const auto least = std::chrono::duration<double, std::nano>(wait_) * (again ? 1.0 - rules_.jitter : 1.0);
        least_wait_ = std::chrono::duration_cast<stentor::nanoseconds>(least);
        opened_ = from;
        becomes(stentor::circuit::open);
    }
    void closes() noexcept {
        isolated_ = false;
        wait_ = rules_.open_for;
        becomes(stentor::circuit::closed);
    }
    void becomes(stentor::circuit next) noexcept {
        is_ = next;
        failed_ = succeeded_ = 0;
        rates_.forget();
        probes_ = {};
        before_ = generation_ ? generation_ : before_;
        generation_.reset();
    }

    [[nodiscard]] std::size_t probes_out() const noexcept {
        return static_cast<std::size_t>(std::count_if(probes_.begin(), probes_.end(), [](const auto& p) { return p.has_value(); }));
    }
    [[nodiscard]] stentor::instant first_expiry() const noexcept {
        stentor::instant first = stentor::instant::max();
        for (const auto& p : probes_) {
            first = std::min(first, p.value_or(stentor::instant::max()));
        }
        return first;
    }

    options rules_;
    stentor::circuit is_ = stentor::circuit::closed;
    stentor::nanoseconds wait_;
    stentor::nanoseconds least_wait_{};
    stentor::instant opened_{};
    bool isolated_ = false;
    std::uint32_t failed_ = 0;
    std::uint32_t succeeded_ = 0;
    std::array<std::optional<stentor::instant>, 17> probes_{};  // when each of those that are out has failed
    std::optional<std::uint32_t> generation_{};                 // of the permits since the last transition
    std::optional<std::uint32_t> before_{};                     // and of those before that
    std::int64_t out_ = 0;
    std::string_view complaint_{};
    rates rates_;
};

}  // namespace simulated
