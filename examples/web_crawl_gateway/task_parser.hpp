#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plan.hpp"

namespace demo {

/// A member of a task: its name in JSON, where it goes, and a value that would be right.
struct field {
    std::string_view name;
    std::string crawl_task::* member;
    std::string_view sample;
};

/// The members that a task has.
[[nodiscard]] const std::vector<field>& task_fields();

/// Reads a task from JSON text. Returns what is wrong with its form, each with its JSON pointer: not an object, unknown, repeated
/// and missing members, members that are not strings. A member that could not be read is left as it was in `task`.
[[nodiscard]] std::vector<std::string> parse_task(std::string_view json, crawl_task& task);

}  // namespace demo
