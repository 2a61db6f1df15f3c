// Made by single_include/generate.py from include/stentor/health/tracer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include <stentor/stentor.hpp>

/// @file
/// The tracer that remembers what a snapshot cannot show: when a message was last persisted, and what last went wrong.

namespace stentor::inline v0 {

namespace detail {

// What a publisher's tracer notes and its monitor reads, from any threads.
class health_notes {
public:
    struct failure {
        timestamp time{};
        errc code = errc::none;
        stentor::outcome outcome = outcome::unknown;
        std::string_view topic{};  // lives as long as the process
        short_text<256> cause{};
    };

    void succeeded(timestamp when) noexcept { success_.store(when.time_since_epoch().count(), std::memory_order_relaxed); }
    void failed(const error& e, timestamp when) noexcept {
        if (!says_something(e.condition())) {
            return;
        }
        const spin_guard guard(lock_);
        failure_.emplace(failure{when, e.condition(), e.outcome, e.topic, {}});
        failure_->cause.append(e.cause);
    }
    void late() noexcept { late_.fetch_add(1, std::memory_order_relaxed); }
    void heard(const event& what) noexcept {
        const spin_guard guard(lock_);
        if (what.code == errc::none) {
            fault_.reset();
            return;
        }
        fault_.emplace(failure{what.at.wall, what.code, outcome::unknown, {}, {}});
        fault_->cause.append(what.cause);
    }

    // The epoch: never.
    [[nodiscard]] timestamp last_success() const noexcept {
        return timestamp{milliseconds(success_.load(std::memory_order_relaxed))};
    }
    [[nodiscard]] std::uint64_t late_reports() const noexcept { return late_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::optional<failure> last_failure() noexcept {
        const spin_guard guard(lock_);
        return failure_;
    }
    [[nodiscard]] std::optional<failure> last_fault() noexcept {
        const spin_guard guard(lock_);
        return fault_;
    }

private:
    // Mistakes of the caller are no illness, and what was refused for an earlier failure must not hide that.
    [[nodiscard]] static bool says_something(errc code) noexcept {
        switch (code) {
            case errc::serialization:
            case errc::invalid_message:
            case errc::would_deadlock:
            case errc::closed:
            case errc::disabled:
            case errc::queue_full:
            case errc::circuit_open: return false;
            default: return true;
        }
    }

    std::atomic<timestamp::rep> success_{0};
    std::atomic<std::uint64_t> late_{0};
    spin_lock lock_{};
    std::optional<failure> failure_{};
    std::optional<failure> fault_{};
};

}  // namespace detail

/// Notes when a message was last persisted, what last failed and why, late reports, and what the client says. Made by
/// `health_monitor::tracer`, and put beside the tracer that writes trace headers:
/// `tracer_chain{w3c_tracer{}, health.tracer("tasks")}`. A success costs one relaxed store; a failure copies its error. May outlive
/// its monitor.
class health_tracer {
public:
    /// Of one publish.
    class span {
    public:
        /// Notes nothing.
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        /// Notes the result, but for refusals: the caller's mistakes say nothing about health, a full queue and an open circuit
        /// nothing new.
        void finish(const result<receipt>& end, const moment& at) noexcept {
            if (end) {
                notes_->succeeded(at.wall);
            } else {
                notes_->failed(detail::error_in(end), at.wall);
            }
        }

    private:
        friend class health_tracer;
        explicit span(detail::health_notes* notes) noexcept : notes_(notes) {}
        detail::health_notes* notes_;
    };

    /// Notes for nobody: for a publisher that no monitor watches.
    health_tracer() : notes_(std::make_shared<detail::health_notes>()) {}

    /// Adds no header.
    [[nodiscard]] span start(const record&, header_sink&, publish_context&) noexcept { return span(notes_.get()); }

    /// Notes late reports, and what the client says.
    void on_event(const event& what) noexcept {
        if (what.what == event::kind::late_report) {
            notes_->late();
        } else if (what.what == event::kind::client) {
            notes_->heard(what);
        }
    }

private:
    friend class health_monitor;
    explicit health_tracer(std::shared_ptr<detail::health_notes> notes) noexcept : notes_(std::move(notes)) {}
    std::shared_ptr<detail::health_notes> notes_;
};

}  // namespace stentor::inline v0
