#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <stentor/log/stderr.hpp>

using stentor::log_level;
using stentor::stderr_sink;

namespace {

class pipe_of {
public:
    explicit pipe_of(int flags = 0) { REQUIRE(::pipe2(ends_, flags) == 0); }
    ~pipe_of() {
        close_reader();
        if (ends_[1] >= 0) {
            close_writer();
        }
    }
    pipe_of(const pipe_of&) = delete;
    pipe_of& operator=(const pipe_of&) = delete;
    void close_reader() {
        if (ends_[0] >= 0) {
            ::close(ends_[0]);
            ends_[0] = -1;
        }
    }
    void close_writer() {
        ::close(ends_[1]);
        ends_[1] = -1;
    }
    [[nodiscard]] int reader() const { return ends_[0]; }
    [[nodiscard]] int writer() const { return ends_[1]; }
    // Until not one byte more goes in; the writer must not block.
    void fill() const {
        const std::string block(4096, 'x');
        while (::write(ends_[1], block.data(), block.size()) > 0) {
        }
    }
    // What is there, at most so many bytes.
    [[nodiscard]] std::string read(std::size_t at_most = 1 << 20) const {
        std::string all(at_most, '\0');
        const ssize_t n = ::read(ends_[0], all.data(), all.size());
        all.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
        return all;
    }

private:
    int ends_[2] = {-1, -1};
};

}  // namespace

TEST_CASE("stderr_sink writes each line and a newline") {
    const pipe_of pipe;
    stderr_sink sink(pipe.writer());
    sink.write(log_level::info, "{\"a\":1}");
    sink.write(log_level::error, "{\"b\":2}");
    CHECK(pipe.read() == "{\"a\":1}\n{\"b\":2}\n");
}

TEST_CASE("a reader that has gone costs the line: no signal, now or later, and errno stays as it was") {
    pipe_of pipe;
    stderr_sink sink(pipe.writer());
    pipe.close_reader();
    errno = 42;
    sink.write(log_level::info, "to nobody");
    CHECK(errno == 42);
    sigset_t now;
    ::sigpending(&now);
    CHECK(::sigismember(&now, SIGPIPE) == 0);
    ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
    CHECK(::sigismember(&now, SIGPIPE) == 0);
    // Still here.
    stderr_sink closed(-1);
    closed.write(log_level::info, "to nothing");
    CHECK(errno == 42);
}

TEST_CASE("a reader that does not read costs the line after a while, and the next one starts on a line of its own") {
    const bool blocking = GENERATE(false, true);
    CAPTURE(blocking);
    const pipe_of pipe(blocking ? 0 : O_NONBLOCK);
    stderr_sink sink(pipe.writer());
    const std::string long_line(8192, 'x');
    const auto begin = std::chrono::steady_clock::now();
    int lines = 0;
    while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(80)) {
        sink.write(log_level::info, long_line);
        REQUIRE(++lines < 100);  // it is full after 64 KiB
    }
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(5));
    REQUIRE(::fcntl(pipe.reader(), F_SETFL, O_NONBLOCK) == 0);
    std::string all;
    for (std::string more = pipe.read(); !more.empty(); more = pipe.read()) {
        all += more;
    }
    sink.write(log_level::info, "next");
    all += pipe.read();
    const auto last = all.rfind("\nnext\n");
    REQUIRE(last != std::string::npos);
    // What is before it are whole lines, and a torn one at most.
    const std::string tail = all.substr(0, last);
    CHECK(tail.substr(tail.rfind('\n') + 1).size() <= long_line.size());
    CHECK(all.starts_with(long_line + "\n"));
}

TEST_CASE("lines of several threads stay whole, also those that the kernel would tear") {
    pipe_of pipe;
    stderr_sink sink(pipe.writer());
    constexpr std::size_t threads = 4;
    constexpr std::size_t lines = 200;
    std::string all;
    std::thread reader([&] {
        for (std::string more = pipe.read(); !more.empty(); more = pipe.read()) {
            all += more;
        }
    });
    std::vector<std::thread> writers;
    for (std::size_t t = 0; t < threads; ++t) {
        writers.emplace_back([&sink, t] {
            for (std::size_t i = 0; i < lines; ++i) {
                sink.write(log_level::info, std::string(i % 2 == 0 ? 100 : 8000, static_cast<char>('a' + t)));
            }
        });
    }
    for (std::thread& w : writers) {
        w.join();
    }
    pipe.close_writer();
    reader.join();
    std::size_t whole = 0;
    for (std::size_t from = 0; from < all.size();) {
        const std::string line = all.substr(from, all.find('\n', from) - from);
        CHECK(line == std::string(line.size(), line.front()));
        whole += line.size() == 100 || line.size() == 8000 ? 1U : 0U;
        from += line.size() + 1;
    }
    // On a machine that stands still for 100 ms one may be lost, or its end.
    CHECK(whole > threads * lines * 8 / 10);
}

TEST_CASE("a signal in the middle of a write does not cost the line") {
    struct sigaction quiet{};
    struct sigaction before{};
    quiet.sa_handler = [](int) {};  // no SA_RESTART: writes are interrupted
    REQUIRE(::sigaction(SIGUSR1, &quiet, &before) == 0);
    const pipe_of pipe;
    stderr_sink sink(pipe.writer());
    const std::string line(200'000, 'y');  // more than a pipe holds: it blocks, and is written in parts
    std::atomic<bool> done{false};
    std::thread writer([&] {
        sink.write(log_level::info, line);
        done.store(true);
    });
    std::string all;
    while (all.size() < line.size() + 1) {
        ::pthread_kill(writer.native_handle(), SIGUSR1);
        all += pipe.read(10'000);
    }
    while (!done.load()) {
        std::this_thread::yield();
    }
    writer.join();
    CHECK(all == line + "\n");
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("threads that find no room wait at the same time, not one after the other") {
    const pipe_of pipe(O_NONBLOCK);
    pipe.fill();
    stderr_sink sink(pipe.writer());
    constexpr int threads = 30;
    const auto begin = std::chrono::steady_clock::now();
    std::vector<std::thread> writers;
    for (int t = 0; t < threads; ++t) {
        writers.emplace_back([&sink] { sink.write(log_level::info, "lost"); });
    }
    for (std::thread& w : writers) {
        w.join();
    }
    // 200 ms, where one after the other would be 3 s.
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(1'500));
}

TEST_CASE("signals do not make a line that finds no room wait for longer") {
    struct sigaction quiet{};
    struct sigaction before{};
    quiet.sa_handler = [](int) {};
    REQUIRE(::sigaction(SIGUSR1, &quiet, &before) == 0);
    const pipe_of pipe(O_NONBLOCK);
    pipe.fill();
    stderr_sink sink(pipe.writer());
    std::atomic<bool> done{false};
    std::chrono::steady_clock::duration took{};
    std::thread writer([&] {
        const auto begin = std::chrono::steady_clock::now();
        sink.write(log_level::info, "lost");
        took = std::chrono::steady_clock::now() - begin;
        done.store(true);
    });
    for (int i = 0; i < 200 && !done.load(); ++i) {
        ::pthread_kill(writer.native_handle(), SIGUSR1);
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    writer.join();
    CHECK(took < std::chrono::milliseconds(1'500));
    ::sigaction(SIGUSR1, &before, nullptr);
}

TEST_CASE("a SIGPIPE that this thread holds off already is left to whoever waits for it") {
    sigset_t pipe_signal;
    sigset_t before;
    ::sigemptyset(&pipe_signal);
    ::sigaddset(&pipe_signal, SIGPIPE);
    REQUIRE(::pthread_sigmask(SIG_BLOCK, &pipe_signal, &before) == 0);
    REQUIRE(::pthread_kill(::pthread_self(), SIGPIPE) == 0);
    pipe_of pipe;
    stderr_sink sink(pipe.writer());
    pipe.close_reader();
    sink.write(log_level::info, "to nobody");
    constexpr timespec now{};
    CHECK(::sigtimedwait(&pipe_signal, nullptr, &now) == SIGPIPE);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}
