#pragma once

#include <cstddef>
#include <string>

namespace demo {

/// What the user asked for.
struct command_line {
    /// "-": standard input; empty: standard input when there is something in it, else the tasks that come with the demo.
    std::string file{};
    std::size_t repeat = 0;    ///< how often the file is sent; 0: not said
    std::size_t seconds = 10;  ///< how long sending is spread over; 0: as fast as it goes
    bool seconds_given = false;
    bool calm = false;  ///< inject nothing
    bool help = false;
    std::string mistake{};  ///< what is wrong with it; empty: nothing
};

[[nodiscard]] command_line parse_command_line(int count, const char* const* words);

[[nodiscard]] const char* help_text() noexcept;

}  // namespace demo
