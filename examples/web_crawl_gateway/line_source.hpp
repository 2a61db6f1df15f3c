#pragma once

#include <atomic>
#include <cstddef>
#include <string>

namespace demo {

/// The lines of a file or of standard input, by read(2): a signal ends the waiting for more, which streams would hide.
class line_source {
public:
    /// "-": standard input. `stop` must outlive it. Throws `std::runtime_error`, which says why it cannot be read.
    line_source(const std::string& path, const std::atomic<bool>& stop);
    line_source(const line_source&) = delete;
    line_source& operator=(const line_source&) = delete;
    ~line_source();

    /// The next line without its end; a byte order mark at the start of the first is skipped. False: there is none, or `stop` is
    /// set. Throws `std::runtime_error` when reading fails.
    [[nodiscard]] bool next(std::string& line);

private:
    // False: the end, or `stop` is set.
    [[nodiscard]] bool read_more();

    std::string name_;
    const std::atomic<bool>& stop_;
    int file_ = -1;
    bool first_ = true;
    std::string buffer_;
    std::size_t begin_ = 0;     // what is before it was handed out
    std::size_t searched_ = 0;  // no line ends before it
};

}  // namespace demo
