#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace demo {

/// Shows that something is going on: on a terminal one line that changes, else a line a second. What happens meanwhile gets a line.
class progress {
public:
    /// `line` says how things are; it is called on a thread of its own until `end`.
    explicit progress(std::function<std::string()> line);
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress() { end(); }

    void begin();
    /// Something happened. Any thread.
    void say(const std::string& what);
    void end();

private:
    void run();
    void show(const std::string& text, bool stays);

    std::function<std::string()> line_;
    bool terminal_;
    std::mutex mutex_;  // guards the output
    std::chrono::steady_clock::time_point begin_;
    std::atomic<bool> over_{false};
    std::thread thread_;
};

}  // namespace demo
