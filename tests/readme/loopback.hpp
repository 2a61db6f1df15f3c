#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

// Peers on a loopback port of their own that are no Kafka cluster, or only the beginning of one.

namespace readme {

/// A port that is taken, on which nobody listens, or whoever is given.
class loopback {
public:
    loopback() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        auto* const address = reinterpret_cast<sockaddr*>(&here);
        if (socket_ < 0 || ::bind(socket_, address, size) != 0 || ::getsockname(socket_, address, &size) != 0) {
            throw std::runtime_error("no port on the loopback");
        }
        port_ = ntohs(here.sin_port);
    }
    /// `talk(connection)` is called for one connection after the other, which is then closed.
    template <class Talk>
    explicit loopback(Talk talk) : loopback() {
        ::listen(socket_, 16);
        server_ = std::thread([this, talk] {
            for (int c = ::accept(socket_, nullptr, nullptr); c >= 0; c = ::accept(socket_, nullptr, nullptr)) {
                talk(c);
                ::close(c);
            }
        });
    }
    ~loopback() {
        if (server_.joinable()) {
            ::shutdown(socket_, SHUT_RDWR);
            server_.join();
        }
        ::close(socket_);
    }
    loopback(const loopback&) = delete;
    loopback& operator=(const loopback&) = delete;

    [[nodiscard]] std::string port() const { return std::to_string(port_); }

private:
    int socket_;
    std::uint16_t port_ = 0;
    std::thread server_{};
};

inline void send_all(int to, std::string_view bytes) { (void)!::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL); }

/// What a web server says to a Kafka client.
inline void talk_http(int to) {
    std::array<char, 512> request{};
    if (::recv(to, request.data(), request.size(), 0) > 0) {
        send_all(to, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    }
}

/// A broker up to the point where it refuses the password: ApiVersions, SaslHandshake, SaslAuthenticate of the Kafka protocol.
class refusing_broker {
public:
    void operator()(int peer) const {
        std::array<unsigned char, 8> head{};  // size, API key, version
        while (::recv(peer, head.data(), head.size(), MSG_WAITALL) == 8) {
            std::string rest(number(&head[0], 4) - 4, '\0');
            if (::recv(peer, rest.data(), rest.size(), MSG_WAITALL) != static_cast<ssize_t>(rest.size())) {
                return;
            }
            const std::string body = rest.substr(0, 4) + answer(number(&head[4], 2), number(&head[6], 2));  // correlation id first
            send_all(peer, big_endian(body.size(), 4) + body);
        }
    }

private:
    static constexpr std::size_t handshake = 17, api_versions = 18, authenticate = 36;

    [[nodiscard]] static std::size_t number(const unsigned char* bytes, int count) {
        std::size_t n = 0;
        for (int i = 0; i < count; ++i) {
            n = n << 8U | bytes[i];
        }
        return n;
    }
    [[nodiscard]] static std::string big_endian(std::size_t n, int count) {
        std::string bytes;
        for (int i = count - 1; i >= 0; --i) {
            bytes += static_cast<char>(n >> static_cast<unsigned>(8 * i));
        }
        return bytes;
    }
    [[nodiscard]] static std::string text(std::string_view t) { return big_endian(t.size(), 2).append(t); }

    [[nodiscard]] static std::string answer(std::size_t api, std::size_t version) {
        constexpr std::size_t most = 1;  // of each request
        if (api == handshake) {
            return big_endian(0, 2) + big_endian(1, 4) + text("PLAIN");
        }
        if (api == authenticate) {
            // SASL_AUTHENTICATION_FAILED with Apache Kafka's own words, no bytes, and from version 1 on a session's life.
            return big_endian(58, 2) + text("Authentication failed: Invalid username or password") + big_endian(0, 4) +
                   big_endian(0, version == 0 ? 0 : 8);
        }
        // ApiVersions: version 3 has a compact array, a throttle time and tags; older ones are asked for if this is no answer.
        const bool compact = version >= 3;
        std::string all = big_endian(0, 2) + (compact ? big_endian(4, 1) : big_endian(3, 4));
        for (const std::size_t key : {handshake, api_versions, authenticate}) {
            all += big_endian(key, 2) + big_endian(0, 2) + big_endian(key == api_versions ? 3 : most, 2) + big_endian(0, compact);
        }
        return all + big_endian(0, version == 0 ? 0 : 4) + big_endian(0, compact);
    }
};

}  // namespace readme
