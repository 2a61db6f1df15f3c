#pragma once

#include <string>
#include <utility>

#include <stentor/health.hpp>
#include <stentor/tracer/w3c.hpp>

#include "support.hpp"

// A publisher that a monitor watches.

namespace flow {

using chain = stentor::tracer_chain<stentor::w3c_tracer, stentor::health_tracer>;
using watched_publisher = publisher<stentor::no_retry, stentor::failure_breaker, chain>;

/// A broker, and a publisher on it that a monitor watches as "tasks".
struct world {
    explicit world(stentor::health_options options = {}, stentor::publisher_options limits = {}, stentor::nanoseconds latency = {})
        : broker{{.latency = latency}},
          health(options),
          p{stentor::memory_transport{broker},
            text_serializer{},
            stentor::no_retry{},
            stentor::failure_breaker{{.failures = 2, .open_for = 10s}},
            chain{stentor::w3c_tracer{}, health.tracer("tasks")},
            std::move(limits)} {
        health.watch("tasks", p.snapshots());
    }

    [[nodiscard]] stentor::publisher_health tasks() const {
        const stentor::health_report r = health.ready();
        REQUIRE(r.checks.kafka);
        REQUIRE(r.checks.kafka->publishers.size() == 1);
        CHECK(r.status == r.checks.kafka->publishers[0].status);
        return r.checks.kafka->publishers[0];
    }
    void fail_once() {
        broker.fail_next(1, stentor::errc::broker_unavailable);
        CHECK_FALSE(p.publish(note{"k", "fails"}));
    }

    stentor::memory_broker broker;
    stentor::health_monitor health;
    watched_publisher p;
};

[[nodiscard]] inline std::string only_reason(const stentor::publisher_health& h) {
    REQUIRE(h.reasons.size() == 1);
    return h.reasons[0];
}

}  // namespace flow
