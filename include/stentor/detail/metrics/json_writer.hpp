#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/json/number.hpp>
#include <stentor/detail/json/text.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/metrics/names.hpp>
#include <stentor/detail/metrics/number_text.hpp>
#include <stentor/metrics/collected.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::metrics {

class json_metrics_writer {
public:
    [[nodiscard]] std::string write(const collected_metrics& all) {
        out_.append("{\"metrics\":[");
        const char* between = "";
        for (const metric_family& f : all.families) {
            if (!f.points.empty()) {
                out_.append(std::exchange(between, ","));
                write(f);
            }
        }
        out_.append("]}");
        return std::string(out_.view());
    }

private:
    void text(std::string_view what) {
        if (write_string(what, out_) != std::string_view::npos) {
            out_.append("\"");  // no UTF-8: only in metrics that were made by hand
        }
    }
    void member(std::string_view name, std::string_view value) {
        text(name);
        out_.push_back(':');
        text(value);
        out_.push_back(',');
    }
    void number(double value) {
        if (is_finite(value)) {
            write_number(value, out_);
        } else {
            out_.push_back('"');
            write_number(value, out_);
            out_.push_back('"');
        }
    }
    void write(const metric_family& f) {
        out_.push_back('{');
        member("name", f.name);
        member("type", to_string(f.type));
        member("help", f.help);
        if (const std::string_view unit = unit_of(f.name, f.type); !unit.empty()) {
            member("unit", unit);
        }
        out_.append("\"points\":[");
        const char* between = "";
        for (const metric_point& p : f.points) {
            out_.append(std::exchange(between, ","));
            write(f, p);
        }
        out_.append("]}");
    }
    void write(const metric_family& f, const metric_point& p) {
        out_.append("{\"labels\":{");
        const char* between = "";
        for (const metric_label& l : p.labels) {
            out_.append(std::exchange(between, ","));
            text(l.name);
            out_.push_back(':');
            text(l.value);
        }
        if (f.type != metric_type::histogram) {
            out_.append("},\"value\":");
            number(p.value);
        } else {
            out_.append("},\"count\":");
            write_integer(p.count(), out_);
            out_.append(",\"sum\":");
            number(p.histogram.sum);
            out_.append(",\"buckets\":[");
            write_buckets(f, p);
            out_.push_back(']');
        }
        out_.push_back('}');
    }
    void write_buckets(const metric_family& f, const metric_point& p) {
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < p.histogram.buckets.size(); ++i) {
            below += p.histogram.buckets[i];
            out_.append(i == 0 ? "{\"le\":" : ",{\"le\":");
            number(i < f.bounds.size() ? f.bounds[i] : infinite);
            out_.append(",\"count\":");
            write_integer(below, out_);
            out_.push_back('}');
        }
    }

    buffer out_{};
};

}  // namespace stentor::inline v0::detail::metrics
