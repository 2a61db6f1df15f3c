// Made by single_include/generate.py from include/stentor/health/options.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <stentor/stentor.hpp>

namespace stentor::inline v0 {

/// When a publisher counts as ill. An open circuit and brokers that are down always fail its readiness, and never its liveness: a
/// restart would not help.
struct health_options {
    bool include_kafka = false;  ///< the service's health is Kafka's, too: `settings::health`, `HEALTH_INCLUDE_KAFKA`
    double room_warns = 0.8;     ///< this part of the slots, or of the bytes, in use
    nanoseconds oldest_warns = std::chrono::seconds(10);      ///< the oldest message without an outcome is that old
    nanoseconds overdue_fails = std::chrono::seconds(10);     ///< an outcome is that late: liveness fails, too
    nanoseconds failure_warns_for = std::chrono::minutes(1);  ///< after a failure that no success has followed
};

}  // namespace stentor::inline v0
