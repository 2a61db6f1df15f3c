// Made by single_include/generate.py from include/stentor/log/spdlog.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <spdlog/logger.h>

#include <stentor/log/sink.hpp>
#include <stentor/stentor.hpp>

/// @file
/// `spdlog_sink`: log lines for a logger of spdlog's. Needs spdlog 1.x (Debian: libspdlog-dev), which nothing else of stentor does.

namespace stentor::inline v0 {

/// Hands each line to a logger, at the logger's level of the same name; the logger decides again what it takes. The line is a whole
/// JSON object: `logger->set_pattern("%v")` writes it as it is. Several threads write at once, so the logger's sinks must be
/// spdlog's
/// `_mt` ones, or the logger asynchronous.
class spdlog_sink {
public:
    /// Shares the logger, which must not be null.
    explicit spdlog_sink(std::shared_ptr<::spdlog::logger> to) noexcept : to_(std::move(to)) {}
    /// Logs it. What fails goes to the logger's error handler; what that throws is swallowed.
    void write(log_level level, std::string_view line) noexcept {
        try {
            to_->log(level_of(level), ::spdlog::string_view_t(line.data(), line.size()));
        } catch (...) {
            // There is nobody to tell: telling is what has failed.
            return;
        }
    }

private:
    [[nodiscard]] static ::spdlog::level::level_enum level_of(log_level level) noexcept {
        switch (level) {
            case log_level::debug: return ::spdlog::level::debug;
            case log_level::info: return ::spdlog::level::info;
            case log_level::warn: return ::spdlog::level::warn;
            case log_level::error: return ::spdlog::level::err;
            case log_level::off: break;
        }
        return ::spdlog::level::off;
    }

    std::shared_ptr<::spdlog::logger> to_;
};

}  // namespace stentor::inline v0
