#pragma once

#include <string>

#include <stentor/metrics/collected.hpp>
#include <stentor/metrics/metrics_format.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/version.hpp>

/// @file
/// Metrics as text.

namespace stentor::inline v0 {

/// How metrics are rendered.
struct render_options {
    /// Also the bare names that some dashboards have: `kafka_connections`, `kafka_connection_errors`,
    /// `kafka_producer_init_failures` beside those with `_total`, of unknown type. Not in OpenMetrics, where the bare name is that
    /// of the counter itself.
    bool bare_names = false;
};

/// Prometheus' text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). Exemplars are no part of it. All
/// renderers may throw std::bad_alloc, and nothing else.
[[nodiscard]] std::string to_prometheus(const collected_metrics& all);
/// OpenMetrics 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/), with exemplars.
[[nodiscard]] std::string to_openmetrics(const collected_metrics& all);
/// `{"metrics":[{"name","type","help","unit"?,"points":[{"labels":{},"value":1}]}]}`; a histogram's point has `count`, `sum` and
/// `buckets` of `{"le","count"}`, cumulative as in the other formats. What JSON has no number for is a string: "NaN", "+Inf",
/// "-Inf".
[[nodiscard]] std::string to_json(const collected_metrics& all);

/// What a service answers to who asks for its metrics, with `content_type(format)`:
/// `render(registry, negotiate(accept))`.
[[nodiscard]] std::string render(const metrics_registry& registry, metrics_format format, const render_options& options = {});

}  // namespace stentor::inline v0

#include <stentor/detail/metrics/render.ipp>
