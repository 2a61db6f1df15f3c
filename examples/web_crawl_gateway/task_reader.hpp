#pragma once

#include <cstddef>
#include <functional>
#include <istream>
#include <string>
#include <vector>

#include "plan.hpp"

namespace demo {

/// Reads crawl tasks, one JSON object a line. `complain` is told of each bad line, "line 7: /taskId: must not be empty", and the
/// rest is read on. Empty lines are skipped. `repeated`: the tasks will be sent several times, so no id may look like a repeat's.
[[nodiscard]] std::vector<crawl_task> read_tasks(std::istream& input, bool repeated,
                                                 const std::function<void(const std::string&)>& complain);

}  // namespace demo
