// Made by single_include/generate.py from include/stentor/metrics/rdkafka_statistics.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/metrics/metric_sink.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/metrics/publisher_metrics.hpp>
#include <stentor/stentor.hpp>

/// @file
/// librdkafka's own statistics as metrics.

namespace stentor::inline v0 {

/// Adds what librdkafka says (`kafka_client::statistics`) as `kafka_rdkafka_*`, with the label `client`: of the client, of each
/// broker and of each topic; of brokers and topics `most` at most, the number of those left out is `kafka_rdkafka_left_out`.
/// docs/metrics.md lists them. False: `json` was cut off, or is none; what came before that was added. May throw std::bad_alloc.
bool add_statistics(metric_sink& to, std::string_view json, const std::string& client, std::size_t most = 100);

/// From now on each collection has the last statistics of that `kafka_client`, if its `statistics.interval.ms` was set. The client
/// may go at any time. The answer is for `metrics_registry::forget`.
template <class Client>
    requires requires(const Client& c) {
        { c.statistics() } -> std::same_as<std::shared_ptr<const std::string>>;
    }
metrics_registry::hook_id observe(const metrics_registry& registry, const std::shared_ptr<Client>& client,
                                  observe_options options = {}) {
    const std::size_t most = registry.max_label_values();
    return registry.on_collect(
        [source = std::weak_ptr<const Client>(client), name = std::move(options.name), most](metric_sink& to) {
            const auto alive = source.lock();
            if (const auto last = alive ? alive->statistics() : nullptr) {
                (void)add_statistics(to, *last, name, most);
            }
        });
}

}  // namespace stentor::inline v0

#include <stentor/detail/metrics/rdkafka_statistics.ipp>
