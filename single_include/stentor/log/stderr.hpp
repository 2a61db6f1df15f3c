// Made by single_include/generate.py from include/stentor/log/stderr.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string_view>

#include <poll.h>
#include <pthread.h>
#include <sys/uio.h>
#include <unistd.h>

#include <stentor/log/sink.hpp>
#include <stentor/stentor.hpp>

/// @file
/// `stderr_sink`: log lines for whoever started the process.

namespace stentor::inline v0 {

/// Writes each line and a newline to standard error, or to another descriptor. Lines of several threads stay whole; those of
/// several sinks and processes on one pipe do as far as the kernel keeps them together, which is up to `PIPE_BUF` (4,096) bytes.
/// Where the reader makes no room for 100 ms it loses the line: of a blocking descriptor, too, as long as nobody else fills the
/// pipe in that very moment. A reader that has gone raises no SIGPIPE. Does not own the descriptor.
class stderr_sink {
public:
    stderr_sink() noexcept = default;
    /// To that descriptor, which must stay open.
    explicit stderr_sink(int descriptor) noexcept : descriptor_(descriptor) {}
    /// As another one, with a state of its own.
    stderr_sink(stderr_sink&& other) noexcept : descriptor_(other.descriptor_) {}
    stderr_sink(const stderr_sink&) = delete;
    stderr_sink& operator=(const stderr_sink&) = delete;
    ~stderr_sink() { ::pthread_mutex_destroy(&turn_); }

    /// Writes it, or loses it.
    void write(log_level /*level*/, std::string_view line) noexcept {
        const int saved = errno;
        timespec until{};
        ::clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += patience_ms * 1'000'000;
        until.tv_sec += until.tv_nsec / 1'000'000'000;
        until.tv_nsec %= 1'000'000'000;
        if (::pthread_mutex_timedlock(&turn_, &until) == 0) {
            const no_sigpipe in_this_scope;
            put(line);
            ::pthread_mutex_unlock(&turn_);
        }
        errno = saved;
    }

private:
    // A pipe without a reader would kill the process. The signal goes to this thread alone, so here it is held off and taken away.
    class no_sigpipe {
    public:
        no_sigpipe() noexcept {
            ::sigemptyset(&pipe_);
            ::sigaddset(&pipe_, SIGPIPE);
            sigset_t pending;
            ::sigemptyset(&pending);
            ::sigpending(&pending);
            was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
            blocked_ = !was_pending_ && ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_) == 0;
        }
        ~no_sigpipe() {
            if (blocked_) {
                const int saved = errno;
                const timespec now{};
                while (::sigtimedwait(&pipe_, nullptr, &now) < 0 && errno == EINTR) {
                }
                ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
                errno = saved;
            }
        }
        no_sigpipe(const no_sigpipe&) = delete;
        no_sigpipe& operator=(const no_sigpipe&) = delete;

    private:
        sigset_t pipe_{};
        sigset_t before_{};
        bool was_pending_ = false;
        bool blocked_ = false;
    };

    void put(std::string_view line) noexcept {
        // What a lost line has left behind must not become the beginning of this one.
        std::array<std::string_view, 3> parts{torn_ ? std::string_view("\n") : std::string_view(), line, "\n"};
        while (!parts.back().empty()) {
            if (!room_comes()) {
                return;
            }
            // A pipe that says it has room takes so many bytes without blocking, and no more.
            std::size_t room = PIPE_BUF;
            std::array<iovec, 3> next{};
            for (std::size_t i = 0; i < parts.size(); ++i) {
                const std::string_view now = parts[i].substr(0, room);
                next[i] = {const_cast<char*>(now.data()), now.size()};  // writev does not write to it
                room -= now.size();
            }
            const ssize_t written = ::writev(descriptor_, next.data(), static_cast<int>(next.size()));
            if (written < 0 && errno != EINTR && errno != EAGAIN) {
                return;
            }
            if (written > 0) {
                skip(parts, static_cast<std::size_t>(written));
                torn_ = !parts.back().empty();
            }
        }
    }
    static void skip(std::array<std::string_view, 3>& parts, std::size_t written) noexcept {
        for (std::string_view& part : parts) {
            const std::size_t of_this = part.size() < written ? part.size() : written;
            part.remove_prefix(of_this);
            written -= of_this;
        }
    }
    [[nodiscard]] static std::int64_t now_ms() noexcept {
        timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return std::int64_t{t.tv_sec} * 1'000 + t.tv_nsec / 1'000'000;
    }
    // poll, because a descriptor that others share must stay as blocking as it is.
    [[nodiscard]] bool room_comes() const noexcept {
        if (descriptor_ < 0) {
            return false;  // which poll would wait for
        }
        pollfd p{descriptor_, POLLOUT, 0};
        const std::int64_t until = now_ms() + patience_ms;
        for (std::int64_t left = patience_ms; left >= 0; left = until - now_ms()) {
            if (const int answer = ::poll(&p, 1, static_cast<int>(left)); answer >= 0 || errno != EINTR) {
                return answer > 0;
            }
        }
        return false;
    }

    static constexpr int patience_ms = 100;

    int descriptor_ = STDERR_FILENO;
    pthread_mutex_t turn_ = PTHREAD_MUTEX_INITIALIZER;
    bool torn_ = false;
};

}  // namespace stentor::inline v0
