// Made by single_include/generate.py from include/stentor/detail/metrics/metric_sink.ipp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/metrics/bounds.hpp>
#include <stentor/detail/metrics/names.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/metrics/metric_sink.hpp>

namespace stentor::inline v0 {

namespace detail::metrics {

// Prometheus and OpenMetrics' parsers refuse a page on which a counter is below 0 or no number, or a histogram has no bucket for
// what is above all bounds.
[[nodiscard]] inline bool possible(metric_type type, const metric_point& p, const std::vector<double>& bounds) noexcept {
    switch (type) {
        case metric_type::counter: return p.value >= 0;
        case metric_type::histogram: return p.histogram.buckets.size() == bounds.size() + 1 && increasing_and_finite(bounds);
        case metric_type::gauge:
        case metric_type::unknown: break;
    }
    return true;
}

}  // namespace detail::metrics

inline metric_family* metric_sink::family_of(std::string_view name, std::string_view help, metric_type type,
                                             const std::vector<double>& bounds) {
    for (metric_family& known : all_.families) {
        if (known.name == name) {
            return known.type == type && known.bounds == bounds ? &known : nullptr;
        }
        if (detail::metrics::clash(known.name, known.type, name, type)) {
            return nullptr;
        }
    }
    if (!detail::metrics::wrong_name(name, type).empty()) {
        return nullptr;
    }
    metric_family fresh;
    fresh.name = name;
    fresh.help = detail::valid_text(help);
    fresh.type = type;
    fresh.bounds = bounds;
    return &all_.families.emplace_back(std::move(fresh));
}

inline void metric_sink::add(std::string_view name, std::string_view help, metric_type type, metric_point point,
                             const std::vector<double>& bounds) {
    for (const metric_label& l : point.labels) {
        if (!detail::metrics::wrong_label(l.name, type).empty() ||
            std::count_if(point.labels.begin(), point.labels.end(), [&](const metric_label& o) { return o.name == l.name; }) != 1) {
            ++left_out_;
            return;
        }
    }
    metric_family* const family = detail::metrics::possible(type, point, bounds) ? family_of(name, help, type, bounds) : nullptr;
    if (family == nullptr) {
        ++left_out_;
        return;
    }
    // Prometheus throws away all that a service says when one byte of it is no UTF-8.
    for (metric_label& l : point.labels) {
        l.value = detail::valid_text(l.value);
    }
    family->points.push_back(std::move(point));
}

inline collected_metrics metric_sink::take() {
    const auto by_labels = [](const metric_point& a, const metric_point& b) { return a.labels < b.labels; };
    const auto same_labels = [](const metric_point& a, const metric_point& b) { return a.labels == b.labels; };
    for (metric_family& f : all_.families) {
        std::sort(f.points.begin(), f.points.end(), by_labels);
        const auto end = std::unique(f.points.begin(), f.points.end(), same_labels);
        left_out_ += static_cast<std::uint64_t>(f.points.end() - end);
        f.points.erase(end, f.points.end());
    }
    std::sort(all_.families.begin(), all_.families.end(),
              [](const metric_family& a, const metric_family& b) { return a.name < b.name; });
    return std::exchange(all_, {});
}

}  // namespace stentor::inline v0
