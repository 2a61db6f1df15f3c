#pragma once

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <stentor/detail/metrics/bounds.hpp>
#include <stentor/detail/metrics/names.hpp>
#include <stentor/metrics/metrics_registry.hpp>

namespace stentor::inline v0 {

namespace detail::metrics {

// The rule that the family breaks, in words; empty if it breaks none.
[[nodiscard]] inline std::string wrong(const description& d) {
    std::string why(wrong_name(d.name, d.type));
    for (std::size_t i = 0; why.empty() && i < d.labels.size(); ++i) {
        why = wrong_label(d.labels[i], d.type);
        if (why.empty() && std::count(d.labels.begin(), d.labels.end(), d.labels[i]) != 1) {
            why = "it is there twice";
        }
        if (!why.empty()) {
            why.insert(0, "label " + d.labels[i] + ": ");
        }
    }
    if (why.empty() && d.type == metric_type::histogram) {
        const bool fine = !d.bounds.empty() && increasing_and_finite(d.bounds);
        why = fine ? "" : "bounds are increasing and finite, at least one";
    }
    return why;
}

// Why the two cannot both be there; empty when they are the same family.
[[nodiscard]] inline std::string difference(const description& known, const description& d) {
    if (known.name != d.name) {
        return "OpenMetrics cannot tell it from " + known.name;
    }
    if (known.type != d.type) {
        return std::string("it is a ").append(to_string(known.type)).append(" already, and no ").append(to_string(d.type));
    }
    if (known.labels != d.labels) {
        return "it has other labels already";
    }
    return known.bounds == d.bounds ? "" : "it has other bounds already";
}

[[nodiscard]] inline error refused(std::string_view name, const std::string& why) {
    return error(errc::invalid_config, std::string("metric ").append(name).append(": ").append(why));
}

}  // namespace detail::metrics

template <class Metric, std::size_t Labels>
result<family<Metric, Labels>> metrics_registry::made(std::string_view name, std::string_view help,
                                                      std::span<const label_key> labels, std::span<const double> bounds) const {
    using of = detail::metrics::family_of<Metric>;
    detail::metrics::description d{
        std::string(name), std::string(help), detail::metrics::type_of<Metric>, {}, {}, {bounds.begin(), bounds.end()}};
    for (const label_key& k : labels) {
        d.labels.emplace_back(k.name);
        d.limits.push_back(k.limit != 0 ? k.limit : shared_->options.max_label_values);
    }
    if (const std::string why = detail::metrics::wrong(d); !why.empty()) {
        return detail::metrics::refused(name, why);
    }
    auto fresh = std::make_shared<of>(std::move(d));
    if constexpr (Labels == 0) {
        std::string_view none{};
        (void)fresh->with(&none);
    }
    const detail::spin_guard guard(shared_->lock);
    for (const std::shared_ptr<detail::metrics::any_family>& known : shared_->families) {
        const detail::metrics::description& a = known->what();
        const detail::metrics::description& b = fresh->what();
        if (detail::metrics::clash(a.name, a.type, b.name, b.type)) {
            if (const std::string why = detail::metrics::difference(a, b); !why.empty()) {
                return detail::metrics::refused(name, why);
            }
            return family<Metric, Labels>(std::static_pointer_cast<of>(known));
        }
    }
    shared_->families.push_back(fresh);
    return family<Metric, Labels>(std::move(fresh));
}

inline metrics_registry::hook_id metrics_registry::on_collect(std::function<void(metric_sink&)> call) const {
    auto made = std::make_shared<detail::metrics::collect_hook>(std::move(call));
    const detail::spin_guard guard(shared_->lock);
    shared_->hooks.push_back({shared_->last_id + 1, std::move(made)});
    return ++shared_->last_id;
}

inline void metrics_registry::forget(hook_id which) const noexcept {
    std::shared_ptr<detail::metrics::collect_hook> gone;
    {
        const detail::spin_guard guard(shared_->lock);
        for (const hook& h : shared_->hooks) {
            if (h.id == which) {
                gone = h.call;
                break;
            }
        }
    }
    if (gone) {
        // In the list until it has ended: who else forgets it then waits, too.
        if (gone->forget()) {
            drop(which);
        }
    }
}

inline void metrics_registry::drop(hook_id which) const noexcept {
    std::shared_ptr<detail::metrics::collect_hook> gone;  // after the lock
    const detail::spin_guard guard(shared_->lock);
    const auto at = std::find_if(shared_->hooks.begin(), shared_->hooks.end(), [which](const hook& h) { return h.id == which; });
    if (at != shared_->hooks.end()) {
        gone = std::move(at->call);
        shared_->hooks.erase(at);
    }
}

inline collected_metrics metrics_registry::collect() const {
    std::vector<std::shared_ptr<detail::metrics::any_family>> families;
    std::vector<hook> hooks;
    {
        const detail::spin_guard guard(shared_->lock);
        families = shared_->families;
        hooks = shared_->hooks;
    }
    metric_sink sink;
    for (const auto& f : families) {
        f->collect(sink);
        if (const std::uint64_t n = f->overflows(); n != 0) {
            sink.add_counter("stentor_metrics_overflow_total",
                             "How often a label value beyond the limit was counted with the others, by metric.",
                             static_cast<double>(n), {{"metric", f->what().name}});
        }
    }
    std::uint64_t thrown = 0;
    for (const hook& h : hooks) {
        try {
            h.call->run(sink);
        } catch (...) {
            ++thrown;
        }
        if (h.call->forgotten()) {
            drop(h.id);
        }
    }
    // What `take` leaves out now is told the next time.
    const std::uint64_t before = shared_->left_out.fetch_add(sink.left_out() + thrown, std::memory_order_relaxed);
    sink.add_counter("stentor_metrics_left_out_total", "What hooks said that cannot be rendered, and hooks that failed.",
                     static_cast<double>(before + sink.left_out() + thrown));
    const std::uint64_t known = sink.left_out();
    collected_metrics all = sink.take();
    shared_->left_out.fetch_add(sink.left_out() - known, std::memory_order_relaxed);
    return all;
}

}  // namespace stentor::inline v0
