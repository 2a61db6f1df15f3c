#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/beast.hpp>

namespace web {

/// A client that sends what it is told to and reads until the server hangs up, or says so much.
class client {
public:
    /// Not connected yet.
    client() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) { REQUIRE(socket_ >= 0); }
    explicit client(const stentor::http_server& server) : client() { connect(server); }
    ~client() { ::close(socket_); }
    client(const client&) = delete;
    client& operator=(const client&) = delete;

    void connect(const stentor::http_server& server) const {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(server.port());
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        REQUIRE(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
        const timeval patience{10, 0};
        REQUIRE(::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    }
    void send(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) {
                return;  // the server has hung up: what it said is read below
            }
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
    }
    /// Until that text has come.
    std::string until(std::string_view text) {
        while (got_.find(text) == std::string::npos && more()) {
        }
        return std::exchange(got_, {});
    }
    /// Until the end of the connection.
    std::string all() {
        while (more()) {
        }
        return std::exchange(got_, {});
    }
    /// Nothing comes for so long, and no end either.
    [[nodiscard]] bool silent_for(std::chrono::milliseconds time) const {
        pollfd on{socket_, POLLIN, 0};
        return ::poll(&on, 1, static_cast<int>(time.count())) == 0;
    }
    /// The server has hung up, and said nothing before.
    bool ended() { return !more() && got_.empty(); }

private:
    bool more() {
        char bytes[4096];
        const auto n = ::recv(socket_, bytes, sizeof bytes, 0);
        if (n <= 0) {
            return false;
        }
        got_.append(bytes, static_cast<std::size_t>(n));
        return true;
    }
    int socket_;
    std::string got_{};
};

}  // namespace web
