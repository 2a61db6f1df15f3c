// Made by single_include/generate.py from include/stentor/log/sink.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stentor/stentor.hpp>

/// @file
/// Where log lines go: the concept log_sink, and `function_sink`.

namespace stentor::inline v0 {

/// How bad it is. Each level holds those below it.
enum class log_level : std::uint8_t {
    debug,  ///< what succeeds, message by message
    info,   ///< worth knowing: a first retry, a circuit that closes
    warn,   ///< may need somebody: further retries, a circuit that opens, a queue that is full
    error,  ///< somebody has lost something, or will
    off,    ///< as a limit: nothing is logged
};

/// "debug", "info", "warn", "error" or "off".
[[nodiscard]] constexpr std::string_view to_string(log_level l) noexcept {
    switch (l) {
        case log_level::debug: return "debug";
        case log_level::info: return "info";
        case log_level::warn: return "warn";
        case log_level::error: return "error";
        case log_level::off: break;
    }
    return "off";
}

/// **log_sink**: where the lines of a `log_tracer` go.
/// 1. Decides: nothing. The level is for systems that want it apart; it is in the line, too.
/// 2. Called: once a line; `line` is one JSON object without a newline, at most 8,192 bytes of UTF-8, and lives for the call.
/// 3. On: the event thread mostly, publishing threads now and then, several at once: it must be safe concurrently.
/// 4. Fails by: not at all, it is noexcept; a line that cannot be written is lost.
/// 5. Time: what it takes delays all that the event thread does, so it must not block for long. It must not publish with the
///    tracer that it serves.
/// 6. Minimal:
/// ```cpp
/// struct line_counter {
///     std::atomic<int>* lines;
///     void write(stentor::log_level, std::string_view) noexcept { ++*lines; }
/// };
/// ```
template <class T>
concept log_sink = std::move_constructible<T> && requires(T& t, log_level level, std::string_view line) {
    { t.write(level, line) } noexcept -> std::same_as<void>;
};

/// Hands each line to a function, `f(log_level, std::string_view line)`, which may throw: that is swallowed, and the line is lost.
/// It is called as the concept says: by several threads at once.
template <class Function>
class function_sink {
public:
    /// Takes the function.
    explicit function_sink(Function f) noexcept(std::is_nothrow_move_constructible_v<Function>) : f_(std::move(f)) {}
    /// Calls it.
    void write(log_level level, std::string_view line) noexcept {
        try {
            f_(level, line);
        } catch (...) {
            // There is nobody to tell: telling is what has failed.
            return;
        }
    }

private:
    Function f_;
};

}  // namespace stentor::inline v0
