#pragma once

#include <cstddef>
#include <string>

namespace demo {

/// What the user asked for.
struct command_line {
    std::string file{};        ///< empty: standard input
    std::size_t repeat = 1;    ///< how often the file is sent
    std::size_t seconds = 10;  ///< how long sending is spread over; 0: as fast as it goes
    bool seconds_given = false;
    bool calm = false;  ///< inject nothing
    bool help = false;
    std::string mistake{};  ///< what is wrong with it; empty: nothing
};

[[nodiscard]] command_line parse_command_line(int count, const char* const* words);

[[nodiscard]] const char* help_text() noexcept;

}  // namespace demo
