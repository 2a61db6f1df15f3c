// Made by single_include/generate.py from include/stentor/metrics/collected.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/metrics/histogram.hpp>
#include <stentor/stentor.hpp>

/// @file
/// All metrics at one moment: what the renderers write, and what tests look at.

namespace stentor::inline v0 {

/// What kind of number a metric is.
enum class metric_type : std::uint8_t {
    counter,    ///< only grows
    gauge,      ///< goes up and down
    histogram,  ///< counts values by size
    unknown,    ///< none of these can be said: another name of something
};

/// "counter", "gauge", "histogram" or "unknown".
[[nodiscard]] constexpr std::string_view to_string(metric_type t) noexcept {
    switch (t) {
        case metric_type::counter: return "counter";
        case metric_type::gauge: return "gauge";
        case metric_type::histogram: return "histogram";
        case metric_type::unknown: break;
    }
    return "unknown";
}

/// One label of a metric, such as topic="orders".
struct metric_label {
    std::string name{};   ///< a name as Prometheus allows it
    std::string value{};  ///< any text

    [[nodiscard]] friend auto operator<=>(const metric_label&, const metric_label&) = default;
};

/// One metric of a family: its labels, and what it was.
struct metric_point {
    std::vector<metric_label> labels{};  ///< in the family's order
    double value = 0;                    ///< not of a histogram
    histogram_values histogram{};        ///< only of a histogram

    /// How many values a histogram has counted.
    [[nodiscard]] std::uint64_t count() const noexcept {
        std::uint64_t n = 0;
        for (const std::uint64_t b : histogram.buckets) {
            n += b;
        }
        return n;
    }
};

/// All metrics of one name.
struct metric_family {
    std::string name{};                       ///< of a counter with its `_total`
    std::string help{};                       ///< what it counts, in a sentence
    metric_type type = metric_type::unknown;  ///< what kind of number
    std::vector<double> bounds{};             ///< of a histogram: the upper bounds of its buckets but for the last
    std::vector<metric_point> points{};       ///< no two have the same labels
    bool another_name = false;                ///< a documented other name of a family: not part of OpenMetrics

    /// The point with exactly these labels, or null.
    [[nodiscard]] const metric_point* find(const std::vector<metric_label>& labels) const noexcept {
        for (const metric_point& p : points) {
            if (p.labels == labels) {
                return &p;
            }
        }
        return nullptr;
    }
};

/// All metrics of a registry at one moment: families by name, and in them points by labels.
struct collected_metrics {
    std::vector<metric_family> families{};  ///< sorted by name

    /// The family of that name, or null.
    [[nodiscard]] const metric_family* find(std::string_view name) const noexcept {
        for (const metric_family& f : families) {
            if (f.name == name) {
                return &f;
            }
        }
        return nullptr;
    }
    /// The value of a counter or gauge; nothing if there is none of that name with exactly these labels.
    [[nodiscard]] std::optional<double> value(std::string_view name, const std::vector<metric_label>& labels = {}) const noexcept {
        const metric_family* const family = find(name);
        const metric_point* const point = family != nullptr ? family->find(labels) : nullptr;
        return point != nullptr && family->type != metric_type::histogram ? std::optional(point->value) : std::nullopt;
    }
};

}  // namespace stentor::inline v0
