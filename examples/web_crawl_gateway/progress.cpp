#include "progress.hpp"

#include <array>
#include <cstdio>
#include <utility>

#include <unistd.h>

namespace demo {

progress::progress(std::function<std::string()> line)
    : line_(std::move(line)), terminal_(::isatty(STDOUT_FILENO) == 1), begin_(std::chrono::steady_clock::now()) {}

void progress::begin() {
    begin_ = std::chrono::steady_clock::now();
    thread_ = std::thread{[this] { run(); }};
}

void progress::say(const std::string& what) { show("-- " + what, true); }

void progress::end() {
    over_ = true;
    if (thread_.joinable()) {
        thread_.join();
        show(line_(), true);
    }
}

void progress::run() {
    using namespace std::chrono_literals;
    auto next = begin_ + 1s;
    while (!over_) {
        std::this_thread::sleep_for(50ms);
        const auto now = std::chrono::steady_clock::now();
        if (terminal_ || now >= next) {
            show(line_(), !terminal_);
            next += 1s;
        }
    }
}

void progress::show(const std::string& text, bool stays) {
    const std::lock_guard lock{mutex_};
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - begin_;
    std::array<char, 16> time{};
    std::snprintf(time.data(), time.size(), "%5.1f s  ", since.count());
    std::printf("%s%s%s%s", terminal_ ? "\r\033[K" : "", time.data(), text.c_str(), stays ? "\n" : "");
    std::fflush(stdout);
}

}  // namespace demo
