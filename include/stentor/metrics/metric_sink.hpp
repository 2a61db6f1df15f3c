#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/metrics/collected.hpp>
#include <stentor/version.hpp>

/// @file
/// Where values go that are read only when somebody asks for the metrics.

namespace stentor::inline v0 {

/// Takes what a registry and its hooks have to say, and makes `collected_metrics` of it, which every renderer can write: what
/// breaks a rule of Prometheus' (a bad name, two types, the same labels twice, a counter below 0) is left out and counted. One
/// thread.
class metric_sink {
public:
    /// A counter's value: `name` ends in `_total`. May throw std::bad_alloc, as all members.
    void add_counter(std::string_view name, std::string_view help, double value, std::vector<metric_label> labels = {}) {
        metric_point p;
        p.labels = std::move(labels);
        p.value = value;
        add(name, help, metric_type::counter, std::move(p));
    }
    /// A gauge's value.
    void add_gauge(std::string_view name, std::string_view help, double value, std::vector<metric_label> labels = {}) {
        metric_point p;
        p.labels = std::move(labels);
        p.value = value;
        add(name, help, metric_type::gauge, std::move(p));
    }
    /// Any point. `bounds`: of a histogram, increasing and finite; it has one bucket more than bounds.
    void add(std::string_view name, std::string_view help, metric_type type, metric_point point,
             const std::vector<double>& bounds = {});

    /// Sorted, and the sink is empty again.
    [[nodiscard]] collected_metrics take();
    /// How much was left out so far, `take` included.
    [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }

private:
    [[nodiscard]] metric_family* family_of(std::string_view name, std::string_view help, metric_type type,
                                           const std::vector<double>& bounds);

    collected_metrics all_{};
    std::uint64_t left_out_ = 0;
};

}  // namespace stentor::inline v0

#include <stentor/detail/metrics/metric_sink.ipp>
