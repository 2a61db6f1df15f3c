#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/metrics/collect_hook.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/error.hpp>
#include <stentor/metrics/collected.hpp>
#include <stentor/metrics/family.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/version.hpp>

/// @file
/// Where metrics live: the library's, and a service's own.

namespace stentor::inline v0 {

/// What a registry is made with.
struct metrics_options {
    std::size_t max_label_values = 100;  ///< of each label of a family: what comes after them is counted as "_other"
};

/// A label of a family, by its name: "topic". One whose values are known has a limit of its own: {"error", errc_count}.
struct label_key {
    /// `most`: how many values it may have; 0: `metrics_options::max_label_values`.
    /// @{
    constexpr label_key(const char* called, std::size_t most = 0) noexcept : name(called), limit(most) {}
    constexpr label_key(std::string_view called, std::size_t most = 0) noexcept : name(called), limit(most) {}
    /// @}
    std::string_view name;  ///< as Prometheus allows it
    std::size_t limit;      ///< of its values
};

/// Owns families of metrics. A handle: copies share one registry, which lives as long as any of them, as any of its families'
/// handles, and as any tracer that records into it. Any thread: recording takes no lock, making a family takes one for a moment.
class metrics_registry {
public:
    /// What `on_collect` gives, for `forget`.
    using hook_id = std::uint64_t;

    /// A new registry, with nothing in it.
    explicit metrics_registry(const metrics_options& options = {}) : shared_(std::make_shared<state>()) {
        shared_->options = options;
    }

    /// Counters of that name. Who asks again gets the same. `name` ends in `_total`. Fails with `errc::invalid_config` when a name
    /// breaks Prometheus' rules, or is that of something else already: another type, other labels, other bounds. The help that was
    /// given first stays.
    /// `registry.counters("shop_orders_total", "Orders taken.", {"country"}).value().with("is").add();`
    /// @{
    template <std::size_t Labels>
    [[nodiscard]] result<family<counter, Labels>> counters(std::string_view name, std::string_view help,
                                                           const label_key (&labels)[Labels]) const {
        return made<counter, Labels>(name, help, labels, {});
    }
    [[nodiscard]] result<family<counter, 0>> counters(std::string_view name, std::string_view help) const {
        return made<counter, 0>(name, help, {}, {});
    }
    /// @}
    /// Gauges of that name; as `counters`.
    /// @{
    template <std::size_t Labels>
    [[nodiscard]] result<family<gauge, Labels>> gauges(std::string_view name, std::string_view help,
                                                       const label_key (&labels)[Labels]) const {
        return made<gauge, Labels>(name, help, labels, {});
    }
    [[nodiscard]] result<family<gauge, 0>> gauges(std::string_view name, std::string_view help) const {
        return made<gauge, 0>(name, help, {}, {});
    }
    /// @}
    /// Histograms of that name; as `counters`. `bounds`: increasing and finite, at least one; a bucket for what is above them all
    /// is added.
    /// @{
    template <std::size_t Labels>
    [[nodiscard]] result<family<histogram, Labels>> histograms(std::string_view name, std::string_view help,
                                                               const label_key (&labels)[Labels],
                                                               std::span<const double> bounds = otel_duration_bounds) const {
        return made<histogram, Labels>(name, help, labels, bounds);
    }
    [[nodiscard]] result<family<histogram, 0>> histograms(std::string_view name, std::string_view help,
                                                          std::span<const double> bounds = otel_duration_bounds) const {
        return made<histogram, 0>(name, help, {}, bounds);
    }
    /// @}

    /// `call(sink)` is called each time that somebody collects, on that thread, one call at a time: for values that are read from
    /// somewhere else. What it throws is caught, and counted in `stentor_metrics_left_out_total`. It may take its time: who waits
    /// for it sleeps. It may `forget` itself; it must not `forget` another, which may be waiting for it, nor `collect` from this
    /// registry.
    hook_id on_collect(std::function<void(metric_sink&)> call) const;
    /// That hook is not called any more once this has returned, and what it held is gone; a hook that forgets itself goes when it
    /// ends. Waits for a call that is under way. An id that is not known does nothing.
    void forget(hook_id which) const noexcept;

    /// `metrics_options::max_label_values`.
    [[nodiscard]] std::size_t max_label_values() const noexcept { return shared_->options.max_label_values; }
    /// All metrics as they are now. May throw std::bad_alloc.
    [[nodiscard]] collected_metrics collect() const;

private:
    struct hook {
        hook_id id;
        std::shared_ptr<detail::metrics::collect_hook> call;
    };
    struct state {
        metrics_options options{};
        mutable detail::spin_lock lock{};
        std::vector<std::shared_ptr<detail::metrics::any_family>> families{};
        std::vector<hook> hooks{};
        hook_id last_id = 0;
        std::atomic<std::uint64_t> left_out{0};
    };

    void drop(hook_id which) const noexcept;
    template <class Metric, std::size_t Labels>
    [[nodiscard]] result<family<Metric, Labels>> made(std::string_view name, std::string_view help,
                                                      std::span<const label_key> labels, std::span<const double> bounds) const;

    std::shared_ptr<state> shared_;
};

}  // namespace stentor::inline v0

#include <stentor/detail/metrics/metrics_registry.ipp>
