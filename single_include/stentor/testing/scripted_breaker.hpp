// Made by single_include/generate.py from include/stentor/testing/scripted_breaker.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>

/// @file
/// `scripted_breaker`: a breaker that answers what it was told to, for tests.

namespace stentor::inline v0 {

/// Answers `allow` from its list, one a call, then always yes: `scripted_breaker{true, false}`. Its permits are numbered, so that a
/// test sees that each comes back exactly once. Copies share one script and one memory, so keep one and give the publisher the
/// other. Any thread.
class scripted_breaker {
public:
    /// A result that it was told.
    struct told {
        std::uint32_t permit = 0;                           ///< which permit came back: they count from 1
        stentor::signal signal = stentor::signal::neutral;  ///< what it said of the brokers' health
        nanoseconds elapsed{};                              ///< from hand-over to report
        errc code = errc::none;                             ///< the condition
        std::string cause{};                                ///< the cause's own name
    };

    /// `false` in the list: no permit for that call.
    scripted_breaker(std::initializer_list<bool> answers = {}) : script_(std::make_shared<script>()) { script_->answers = answers; }

    /// The next answer of the list; yes when it is used up.
    [[nodiscard]] std::optional<permit> allow(std::string_view topic, const moment&) noexcept {
        const detail::spin_guard guard(script_->lock);
        const std::size_t i = script_->asked.size();
        script_->asked.emplace_back(topic);
        if (i < script_->answers.size() && !script_->answers[i]) {
            return std::nullopt;
        }
        return permit{0, ++script_->permits};
    }

    /// Remembers the result.
    void record(permit p, const call& what, const moment&) noexcept {
        const detail::spin_guard guard(script_->lock);
        script_->told_so_far.push_back({p.slot, what.signal, what.elapsed, what.code, std::string(what.cause)});
    }

    /// Remembers the kind of the event.
    void on_client(const client_event& what, const moment&) noexcept {
        const detail::spin_guard guard(script_->lock);
        script_->client_events.push_back(what.what);
    }

    /// What `set_state` said; else closed.
    [[nodiscard]] circuit state() const noexcept {
        const detail::spin_guard guard(script_->lock);
        return script_->state;
    }
    /// What `state` answers from now on; `allow` does not care.
    void set_state(circuit s) noexcept {
        const detail::spin_guard guard(script_->lock);
        script_->state = s;
    }

    /// The topics that it was asked for, in order.
    [[nodiscard]] std::vector<std::string> asked() const {
        const detail::spin_guard guard(script_->lock);
        return script_->asked;
    }
    /// The results that it was told, in order.
    [[nodiscard]] std::vector<told> recorded() const {
        const detail::spin_guard guard(script_->lock);
        return script_->told_so_far;
    }
    /// What it learned of the client, in order.
    [[nodiscard]] std::vector<client_event::kind> client_events() const {
        const detail::spin_guard guard(script_->lock);
        return script_->client_events;
    }
    /// Permits that were given and have not come back.
    [[nodiscard]] std::size_t permits_out() const noexcept {
        const detail::spin_guard guard(script_->lock);
        return script_->permits - script_->told_so_far.size();
    }

private:
    struct script {
        mutable detail::spin_lock lock{};
        std::vector<bool> answers{};
        std::vector<std::string> asked{};
        std::vector<told> told_so_far{};
        std::vector<client_event::kind> client_events{};
        std::uint32_t permits = 0;
        circuit state = circuit::closed;
    };
    std::shared_ptr<script> script_;
};

}  // namespace stentor::inline v0
