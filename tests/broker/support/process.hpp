#pragma once

#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <system_error>

// What the kernel says about this process.

namespace broker {

/// Memory in use, in bytes.
inline std::size_t resident() {
    std::ifstream file("/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("VmRSS:")) {
            return std::stoul(line.substr(6)) * 1024;
        }
    }
    return 0;
}

/// How many TCP connections this process has to that port of 127.0.0.1.
inline int connections_to(int port) {
    std::set<std::string> ours;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
        std::error_code gone;
        const std::string target = std::filesystem::read_symlink(entry.path(), gone).string();
        if (target.starts_with("socket:[")) {
            ours.insert(target.substr(8, target.size() - 9));
        }
    }
    char remote[32];
    std::snprintf(remote, sizeof remote, "0100007F:%04X", static_cast<unsigned>(port));
    int count = 0;
    std::ifstream file("/proc/self/net/tcp");
    std::string line;
    for (std::getline(file, line); std::getline(file, line);) {
        std::istringstream words(line);
        std::string number, local, to, state, skipped, inode;
        words >> number >> local >> to >> state;
        for (int i = 0; i < 5; ++i) {
            words >> skipped;
        }
        words >> inode;
        count += to == remote && state == "01" && ours.contains(inode) ? 1 : 0;
    }
    return count;
}

}  // namespace broker
