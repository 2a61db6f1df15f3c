// Made by single_include/generate.py from include/stentor/metrics/publisher_metrics.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/metrics/metrics_registry.hpp>

/// @file
/// What a publisher looks like at the moment that somebody asks for the metrics.

namespace stentor::inline v0 {

/// How an observed publisher is called.
struct observe_options {
    std::string name = "default";  ///< the label `publisher` of its metrics; two of one registry need different ones
};

/// Adds one look at a publisher to what is collected: `kafka_producer_in_flight`, `kafka_producer_circuit_state` and others, see
/// docs/metrics.md. Of a publisher that is gone there is nothing.
inline void add_publisher(metric_sink& to, const publisher_snapshot& seen, const std::string& name) {
    if (seen.gone) {
        return;
    }
    const std::vector<metric_label> labels{{"publisher", name}};
    const auto gauge = [&](const char* called, const char* help, auto value) {
        to.add_gauge(called, help, static_cast<double>(value), labels);
    };
    const auto seconds = [](nanoseconds d) {
        return std::chrono::duration<double>(d > nanoseconds(0) ? d : nanoseconds(0)).count();
    };
    to.add_counter("kafka_producer_accepted_total", "Messages that the publisher took on.",
                   static_cast<double>(seen.account.accepted), labels);
    to.add_counter("kafka_producer_refused_total", "Calls that were refused: nothing was sent.",
                   static_cast<double>(seen.account.refused), labels);
    gauge("kafka_producer_in_flight", "Messages without an outcome yet.", seen.account.in_flight);
    gauge("kafka_producer_slots", "Messages that may be in flight at once.", seen.slots);
    gauge("kafka_producer_slots_in_use", "Slots that are taken, those included whose last report is due.", seen.slots_in_use);
    gauge("kafka_producer_buffer_bytes", "Bytes of keys, values and headers that may be in flight at once.", seen.bytes);
    gauge("kafka_producer_buffer_in_use_bytes", "Bytes of keys, values and headers that are in flight.", seen.bytes_in_use);
    gauge("kafka_producer_oldest_in_flight_seconds", "The age of the oldest message without an outcome; 0: there is none.",
          seconds(seen.oldest_in_flight));
    gauge("kafka_producer_overdue_seconds", "How long the oldest outcome is overdue; 0: none is.", seconds(seen.overdue));
    gauge("kafka_producer_open", "1: the publisher takes messages; 0: it is closed, or made to accept nothing.",
          seen.enabled && !seen.closed ? 1 : 0);
    for (const circuit c : {circuit::closed, circuit::half_open, circuit::open}) {
        to.add_gauge("kafka_producer_circuit_state", "The circuit breaker: 1 for the state that it is in.",
                     seen.breaker == c ? 1 : 0, {{"publisher", name}, {"state", std::string(to_string(c))}});
    }
    if (seen.knows_brokers) {
        gauge("kafka_brokers_up", "Brokers that the publisher's client is connected with.", seen.brokers_up);
    }
}

/// From now on each collection looks at that publisher: `observe(registry, p.snapshots(), {.name = "tasks"})`. The publisher may go
/// at any time. The answer is for `metrics_registry::forget`.
inline metrics_registry::hook_id observe(const metrics_registry& registry, snapshot_source source, observe_options options = {}) {
    return registry.on_collect(
        [source = std::move(source), name = std::move(options.name)](metric_sink& to) { add_publisher(to, source.read(), name); });
}

}  // namespace stentor::inline v0
