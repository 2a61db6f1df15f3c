#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <stentor/error.hpp>
#include <stentor/log/sink.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// What log lines are about: names that stay as they are, and levels.

namespace stentor::inline v0::detail {

enum class log_kind : std::uint8_t {
    message_persisted,
    message_retrying,
    message_failed,
    breaker_opened,
    breaker_half_opened,
    breaker_closed,
    late_report,
    queue_full,
    slow_handler,
    handler_threw,
    topic_missing,
    topic_denied,
    client_up,
    client_fault,
    client_log,
};
inline constexpr std::size_t log_kind_count = 15;

[[nodiscard]] constexpr std::string_view to_string(log_kind k) noexcept {
    constexpr std::array<std::string_view, log_kind_count> names{
        "message_persisted", "message_retrying", "message_failed", "breaker_opened", "breaker_half_opened",
        "breaker_closed",    "late_report",      "queue_full",     "slow_handler",   "handler_threw",
        "topic_missing",     "topic_denied",     "client_up",      "client_fault",   "client_log"};
    return names[static_cast<std::size_t>(k)];
}

[[nodiscard]] constexpr log_kind kind_of(const event& e) noexcept {
    switch (e.what) {
        case event::kind::breaker_opened: return log_kind::breaker_opened;
        case event::kind::breaker_half_opened: return log_kind::breaker_half_opened;
        case event::kind::breaker_closed: return log_kind::breaker_closed;
        case event::kind::late_report: return log_kind::late_report;
        case event::kind::queue_full: return log_kind::queue_full;
        case event::kind::slow_handler: return log_kind::slow_handler;
        case event::kind::handler_threw: return log_kind::handler_threw;
        case event::kind::topic_missing: return log_kind::topic_missing;
        case event::kind::topic_denied: return log_kind::topic_denied;
        case event::kind::client_log: return log_kind::client_log;
        case event::kind::client: break;
    }
    return e.code == errc::none ? log_kind::client_up : log_kind::client_fault;
}

// Of a line of the client's log.
[[nodiscard]] constexpr log_level level_of_syslog(int level) noexcept {
    return level <= 3 ? log_level::error : level == 4 ? log_level::warn : level <= 6 ? log_level::info : log_level::debug;
}
// The other way round: up to which lines are wanted.
[[nodiscard]] constexpr int syslog_of_level(log_level least) noexcept {
    constexpr std::array<int, 5> levels{7, 6, 4, 3, -1};
    return levels[static_cast<std::size_t>(least)];
}

// What nobody mends but people is an error; what may pass by itself is a warning.
[[nodiscard]] constexpr log_level level_of_fault(errc code) noexcept {
    switch (code) {
        case errc::authentication:
        case errc::authorization:
        case errc::tls:
        case errc::invalid_config:
        case errc::fatal: return log_level::error;
        default: return log_level::warn;
    }
}

[[nodiscard]] constexpr log_level level_of(const event& e) noexcept {
    switch (e.what) {
        case event::kind::breaker_opened: return log_level::warn;
        case event::kind::breaker_half_opened:
        case event::kind::breaker_closed: return log_level::info;
        case event::kind::late_report: return e.outcome == outcome::persisted ? log_level::info : log_level::warn;
        case event::kind::queue_full:
        case event::kind::slow_handler: return log_level::warn;
        case event::kind::handler_threw:
        case event::kind::topic_missing:
        case event::kind::topic_denied: return log_level::error;
        case event::kind::client_log: return level_of_syslog(e.level);
        case event::kind::client: break;
    }
    return e.code == errc::none ? log_level::info : level_of_fault(e.code);
}

// A first retry may be chance, a second one is none.
[[nodiscard]] constexpr log_level level_of_retry(std::uint32_t failed_tries) noexcept {
    return failed_tries > 1 ? log_level::warn : log_level::info;
}

}  // namespace stentor::inline v0::detail
