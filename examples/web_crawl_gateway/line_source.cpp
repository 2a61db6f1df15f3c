#include "line_source.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string_view>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace demo {
namespace {

constexpr std::size_t read_at_once = 65'536;
constexpr int poll_ms = 100;  // a signal between the look at `stop` and the waiting would else go unnoticed
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

[[noreturn]] void fail(const std::string& name, const char* why) { throw std::runtime_error("cannot read " + name + ": " + why); }

}  // namespace

line_source::line_source(const std::string& path, const std::atomic<bool>& stop)
    : name_(path == "-" ? "standard input" : path), stop_(stop) {
    file_ = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file_ < 0) {
        if (stop_) {
            return;
        }
        fail(name_, std::strerror(errno));
    }
    struct stat status{};
    if (::fstat(file_, &status) == 0 && S_ISDIR(status.st_mode)) {
        if (file_ != STDIN_FILENO) {
            ::close(file_);
        }
        fail(name_, "it is a directory, and must be a file");
    }
}

line_source::~line_source() {
    if (file_ > STDIN_FILENO) {
        ::close(file_);
    }
}

bool line_source::next(std::string& line) {
    std::size_t end = 0;
    for (;;) {
        if (stop_) {
            return false;
        }
        end = buffer_.find('\n', searched_);
        if (end != std::string::npos) {
            break;
        }
        searched_ = buffer_.size();
        if (!read_more()) {
            end = buffer_.size();
            if (stop_ || begin_ == end) {
                return false;
            }
            break;
        }
    }
    line.assign(buffer_, begin_, end - begin_);
    begin_ = end == buffer_.size() ? end : end + 1;
    searched_ = begin_;
    if (first_ && line.starts_with(byte_order_mark)) {
        line.erase(0, byte_order_mark.size());
    }
    first_ = false;
    return true;
}

bool line_source::read_more() {
    buffer_.erase(0, begin_);
    searched_ -= begin_;
    begin_ = 0;
    const std::size_t before = buffer_.size();
    while (!stop_) {
        pollfd in{file_, POLLIN, 0};
        if (::poll(&in, 1, poll_ms) != 1) {
            continue;
        }
        buffer_.resize(before + read_at_once);
        const ssize_t n = ::read(file_, buffer_.data() + before, read_at_once);
        const int why = errno;
        buffer_.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
        if (n >= 0) {
            return n > 0;
        }
        if (why != EINTR && why != EAGAIN) {
            fail(name_, std::strerror(why));
        }
    }
    return false;
}

}  // namespace demo
