// Made by single_include/generate.py from include/stentor/detail/metrics/names.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/metrics/collected.hpp>
#include <stentor/stentor.hpp>

// What Prometheus' data model and OpenMetrics 1.0 ask of names, and the practices that `promtool check metrics` looks after.

namespace stentor::inline v0::detail::metrics {

[[nodiscard]] constexpr bool is_name(std::string_view text) noexcept {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !text.empty() && letter(text[0]) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

// The rule that a label's name breaks, or nothing.
[[nodiscard]] constexpr std::string_view wrong_label(std::string_view name, metric_type type) noexcept {
    return !is_name(name)                   ? "a label's name is of letters, digits and _, and no digit is first"
           : name.starts_with("__")         ? "labels that begin with __ are Prometheus' own"
           : name == "quantile"             ? "this label is a summary's own"
           : name != "le"                   ? ""
           : type == metric_type::histogram ? "this label is the histogram's own"
                                            : "this label is of histograms";
}

// The rule that a metric's name breaks, or nothing. Of ":", which the grammar has, Prometheus says that it is for recording rules.
[[nodiscard]] constexpr std::string_view wrong_name(std::string_view name, metric_type type) noexcept {
    if (!is_name(name)) {
        return "a name is of letters, digits and _, and no digit is first";
    }
    if (type == metric_type::counter) {
        return name.ends_with("_total") && name != "_total" ? "" : "the name of a counter ends in _total";
    }
    for (const std::string_view end : {"_total", "_bucket", "_count", "_sum", "_created", "_info"}) {
        if (name.ends_with(end)) {
            return "only a counter's name ends in _total, and _bucket, _count, _sum, _created and _info have meanings of their own";
        }
    }
    return "";
}

// What OpenMetrics calls the family.
[[nodiscard]] constexpr std::string_view base_name(std::string_view name, metric_type type) noexcept {
    return type == metric_type::counter ? name.substr(0, name.size() - std::string_view("_total").size()) : name;
}

// By the end of its name; names are in base units (https://prometheus.io/docs/practices/naming/).
[[nodiscard]] constexpr std::string_view unit_of(std::string_view name, metric_type type) noexcept {
    const std::string_view base = base_name(name, type);
    for (const std::string_view unit : {"seconds", "bytes", "ratio", "celsius", "meters", "volts", "amperes", "joules", "grams"}) {
        if (base.size() > unit.size() && base.ends_with(unit) && base[base.size() - unit.size() - 1] == '_') {
            return unit;
        }
    }
    return "";
}

// Two families cannot both be rendered.
[[nodiscard]] constexpr bool clash(std::string_view a, metric_type a_type, std::string_view b, metric_type b_type) noexcept {
    return base_name(a, a_type) == base_name(b, b_type);
}

}  // namespace stentor::inline v0::detail::metrics
