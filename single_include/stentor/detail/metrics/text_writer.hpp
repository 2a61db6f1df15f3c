// Made by single_include/generate.py from include/stentor/detail/metrics/text_writer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/stentor.hpp>
#include <stentor/detail/metrics/names.hpp>
#include <stentor/detail/metrics/number_text.hpp>
#include <stentor/metrics/collected.hpp>

namespace stentor::inline v0::detail::metrics {

// A text in which `\`, a line feed and perhaps `"` are escaped.
inline void write_escaped(std::string_view text, bool quotes, buffer& out) {
    for (const char c : text) {
        if (c == '\n') {
            out.append("\\n");
        } else if (c == '\\' || (c == '"' && quotes)) {
            out.push_back('\\');
            out.push_back(c);
        } else {
            out.push_back(c);
        }
    }
}

// Both text formats, which differ in little.
class text_writer {
public:
    explicit text_writer(bool openmetrics) noexcept : openmetrics_(openmetrics) {}

    [[nodiscard]] std::string write(const collected_metrics& all) {
        for (const metric_family& f : all.families) {
            if (!f.points.empty() && !(openmetrics_ && f.another_name)) {
                write(f);
            }
        }
        if (openmetrics_) {
            out_.append("# EOF\n");
        }
        return std::string(out_.view());
    }

private:
    void about(std::string_view what, std::string_view name) {
        out_.append("# ");
        out_.append(what);
        out_.push_back(' ');
        out_.append(name);
        out_.push_back(' ');
    }
    void write(const metric_family& f) {
        const std::string_view name = openmetrics_ ? base_name(f.name, f.type) : std::string_view(f.name);
        if (!f.help.empty()) {
            about("HELP", name);
            write_escaped(f.help, openmetrics_, out_);
            out_.push_back('\n');
        }
        about("TYPE", name);
        out_.append(f.type == metric_type::unknown && !openmetrics_ ? "untyped" : to_string(f.type));
        out_.push_back('\n');
        if (const std::string_view unit = unit_of(f.name, f.type); openmetrics_ && !unit.empty()) {
            about("UNIT", name);
            out_.append(unit);
            out_.push_back('\n');
        }
        for (const metric_point& p : f.points) {
            if (f.type == metric_type::histogram) {
                write_histogram(f, p);
            } else {
                begin(f.name, "", p);
                out_.push_back(' ');
                write_number(p.value, out_);
                out_.push_back('\n');
            }
        }
    }
    void write_histogram(const metric_family& f, const metric_point& p) {
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < p.histogram.buckets.size(); ++i) {
            below += p.histogram.buckets[i];
            begin(f.name, "_bucket", p, i < f.bounds.size() ? f.bounds[i] : infinite);
            out_.push_back(' ');
            write_integer(below, out_);
            if (openmetrics_ && i < p.histogram.exemplars.size()) {
                write_exemplar(p.histogram.exemplars[i]);
            }
            out_.push_back('\n');
        }
        begin(f.name, "_sum", p);
        out_.push_back(' ');
        write_number(p.histogram.sum, out_);
        out_.push_back('\n');
        begin(f.name, "_count", p);
        out_.push_back(' ');
        write_integer(below, out_);
        out_.push_back('\n');
    }
    void write_exemplar(const histogram_values::marked& m) {
        if (m.what.trace_id[0] == '\0') {
            return;
        }
        out_.append(" # {trace_id=\"");
        out_.append({m.what.trace_id.data(), m.what.trace_id.size()});
        if (m.what.span_id[0] != '\0') {
            out_.append("\",span_id=\"");
            out_.append({m.what.span_id.data(), m.what.span_id.size()});
        }
        out_.append("\"} ");
        write_number(m.value, out_);
        if (const auto ms = m.what.at.time_since_epoch().count(); ms > 0) {
            out_.push_back(' ');
            write_integer(ms / 1000, out_);
            const char rest[] = {'.', static_cast<char>('0' + ms / 100 % 10), static_cast<char>('0' + ms / 10 % 10),
                                 static_cast<char>('0' + ms % 10)};
            out_.append({rest, sizeof rest});
        }
    }
    // Name and labels, in a bucket also its bound.
    void begin(std::string_view name, std::string_view suffix, const metric_point& p, std::optional<double> bound = std::nullopt) {
        out_.append(name);
        out_.append(suffix);
        char before = '{';
        for (const metric_label& l : p.labels) {
            out_.push_back(std::exchange(before, ','));
            out_.append(l.name);
            out_.append("=\"");
            write_escaped(l.value, true, out_);
            out_.push_back('"');
        }
        if (bound) {
            out_.push_back(std::exchange(before, ','));
            out_.append("le=\"");
            write_bound(*bound);
            out_.push_back('"');
        }
        if (before == ',') {
            out_.push_back('}');
        }
    }
    // OpenMetrics wants whole ones as 1.0, so that all who expose the same bound give it the same name.
    void write_bound(double bound) {
        const std::size_t start = out_.size();
        write_number(bound, out_);
        if (openmetrics_ && is_finite(bound) && out_.view().substr(start).find_first_of(".e") == std::string_view::npos) {
            out_.append(".0");
        }
    }

    bool openmetrics_;
    buffer out_{};
};

}  // namespace stentor::inline v0::detail::metrics
