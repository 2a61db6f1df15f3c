#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "line_source.hpp"
#include "plan.hpp"

namespace demo {

/// A line that is no task. `faults` says why, "/taskId: must not be empty", one for each thing that is wrong; the line itself has
/// the pointer "". What is no JSON at all has one fault without a pointer, which names the byte.
struct bad_line {
    std::size_t number = 0;
    std::vector<std::string> faults{};
};

/// Reads crawl tasks, one JSON object a line. `complain` is told of each bad line, and the rest is read on. Empty lines are
/// skipped. `repeated`: the tasks will be sent several times, so no id may look like a repeat's.
[[nodiscard]] std::vector<crawl_task> read_tasks(line_source& lines, bool repeated,
                                                 const std::function<void(const bad_line&)>& complain);

}  // namespace demo
