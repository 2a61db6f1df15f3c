#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/metrics/json_writer.hpp>
#include <stentor/detail/metrics/text_writer.hpp>
#include <stentor/metrics/render.hpp>

namespace stentor::inline v0 {

namespace detail::metrics {

// Names without `_total` that documents have for these counters.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 3> bare_names{{
    {"kafka_connections_total", "kafka_connections"},
    {"kafka_connection_errors_total", "kafka_connection_errors"},
    {"kafka_producer_init_failures_total", "kafka_producer_init_failures"},
}};

inline void add_bare_names(collected_metrics& all) {
    for (const auto& [name, bare] : bare_names) {
        const metric_family* const known = all.find(name);
        if (known == nullptr || all.find(bare) != nullptr) {
            continue;
        }
        metric_family copy = *known;
        copy.name = bare;
        copy.help = std::string("Another name of ").append(name).append(".");
        copy.type = metric_type::unknown;
        copy.another_name = true;
        all.families.push_back(std::move(copy));
    }
}

}  // namespace detail::metrics

inline std::string to_prometheus(const collected_metrics& all) { return detail::metrics::text_writer(false).write(all); }
inline std::string to_openmetrics(const collected_metrics& all) { return detail::metrics::text_writer(true).write(all); }
inline std::string to_json(const collected_metrics& all) { return detail::metrics::json_metrics_writer().write(all); }

inline std::string render(const metrics_registry& registry, metrics_format format, const render_options& options) {
    collected_metrics all = registry.collect();
    if (options.bare_names) {
        detail::metrics::add_bare_names(all);
    }
    switch (format) {
        case metrics_format::openmetrics: return to_openmetrics(all);
        case metrics_format::json: return to_json(all);
        case metrics_format::prometheus: break;
    }
    return to_prometheus(all);
}

}  // namespace stentor::inline v0
