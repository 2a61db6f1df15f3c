// Made by single_include/generate.py from include/stentor/http/beast.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <stentor/detail/http/listener.hpp>
#include <stentor/stentor.hpp>
#include <stentor/http/answer.hpp>
#include <stentor/http/server_options.hpp>

/// @file
/// A small web server over Boost.Beast, for services that have none of their own. Needs Boost.Beast and Boost.Asio (headers only),
/// and is included by nothing else.

namespace stentor::inline v0 {

/// Serves a handler, on loopback unless it is told otherwise: HTTP/1.1 without TLS, keep-alive, no pipelining, no chunked uploads
/// beyond `body_bytes`. Meant for health, metrics and a few calls of one's own behind a proxy, not for the open internet.
///
/// What clients can do is bounded: so many connections (more wait to be accepted), so large a header and body (431, 413), so long a
/// request and so long an answer (the connection is closed). The handler runs on the server's threads, on several at once unless
/// `threads` is 1; what it throws is answered with 500. Nothing of a request is logged.
class http_server {
public:
    /// Answers one request.
    using handler = std::function<http_answer(const http_request&)>;

    /// Listens; from its return on, requests are answered. Fails with `errc::invalid_config` when that address is none, or cannot
    /// be listened on, and says why. Throws `std::bad_alloc` and `std::system_error`, when no thread can be had.
    [[nodiscard]] static result<std::unique_ptr<http_server>> listen(const http_server_options& options, handler answer) {
        std::unique_ptr<http_server> server(new http_server(options, std::move(answer)));
        if (std::string wrong = server->listener_->open(); !wrong.empty()) {
            return error(errc::invalid_config,
                         "cannot listen on " + options.address + ":" + std::to_string(options.port) + ": " + wrong);
        }
        server->start();
        return server;
    }
    http_server(const http_server&) = delete;
    http_server& operator=(const http_server&) = delete;
    ~http_server() { stop(); }

    /// Closes all connections, in the middle of an answer if need be, and waits for handlers that are running; any number of times,
    /// from any threads but the server's own, and each call returns only when that is done.
    void stop() noexcept {
        const std::scoped_lock one_at_a_time(stopping_);
        try {
            listener_->stop();
        } catch (...) {
            std::terminate();  // no memory for one small note: the threads below would never end
        }
        for (std::thread& t : threads_) {
            if (t.joinable()) {
                t.join();
            }
        }
    }

    /// The port that it listens on: the one that was asked for, or the free one that was found.
    [[nodiscard]] std::uint16_t port() const noexcept { return listener_->port(); }
    /// "http://127.0.0.1:8080"
    [[nodiscard]] std::string url() const { return listener_->url(); }

private:
    http_server(const http_server_options& options, handler answer)
        : listener_(std::make_shared<detail::http::listener>(options, std::move(answer))) {}

    void start() {
        listener_->begin();
        for (unsigned i = 0; i < listener_->options().threads; ++i) {
            threads_.emplace_back([l = listener_] { l->run(); });
        }
    }

    std::shared_ptr<detail::http::listener> listener_;
    std::mutex stopping_{};
    std::vector<std::thread> threads_{};
};

}  // namespace stentor::inline v0
