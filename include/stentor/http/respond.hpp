#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/health.hpp>
#include <stentor/http/answer.hpp>
#include <stentor/metrics/metrics_format.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/metrics/render.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// A service's health and metrics over HTTP, for any server: a function from a request to an answer.

namespace stentor::inline v0 {

/// What there is to answer with.
struct http_endpoints {
    std::string prefix = "/api";                         ///< before all paths; may be empty
    const health_monitor* health = nullptr;              ///< none: all health paths are 404; must live as long as this
    std::optional<metrics_registry> metrics{};           ///< none: the metrics paths are 404
    render_options rendering{};                          ///< of the metrics
    nanoseconds probe_within = std::chrono::seconds(2);  ///< for `?probe`
};

namespace detail::http {

[[nodiscard]] inline http_answer json_answer(unsigned status, std::string body) {
    return {status, "application/json", std::move(body), {}};
}

[[nodiscard]] inline http_answer health_answer(const health_report& report) {
    return json_answer(report.status == health_status::fail ? 503 : 200, report.to_json());
}

// "probe", "probe=1" or "probe=true" among the parameters.
[[nodiscard]] constexpr bool wants_probe(std::string_view query) noexcept {
    while (!query.empty()) {
        const std::size_t end = query.find('&');
        const std::string_view one = query.substr(0, end);
        if (one == "probe" || one == "probe=1" || one == "probe=true") {
            return true;
        }
        query.remove_prefix(end == std::string_view::npos ? query.size() : end + 1);
    }
    return false;
}

// The report of that path behind `/health`; none: there is no such path.
[[nodiscard]] inline std::optional<health_report> health_at(const http_endpoints& of, std::string_view path,
                                                            std::string_view query) {
    const health_monitor& health = *of.health;
    if (path.empty()) {
        return health.check();
    }
    if (path == "/live") {
        return health.live();
    }
    if (path == "/ready") {
        return health.ready();
    }
    if (path == "/kafka") {
        return wants_probe(query) ? health.probe(of.probe_within) : health.ready();
    }
    if (path == "/detailed") {
        health_report report = health.check();
        report.checks = health.ready().checks;
        return report;
    }
    return std::nullopt;
}

[[nodiscard]] inline std::optional<http_answer> get(const http_endpoints& of, std::string_view path, std::string_view query,
                                                    std::string_view accept) {
    constexpr std::string_view health = "/health";
    if (of.health != nullptr && path.starts_with(health)) {
        if (const auto report = health_at(of, path.substr(health.size()), query)) {
            return health_answer(*report);
        }
    }
    if (of.metrics && (path == "/metrics" || path == "/metrics/json")) {
        const metrics_format format = path == "/metrics" ? negotiate(accept) : metrics_format::json;
        return http_answer{200, std::string(content_type(format)), render(*of.metrics, format, of.rendering), {}};
    }
    return std::nullopt;
}

}  // namespace detail::http

/// The answer to that request, from cached state; it waits only for a probe that was asked for. With the prefix "/api":
/// - `/api/health`: the service's health, Kafka's in it with `health_options::include_kafka`
/// - `/api/health/live`, `/api/health/ready`: would a restart help; should it be sent work
/// - `/api/health/kafka`: all publishers; with `?probe` the cluster is asked, too
/// - `/api/health/detailed`: the service's health, and all publishers whether they count or not
/// - `/api/metrics`: in the format that `accept` asks for; `/api/metrics/json`: as JSON
///
/// 200, but 503 for health that is `fail`; 404 for any other path, 405 for any method but GET and HEAD, 500 when memory runs out.
/// Any bytes in any argument.
[[nodiscard]] inline http_answer respond(const http_endpoints& of, std::string_view method, std::string_view target,
                                         std::string_view accept = {}) {
    try {
        std::string_view path = path_of(target);
        std::optional<http_answer> answer;
        if (path.starts_with(of.prefix)) {
            path.remove_prefix(of.prefix.size());
            const bool reads = method == "GET" || method == "HEAD";
            answer = detail::http::get(of, path, reads ? query_of(target) : std::string_view{}, accept);
            if (answer && !reads) {
                return {405, "application/json", R"({"error":"only GET and HEAD"})", "GET, HEAD"};
            }
        }
        return answer ? *std::move(answer) : detail::http::json_answer(404, R"({"error":"no such path"})");
    } catch (...) {
        return {500, {}, {}, {}};
    }
}

}  // namespace stentor::inline v0
