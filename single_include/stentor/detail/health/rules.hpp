// Made by single_include/generate.py from include/stentor/detail/health/rules.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/stentor.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/health/options.hpp>
#include <stentor/health/report.hpp>
#include <stentor/health/tracer.hpp>

// What a snapshot and the notes beside it say about a publisher's health.

namespace stentor::inline v0::detail {

[[nodiscard]] inline std::string seconds_text(nanoseconds d) {
    const auto tenths = d.count() / 100'000'000;
    return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s";
}

[[nodiscard]] inline std::string percent_text(double part) { return std::to_string(static_cast<int>(part * 100)) + " %"; }

[[nodiscard]] inline health_failure told(const health_notes::failure& noted, bool of_message) {
    health_failure f;
    f.time = noted.time;
    f.error = to_string(noted.code);
    f.cause = valid_text(noted.cause.view());
    if (of_message) {
        f.topic = valid_text(noted.topic);
        f.outcome = std::string(to_string(noted.outcome));
    }
    return f;
}

class health_judge {
public:
    health_judge(publisher_health& to, const health_options& options) noexcept : to_(to), options_(options) {}

    void judge(const publisher_snapshot& seen) {
        if (seen.gone || seen.closed) {
            because(health_status::fail, seen.gone ? "The publisher is gone." : "The publisher is closed.");
            return;
        }
        if (!seen.enabled) {
            return;  // a service that is to run without Kafka is well
        }
        judge_brokers(seen);
        judge_circuit(seen);
        judge_room(seen);
        if (seen.oldest_in_flight >= options_.oldest_warns) {
            because(health_status::warn,
                    "The oldest message has waited " + seconds_text(seen.oldest_in_flight) + " for its outcome.");
        }
        if (seen.overdue >= options_.overdue_fails) {
            because(health_status::fail, "An outcome has been due for " + seconds_text(seen.overdue) +
                                             ": a handler seems to hold up the event thread. It must not block.");
            to_.liveness = health_status::fail;
        }
        judge_failure(seen);
    }

private:
    void because(health_status how, std::string reason) {
        to_.status = std::max(to_.status, how);
        to_.reasons.push_back(std::move(reason));
    }

    void judge_brokers(const publisher_snapshot& seen) {
        if (!seen.knows_brokers || seen.brokers_up != 0) {
            return;
        }
        std::string reason = "No broker is up";
        if (to_.last_client_fault) {
            reason += ": " + to_.last_client_fault->cause;
        }
        because(health_status::fail, reason + (reason.ends_with('.') ? "" : "."));
    }

    void judge_circuit(const publisher_snapshot& seen) {
        if (seen.breaker == circuit::open) {
            because(health_status::fail, "The circuit is open: messages are refused until it lets probes through.");
        } else if (seen.breaker == circuit::half_open) {
            because(health_status::warn, "The circuit is half open: a few messages may go, to see whether brokers are well again.");
        }
    }

    void judge_room(const publisher_snapshot& seen) {
        if (to_.slots_used >= options_.room_warns) {
            because(health_status::warn, std::to_string(seen.slots_in_use) + " of " + std::to_string(seen.slots) +
                                             " slots are in use (" + percent_text(to_.slots_used) + ").");
        }
        if (to_.bytes_used >= options_.room_warns) {
            because(health_status::warn, std::to_string(seen.bytes_in_use) + " of " + std::to_string(seen.bytes) +
                                             " bytes are in use (" + percent_text(to_.bytes_used) + ").");
        }
    }

    void judge_failure(const publisher_snapshot& seen) {
        if (!to_.last_failure) {
            return;
        }
        const health_failure& f = *to_.last_failure;
        const bool since_better = to_.last_success && *to_.last_success > f.time;
        if (!since_better && seen.at.wall - f.time < options_.failure_warns_for) {
            because(health_status::warn, "The last message to " + *f.topic + " failed: " + f.error + ".");
        }
    }

    publisher_health& to_;
    const health_options& options_;
};

[[nodiscard]] inline publisher_health examine(std::string_view name, const publisher_snapshot& seen, health_notes& notes,
                                              const health_options& options) {
    publisher_health h;
    h.name = valid_text(name);
    h.enabled = seen.enabled;
    h.circuit = to_string(seen.breaker);
    if (seen.knows_brokers) {
        h.brokers_up = seen.brokers_up;
    }
    const account& a = seen.account;
    h.messages = {a.accepted, a.persisted, a.not_persisted, a.unknown, a.in_flight, a.refused};
    const auto part = [](std::size_t of, std::size_t all) {
        return all == 0 ? 0.0 : static_cast<double>(of) / static_cast<double>(all);
    };
    h.slots_used = part(seen.slots_in_use, seen.slots);
    h.bytes_used = part(seen.bytes_in_use, seen.bytes);
    h.oldest_in_flight_ms = std::chrono::duration_cast<milliseconds>(seen.oldest_in_flight).count();
    h.late_outcomes = notes.late_reports();
    if (const timestamp when = notes.last_success(); when != timestamp{}) {
        h.last_success = when;
    }
    if (const auto noted = notes.last_failure()) {
        h.last_failure = told(*noted, true);
    }
    if (const auto noted = notes.last_fault()) {
        // A client with several brokers may get well without a broker that comes up.
        const bool well_since = h.last_success && *h.last_success > noted->time && (!seen.knows_brokers || seen.brokers_up != 0);
        if (!well_since) {
            h.last_client_fault = told(*noted, false);
        }
    }
    health_judge(h, options).judge(seen);
    return h;
}

}  // namespace stentor::inline v0::detail
