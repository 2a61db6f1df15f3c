#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include <stentor/version.hpp>

/// @file
/// What a web server and its handlers say to each other: as much of HTTP as a service's own endpoints need.

namespace stentor::inline v0 {

/// One request; views live for the call.
struct http_request {
    std::string_view method{};        ///< "GET"; case matters (RFC 9110, 9.1)
    std::string_view target{};        ///< as it came: "/api/health?verbose"
    std::string_view accept{};        ///< the `Accept` header; empty: none
    std::string_view content_type{};  ///< of the body; empty: none
    std::string_view traceparent{};   ///< the header of W3C Trace Context; empty: none
    std::string_view tracestate{};    ///< its companion
    std::string_view body{};          ///< what was sent
};

/// What is answered to it. For HEAD the body is the one that GET would have: servers send its length and not its bytes.
struct http_answer {
    unsigned status = 200;       ///< the status code
    std::string content_type{};  ///< empty: there is no body
    std::string body{};          ///< the bytes
    std::string_view allow{};    ///< with 405: the methods that there are; a static text
};

/// The path of a request target: without query, and of the absolute form ("http://host/path", which RFC 9112, 3.2.2, has every
/// server take) without what is before it. Nothing is decoded. Empty when the target has no path that begins with a slash.
[[nodiscard]] constexpr std::string_view path_of(std::string_view target) noexcept {
    for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
        if (target.starts_with(scheme)) {
            target.remove_prefix(scheme.size());
            const std::size_t host = std::min(target.find_first_of("/?#"), target.size());
            if (host == 0) {
                return {};
            }
            target.remove_prefix(host);
            if (target.empty() || target.front() != '/') {
                return "/";
            }
            break;
        }
    }
    const std::string_view path = target.substr(0, target.find_first_of("?#"));
    return !path.empty() && path.front() == '/' ? path : std::string_view{};
}

/// The query of a request target: what is behind the first question mark; nothing is decoded.
[[nodiscard]] constexpr std::string_view query_of(std::string_view target) noexcept {
    target = target.substr(0, target.find('#'));
    const std::size_t mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

}  // namespace stentor::inline v0
