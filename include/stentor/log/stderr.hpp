#pragma once

#include <sys/uio.h>
#include <unistd.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <ctime>
#include <string_view>
#include <utility>

#include <poll.h>

#include <stentor/log/sink.hpp>
#include <stentor/version.hpp>

/// @file
/// `stderr_sink`: log lines for whoever started the process.

namespace stentor::inline v0 {

/// Writes each line and a newline to standard error, or to another descriptor, in one system call, so that the lines of several
/// threads and processes stay whole. When the reader is slow it waits 100 ms and then loses the line; a reader that has gone raises
/// no SIGPIPE. Does not own the descriptor.
class stderr_sink {
public:
    stderr_sink() noexcept = default;
    /// To that descriptor, which must stay open.
    explicit stderr_sink(int descriptor) noexcept : descriptor_(descriptor) {}
    /// As another one, with counts of its own.
    stderr_sink(stderr_sink&& other) noexcept : descriptor_(other.descriptor_) {}
    stderr_sink(const stderr_sink&) = delete;
    stderr_sink& operator=(const stderr_sink&) = delete;
    ~stderr_sink() = default;

    /// Writes it, or loses it.
    void write(log_level /*level*/, std::string_view line) noexcept {
        const no_sigpipe in_this_scope;
        const int saved = errno;
        // What a lost line has left behind must not become the beginning of this one.
        const bool torn = torn_.exchange(false, std::memory_order_relaxed);
        const std::string_view before = torn ? std::string_view("\n") : std::string_view();
        iovec parts[3] = {part(before), part(line), part("\n")};
        std::size_t first = before.empty() ? 1 : 0;
        bool begun = false;
        while (first < 3) {
            const ssize_t written = ::writev(descriptor_, parts + first, static_cast<int>(3 - first));
            if (written >= 0) {
                begun = begun || written > 0;
                first = skip(parts, first, static_cast<std::size_t>(written));
            } else if (errno != EINTR && (errno != EAGAIN || !room_comes())) {
                if (begun || torn) {
                    torn_.store(true, std::memory_order_relaxed);
                }
                break;
            }
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

    [[nodiscard]] static iovec part(std::string_view text) noexcept {
        // writev does not write to it.
        return {const_cast<char*>(text.data()), text.size()};
    }
    // The first part that is not all written yet.
    [[nodiscard]] static std::size_t skip(iovec (&parts)[3], std::size_t first, std::size_t written) noexcept {
        while (first < 3 && written >= parts[first].iov_len) {
            written -= parts[first].iov_len;
            ++first;
        }
        if (first < 3) {
            parts[first].iov_base = static_cast<char*>(parts[first].iov_base) + written;
            parts[first].iov_len -= written;
        }
        return first;
    }
    [[nodiscard]] bool room_comes() const noexcept {
        constexpr int patience_ms = 100;
        pollfd p{descriptor_, POLLOUT, 0};
        int answer = ::poll(&p, 1, patience_ms);
        while (answer < 0 && errno == EINTR) {
            answer = ::poll(&p, 1, patience_ms);
        }
        return answer > 0;
    }

    int descriptor_ = STDERR_FILENO;
    std::atomic<bool> torn_{false};
};

}  // namespace stentor::inline v0
