#pragma once

#include <optional>
#include <string>
#include <vector>

namespace doctor {

struct wishes {
    bool publish = false;
    bool help = false;
    int timeout_s = 10;
    std::vector<std::string> topics{};
};

/// What was asked for; nothing when it makes no sense, and then `complaint` says why.
std::optional<wishes> read_command_line(const std::vector<std::string>& words, std::string& complaint);

extern const char* const usage;

}  // namespace doctor
