#pragma once

#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>

namespace doctor {

/// Prints one line a step, and keeps count of what failed.
class report {
public:
    void ok(std::string_view step, std::string_view what) { line("ok", step, what); }
    void skipped(std::string_view step, std::string_view why) { line("skip", step, why); }
    void failed(std::string_view step, std::string_view what, std::string_view hint) {
        ++failures_;
        line("FAIL", step, what);
        if (!hint.empty()) {
            line("", "", hint);
        }
    }
    void note(std::string_view what) { line("note", "settings", what); }

    [[nodiscard]] int failures() const { return failures_; }

private:
    static void line(std::string_view mark, std::string_view step, std::string_view what) {
        std::printf("%-5.*s %-9.*s %.*s\n", static_cast<int>(mark.size()), mark.data(), static_cast<int>(step.size()), step.data(),
                    static_cast<int>(what.size()), what.data());
        std::fflush(stdout);
    }

    int failures_ = 0;
};

/// How long something took, as " (3 ms)".
class stopwatch {
public:
    [[nodiscard]] std::string text() const {
        const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began_).count();
        return " (" + std::to_string(ms) + " ms)";
    }

private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace doctor
