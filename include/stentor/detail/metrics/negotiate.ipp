#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <stentor/detail/ascii.hpp>
#include <stentor/metrics/metrics_format.hpp>

namespace stentor::inline v0 {

namespace detail::metrics {

// What is in front of the first `mark` outside of quotes, and the rest behind it.
struct cut {
    std::string_view head;
    std::string_view rest;
};
[[nodiscard]] constexpr cut cut_at(std::string_view text, char mark) noexcept {
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            quoted = !quoted;
        } else if (text[i] == '\\' && quoted) {
            ++i;
        } else if (text[i] == mark && !quoted) {
            return {trimmed(text.substr(0, i)), text.substr(i + 1)};
        }
    }
    return {trimmed(text), {}};
}

// "0.75" as 750; what is no weight counts as none at all. RFC 9110: at most three decimals, more are not looked at.
[[nodiscard]] constexpr int weight(std::string_view text) noexcept {
    if (text.empty() || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.')) {
        return 0;
    }
    int w = (text[0] - '0') * 1000;
    int unit = 100;
    for (std::size_t i = 2; i < text.size(); ++i, unit /= 10) {
        if (text[i] < '0' || text[i] > '9') {
            return 0;
        }
        w += (text[i] - '0') * unit;
    }
    return w > 1000 ? 1000 : w;
}

struct media_range {
    std::string_view type;     // "text/plain", "text/*", "*/*"
    std::string_view version;  // empty: any
    int q = 1000;
};

[[nodiscard]] constexpr media_range read_range(std::string_view text) noexcept {
    media_range r;
    cut next = cut_at(text, ';');
    r.type = next.head;
    while (!next.rest.empty()) {
        next = cut_at(next.rest, ';');
        const cut parameter = cut_at(next.head, '=');
        std::string_view value = trimmed(parameter.rest);
        if (value.size() > 1 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        if (same_ignoring_case(parameter.head, "q")) {
            r.q = weight(value);
        } else if (same_ignoring_case(parameter.head, "version")) {
            r.version = value;
        }
    }
    return r;
}

struct offer {
    metrics_format format;
    std::string_view type;
    std::string_view group;    // the wildcard that it answers to, beside "*/*"; empty: none at all
    std::string_view version;  // empty: it has none
};

// How closely the range names what is offered: the closest one's weight counts. 0: not at all.
[[nodiscard]] constexpr int closeness(const media_range& r, const offer& o) noexcept {
    if (same_ignoring_case(r.type, o.type)) {
        return r.version.empty() || o.version.empty() ? 3 : r.version == o.version ? 4 : 0;
    }
    if (o.group.empty()) {
        return 0;
    }
    return same_ignoring_case(r.type, o.group) ? 2 : r.type == "*/*" ? 1 : 0;
}

}  // namespace detail::metrics

inline metrics_format negotiate(std::string_view accept) noexcept {
    using namespace detail::metrics;
    constexpr std::array<offer, 3> offers{{
        {metrics_format::openmetrics, "application/openmetrics-text", "", "1.0.0"},
        {metrics_format::prometheus, "text/plain", "text/*", "0.0.4"},
        {metrics_format::json, "application/json", "application/*", ""},
    }};
    metrics_format best = metrics_format::prometheus;
    int best_weight = 0;
    for (const offer& o : offers) {
        int closest = 0;
        int q = 0;
        for (cut next{{}, accept}; !next.rest.empty();) {
            next = cut_at(next.rest, ',');
            const media_range r = read_range(next.head);
            const int c = closeness(r, o);
            if (c > closest || (c == closest && c != 0 && r.q > q)) {
                closest = c;
                q = r.q;
            }
        }
        if (q > best_weight) {
            best = o.format;
            best_weight = q;
        }
    }
    return best;
}

}  // namespace stentor::inline v0
