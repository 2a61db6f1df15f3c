// Made by single_include/generate.py from include/stentor/health.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/health/rules.hpp>
#include <stentor/stentor.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/health/options.hpp>
#include <stentor/health/report.hpp>
#include <stentor/health/tracer.hpp>

/// @file
/// `health_monitor`: is this service fit to publish? Not part of `stentor.hpp`.

namespace stentor::inline v0 {

/// Watches publishers and says how they are:
/// ```cpp
/// stentor::health_monitor health{{.include_kafka = true}};
/// stentor::tracer_chain tracers{stentor::w3c_tracer{}, stentor::metrics_tracer{metrics}, health.tracer("shipments")};
/// stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_retry{},
///                                    stentor::failure_breaker{{.failures = 2, .open_for = 10s}}, tracers};
/// health.watch("shipments", publisher.snapshots());
/// ```
/// Reports are made from what publishers know at that moment; nobody is asked, and nothing waits. From any threads at once. The
/// monitor may die before or after its publishers.
class health_monitor {
public:
    /// Asks the cluster and answers by that time at the latest. May throw.
    using prober = std::function<result<void>(nanoseconds within)>;

    /// Watches nobody yet.
    explicit health_monitor(health_options options = {}) : options_(options) {}
    health_monitor(const health_monitor&) = delete;
    health_monitor& operator=(const health_monitor&) = delete;
    ~health_monitor() = default;

    /// The tracer of the publisher of that name, for what a snapshot cannot show. The publisher is in no report before `watch`.
    [[nodiscard]] health_tracer tracer(std::string_view name) {
        entry made(name);
        const detail::spin_guard guard(lock_);
        return health_tracer(found_or(std::move(made)).notes);
    }

    /// From now on the publisher is in every report; one of the same name takes the place of the one before. Bytes of the name that
    /// are no UTF-8 are shown as U+FFFD.
    void watch(std::string_view name, snapshot_source source) {
        entry made(name);
        const detail::spin_guard guard(lock_);
        entry& e = found_or(std::move(made));
        std::swap(e.source, source);
        e.watched = true;
    }
    /// Never again in a report.
    void forget(std::string_view name) noexcept {
        const detail::spin_guard guard(lock_);
        std::erase_if(entries_, [&](const entry& one) { return one.name == name; });
    }

    /// How `probe` asks, such as `[client](auto within) { return client->check_topics({{.name = "tasks"}}, false, within); }`. Set
    /// it before reports are asked for.
    void set_probe(prober how) { probe_ = std::move(how); }

    /// Should this service be sent work that it must publish? With all publishers, whatever `include_kafka` says. Throws
    /// `std::bad_alloc`.
    [[nodiscard]] health_report ready() const {
        health_report report;
        report.checks.kafka = kafka();
        report.status = report.checks.kafka->status;
        return report;
    }

    /// Would a restart of this service help? Only when the outcome of a message is overdue. Throws `std::bad_alloc`.
    [[nodiscard]] health_report live() const {
        health_report report;
        for (const publisher_health& p : kafka().publishers) {
            report.status = std::max(report.status, p.liveness);
        }
        return report;
    }

    /// The service's health: `ready()` with `include_kafka`, else `live()`.
    [[nodiscard]] health_report check() const { return options_.include_kafka ? ready() : live(); }

    /// `ready()`, and what `set_probe` was given has asked the cluster, which takes up to `within`. Without a prober, and at once
    /// while another call's probe is under way, so that many who ask wait for one at most: `ready()`, with no probe in it.
    [[nodiscard]] health_report probe(nanoseconds within) const;

    /// What it was made with.
    [[nodiscard]] const health_options& options() const noexcept { return options_; }

private:
    struct entry {
        explicit entry(std::string_view called) : name(called) {}
        std::string name;  // as it was given, in whatever encoding
        snapshot_source source{};
        bool watched = false;
        std::shared_ptr<detail::health_notes> notes = std::make_shared<detail::health_notes>();
    };

    // The one of that name, or else this. Under the lock, and only as long as that is held: `forget` may come at any time.
    [[nodiscard]] entry& found_or(entry&& made) {
        const auto found = std::find_if(entries_.begin(), entries_.end(), [&](const entry& one) { return one.name == made.name; });
        return found != entries_.end() ? *found : entries_.emplace_back(std::move(made));
    }

    [[nodiscard]] kafka_health kafka() const {
        kafka_health all;
        std::vector<entry> watched;
        {
            const detail::spin_guard guard(lock_);
            for (const entry& one : entries_) {
                if (one.watched) {
                    watched.push_back(one);
                }
            }
        }
        for (const entry& one : watched) {
            all.publishers.push_back(detail::examine(one.name, one.source.read(), *one.notes, options_));
            all.status = std::max(all.status, all.publishers.back().status);
        }
        return all;
    }

    struct probe_ends {
        void operator()(std::atomic<bool>* probing) const noexcept { *probing = false; }
    };

    health_options options_;
    prober probe_{};
    mutable std::atomic<bool> probing_{false};
    mutable detail::spin_lock lock_{};
    std::vector<entry> entries_{};
};

inline health_report health_monitor::probe(nanoseconds within) const {
    health_report report = ready();
    if (!probe_ || probing_.exchange(true)) {
        return report;
    }
    const std::unique_ptr<std::atomic<bool>, probe_ends> at_end(&probing_);
    health_probe& asked = report.checks.kafka->probe.emplace();
    result<void> answer;
    try {
        answer = probe_(within);
    } catch (const std::exception& e) {
        answer = error(errc::broker_unavailable, std::string("the probe threw: ") + e.what());
    } catch (...) {
        answer = error(errc::broker_unavailable, "the probe threw what is no std::exception");
    }
    if (!answer) {
        asked.status = health_status::fail;
        asked.cause = detail::valid_text(answer.error().message());
    }
    kafka_health& kafka = *report.checks.kafka;
    kafka.status = std::max(kafka.status, asked.status);
    report.status = kafka.status;
    return report;
}

}  // namespace stentor::inline v0
