#pragma once

#include <atomic>
#include <cstddef>
#include <vector>

#include "command_line.hpp"
#include "plan.hpp"

namespace demo {

/// What was read.
struct input {
    std::vector<crawl_task> tasks{};
    std::size_t bad_lines = 0;
};

/// Settles what the command line left open: the file, and how often it is sent.
void choose_input(command_line& command);

/// Reads the tasks, and says on standard error what is wrong with bad lines. Returns early when `stop` is set. Throws
/// `std::runtime_error` when the file cannot be read.
[[nodiscard]] input read_input(const command_line& command, const std::atomic<bool>& stop);

}  // namespace demo
