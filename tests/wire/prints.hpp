#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include <unistd.h>

namespace wire {

// What the process itself prints meanwhile.
class prints {
public:
    prints() : file_(std::tmpfile()) {
        std::fflush(nullptr);
        for (std::size_t i = 0; i < 2; ++i) {
            kept_[i] = ::dup(static_cast<int>(i) + 1);
            ::dup2(::fileno(file_), static_cast<int>(i) + 1);
        }
    }
    prints(const prints&) = delete;
    prints& operator=(const prints&) = delete;
    ~prints() {
        stop();
        std::fclose(file_);
    }

    std::string stop() {
        std::fflush(nullptr);
        for (std::size_t i = 0; i < 2; ++i) {
            if (kept_[i] >= 0) {
                ::dup2(kept_[i], static_cast<int>(i) + 1);
                ::close(std::exchange(kept_[i], -1));
            }
        }
        std::string all;
        std::rewind(file_);
        for (int c = std::fgetc(file_); c != EOF; c = std::fgetc(file_)) {
            all.push_back(static_cast<char>(c));
        }
        return all;
    }

private:
    std::FILE* file_;
    std::array<int, 2> kept_{};
};

}  // namespace wire
