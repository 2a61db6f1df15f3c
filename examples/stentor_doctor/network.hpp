#pragma once

#include <string>

#include "report.hpp"

namespace doctor {

/// Looks up each broker of that list, and connects to it. False when none can be reached; then a client could not, either.
bool reach(const std::string& brokers, int timeout_s, report& out);

}  // namespace doctor
