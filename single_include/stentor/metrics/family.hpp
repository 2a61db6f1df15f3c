// Made by single_include/generate.py from include/stentor/metrics/family.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <stentor/detail/metrics/series.hpp>
#include <stentor/detail/valid_text.hpp>
#include <stentor/metrics/collected.hpp>
#include <stentor/metrics/counter.hpp>
#include <stentor/metrics/gauge.hpp>
#include <stentor/metrics/histogram.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/stentor.hpp>

/// @file
/// All metrics of one name, told apart by their labels.

namespace stentor::inline v0 {

namespace detail::metrics {

struct description {
    std::string name;
    std::string help;
    metric_type type = metric_type::counter;
    std::vector<std::string> labels;
    std::vector<std::size_t> limits;  // of the labels' values
    std::vector<double> bounds;       // of a histogram
};

template <class Metric>
inline constexpr metric_type type_of = metric_type::counter;
template <>
inline constexpr metric_type type_of<gauge> = metric_type::gauge;
template <>
inline constexpr metric_type type_of<histogram> = metric_type::histogram;

class any_family {
public:
    explicit any_family(description d) : what_(std::move(d)), values_(what_.labels.size()) {}
    any_family(const any_family&) = delete;
    any_family& operator=(const any_family&) = delete;
    virtual ~any_family() = default;

    virtual void collect(metric_sink& to) const = 0;
    [[nodiscard]] const description& what() const noexcept { return what_; }
    // How often a value was counted with the others.
    [[nodiscard]] std::uint64_t overflows() const noexcept { return overflows_.load(std::memory_order_relaxed); }

protected:
    // Bytes that cannot be rendered are replaced before anything is counted: values that would look the same are the same. `kept`
    // is what replaced values live in. Nothing is allocated for values that are well.
    void mend(std::string_view* values, std::vector<std::string>& kept) const {
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!is_valid_text(values[i])) {
                kept.reserve(values_.size());  // none moves
                values[i] = kept.emplace_back(valid_text(values[i]));
            }
        }
    }
    // Where labels have too many values. True: something has been replaced.
    [[nodiscard]] bool bound(std::string_view* values) {
        bool replaced = false;
        for (std::size_t i = 0; i < values_.size(); ++i) {
            if (!values_[i].admit(values[i], what_.limits[i])) {
                values[i] = others;
                replaced = true;
            }
        }
        return replaced;
    }
    void overflowed() noexcept { overflows_.fetch_add(1, std::memory_order_relaxed); }
    [[nodiscard]] std::vector<metric_label> labelled(const std::vector<std::string>& values) const {
        std::vector<metric_label> out;
        out.reserve(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            out.push_back({what_.labels[i], values[i]});
        }
        return out;
    }

private:
    const description what_;
    std::vector<known_values> values_;
    std::atomic<std::uint64_t> overflows_{0};
};

template <class Metric>
class family_of final : public any_family {
public:
    explicit family_of(description d) : any_family(std::move(d)), spare_(made()) {}

    [[nodiscard]] Metric& with(std::string_view* values) noexcept {
        const label_values given(values, what().labels.size());
        Metric* const known = series_.find(given);
        return known != nullptr ? *known : first_of(values);
    }

    void collect(metric_sink& to) const override {
        series_.each([&](const std::vector<std::string>& values, const Metric& m) { collect_one(to, values, m); });
        if (spare_used_.load(std::memory_order_relaxed)) {
            collect_one(to, std::vector<std::string>(what().labels.size(), "_no_memory"), *spare_);
        }
    }

private:
    // Without memory for a new one, all share one that is there already.
    [[nodiscard, gnu::noinline, gnu::cold]] Metric& first_of(std::string_view* values) noexcept {
        try {
            std::vector<std::string> kept;
            mend(values, kept);
            if (bound(values)) {
                overflowed();
            }
            const label_values bounded(values, what().labels.size());
            Metric* m = series_.find(bounded);
            if (m == nullptr) {
                m = add(bounded);
            }
            return *m;
        } catch (const std::bad_alloc&) {
            spare_used_.store(true, std::memory_order_relaxed);
            return *spare_;
        }
    }
    [[nodiscard]] Metric* add(label_values values) {
        if constexpr (std::is_same_v<Metric, histogram>) {
            return series_.add(values, static_cast<std::size_t>(-1), what().bounds);
        } else {
            return series_.add(values, static_cast<std::size_t>(-1));
        }
    }
    [[nodiscard]] std::unique_ptr<Metric> made() const {
        if constexpr (std::is_same_v<Metric, histogram>) {
            return std::make_unique<histogram>(what().bounds);
        } else {
            return std::make_unique<Metric>();
        }
    }
    void collect_one(metric_sink& to, const std::vector<std::string>& values, const Metric& m) const {
        metric_point p;
        p.labels = labelled(values);
        if constexpr (std::is_same_v<Metric, histogram>) {
            p.histogram = m.read();
        } else {
            p.value = static_cast<double>(m.value());
        }
        // The rest is there for when it is needed.
        const bool of_the_rest = std::find(values.begin(), values.end(), others) != values.end();
        if (of_the_rest && p.value == 0 && p.count() == 0) {
            return;
        }
        to.add(what().name, what().help, what().type, std::move(p), what().bounds);
    }

    name_table<Metric> series_{};
    std::unique_ptr<Metric> spare_;
    std::atomic<bool> spare_used_{false};
};

}  // namespace detail::metrics

/// All metrics of one name, with `Labels` labels: `family.with("orders", "queue_full").add()`. A small handle that keeps the
/// metrics alive; copies share them. Made by a `metrics_registry`. Any thread.
template <class Metric, std::size_t Labels>
class family {
public:
    /// The metric with these label values, in the order of the family's labels. It lives as long as any handle of its registry.
    /// Lock-free and without allocation for one that is there; the first call for new values makes it. A value beyond the
    /// registry's `max_label_values` is counted as "_other", and that, too, is counted (`stentor_metrics_overflow_total`). Without
    /// memory all new ones share one metric, whose values are "_no_memory". Bytes that are no UTF-8 are U+FFFD, which each call
    /// with such bytes allocates for.
    template <std::convertible_to<std::string_view>... Values>
        requires(sizeof...(Values) == Labels)
    [[nodiscard]] Metric& with(const Values&... values) const noexcept {
        std::array<std::string_view, Labels + 1> all{std::string_view(values)...};
        return of_->with(all.data());
    }
    /// The one metric of a family without labels.
    /// @{
    [[nodiscard]] Metric& operator*() const noexcept
        requires(Labels == 0)
    {
        return with();
    }
    [[nodiscard]] Metric* operator->() const noexcept
        requires(Labels == 0)
    {
        return &with();
    }
    /// @}

private:
    friend class metrics_registry;
    explicit family(std::shared_ptr<detail::metrics::family_of<Metric>> of) noexcept : of_(std::move(of)) {}
    std::shared_ptr<detail::metrics::family_of<Metric>> of_;
};

}  // namespace stentor::inline v0
