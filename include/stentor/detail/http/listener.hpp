#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/beast/core/error.hpp>

#include <stentor/detail/http/session.hpp>
#include <stentor/http/server_options.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::http {

// Accepts connections, as many as are allowed, and keeps an eye on them.
class listener {
public:
    listener(const http_server_options& options, std::function<http_answer(const http_request&)> answer)
        : service_{options, std::move(answer), [this] { freed(); }} {
        service_.options.threads = std::max(options.threads, 1U);
        service_.options.connections = std::max<std::size_t>(options.connections, 1);
    }
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener() { closing_ = true; }

    // Why not; empty when it listens.
    [[nodiscard]] std::string open() {
        beast::error_code failed;
        const auto address = asio::ip::make_address(service_.options.address, failed);
        if (failed) {
            return "that is no address";
        }
        const asio::ip::tcp::endpoint at(address, service_.options.port);
        if (acceptor_.open(at.protocol(), failed) || acceptor_.set_option(asio::socket_base::reuse_address(true), failed) ||
            acceptor_.bind(at, failed) || acceptor_.listen(asio::socket_base::max_listen_connections, failed)) {
            return failed.message();
        }
        bound_ = acceptor_.local_endpoint(failed);
        return failed ? failed.message() : std::string();
    }

    void begin() {
        asio::post(acceptor_.get_executor(), [this] { accept(); });
    }
    // Until it was stopped and nothing is under way any more. On each of the server's threads.
    void run() noexcept {
        for (bool done = false; !done;) {
            try {
                if (missed_.exchange(false)) {
                    asio::post(acceptor_.get_executor(), [this] { go_on(); });
                }
                done = context_.run_one() == 0;
            } catch (...) {
                // No memory in the midst of a connection, which ends with that; the others go on. Or while one was accepted, or all
                // were closed: then nobody would do that again.
                missed_ = true;
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
        }
    }
    void stop() {
        asio::post(acceptor_.get_executor(), [this] {
            closing_ = true;
            close_all();
        });
    }

    [[nodiscard]] const http_server_options& options() const noexcept { return service_.options; }
    [[nodiscard]] std::uint16_t port() const noexcept { return bound_.port(); }
    [[nodiscard]] std::string url() const {
        const std::string host = bound_.address().to_string();
        return "http://" + (bound_.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port());
    }

private:
    struct give_back {
        void operator()(std::atomic<bool>* taken) const noexcept { *taken = false; }
    };

    void go_on() {
        if (closing_) {
            close_all();
        } else {
            accept();
        }
    }
    void close_all() {
        beast::error_code ignored;
        ignored = acceptor_.close(ignored);
        pause_.cancel();
        for (const auto& one : sessions_) {
            if (const auto open = one.lock()) {
                open->close();
            }
        }
        stay_.reset();
    }
    void accept() {
        std::erase_if(sessions_, [](const auto& one) { return one.expired(); });
        if (closing_ || accepting_ || sessions_.size() >= service_.options.connections) {
            return;  // the next one that goes tries again
        }
        accepting_ = true;
        // Given back also when there is no memory to call back, or to begin at all.
        std::unique_ptr<std::atomic<bool>, give_back> mine(&accepting_);
        acceptor_.async_accept(asio::make_strand(context_),
                               [this, mine = std::move(mine)](beast::error_code failed, asio::ip::tcp::socket socket) mutable {
                                   mine.reset();
                                   if (closing_) {
                                       return;
                                   }
                                   if (failed) {
                                       try_again_later();
                                       return;
                                   }
                                   const auto one = std::make_shared<session>(std::move(socket), service_);
                                   sessions_.push_back(one);
                                   one->begin();
                                   accept();
                               });
    }
    // Such as when the process has no file descriptor left: at once would be a busy loop.
    void try_again_later() {
        pause_.expires_after(std::chrono::milliseconds(100));
        pause_.async_wait([this](beast::error_code aborted) {
            if (!aborted) {
                accept();
            }
        });
    }
    // A session has ended, on whatever thread it ran.
    void freed() noexcept {
        if (closing_) {
            return;
        }
        try {
            asio::post(acceptor_.get_executor(), [this] { accept(); });
        } catch (...) {
            missed_ = true;  // no memory: `run`, on this thread, tries it again
        }
    }

    service service_;
    std::atomic<bool> closing_{false};
    std::atomic<bool> missed_{false};  // something threw, and what was to follow it did not
    std::atomic<bool> accepting_{false};
    asio::ip::tcp::endpoint bound_{};
    std::vector<std::weak_ptr<session>> sessions_{};
    asio::io_context context_{};
    // So that no thread ends because, for lack of memory, nothing is under way.
    asio::executor_work_guard<asio::io_context::executor_type> stay_{context_.get_executor()};
    asio::ip::tcp::acceptor acceptor_{asio::make_strand(context_)};
    asio::steady_timer pause_{acceptor_.get_executor()};
};

}  // namespace stentor::inline v0::detail::http
