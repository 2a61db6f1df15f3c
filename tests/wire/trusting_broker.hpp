#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <readme/loopback.hpp>

namespace wire {

/// A cluster of one broker, without topics, that takes any token: ApiVersions, SaslHandshake, SaslAuthenticate, Metadata.
class trusting_broker {
public:
    explicit trusting_broker(std::shared_ptr<std::atomic<int>> port) : port_(std::move(port)) {}

    void operator()(int peer) const {
        std::array<char, 8> head{};  // size, API key, version
        while (::recv(peer, head.data(), head.size(), MSG_WAITALL) == 8) {
            std::string rest(number(head, 0, 4) - 4, '\0');
            if (::recv(peer, rest.data(), rest.size(), MSG_WAITALL) != static_cast<ssize_t>(rest.size())) {
                return;
            }
            const std::string body = rest.substr(0, 4) + answer(number(head, 4, 2), number(head, 6, 2));
            readme::send_all(peer, be(body.size(), 4) + body);
        }
    }

private:
    static constexpr std::size_t metadata = 3, handshake = 17, api_versions = 18, authenticate = 36;

    [[nodiscard]] static std::size_t number(const std::array<char, 8>& bytes, std::size_t at, std::size_t count) {
        std::size_t n = 0;
        for (std::size_t i = at; i < at + count; ++i) {
            n = n << 8U | static_cast<unsigned char>(bytes[i]);
        }
        return n;
    }
    [[nodiscard]] static std::string be(std::size_t n, unsigned count) {
        std::string bytes;
        while (count-- > 0) {
            bytes += static_cast<char>(n >> (8 * count));
        }
        return bytes;
    }
    [[nodiscard]] static std::string text(std::string_view t) { return be(t.size(), 2).append(t); }

    [[nodiscard]] std::string answer(std::size_t api, std::size_t version) const {
        if (api == handshake) {
            return be(0, 2) + be(1, 4) + text("OAUTHBEARER");
        }
        if (api == authenticate) {
            return be(0, 2) + be(0xffff, 2) + be(0, 4) + be(0, version == 0 ? 0 : 8);
        }
        if (api == metadata) {  // version 1: the brokers with their racks, the controller, no topic
            return be(1, 4) + be(1, 4) + text("127.0.0.1") + be(static_cast<std::size_t>(port_->load()), 4) + be(0xffff, 2) +
                   be(1, 4) + be(0, 4);
        }
        const bool compact = version >= 3;
        std::string all = be(0, 2) + (compact ? be(5, 1) : be(4, 4));
        for (const std::size_t key : {metadata, handshake, api_versions, authenticate}) {
            all += be(key, 2) + be(key == metadata ? 1 : 0, 2) + be(key == api_versions ? 3 : 1, 2) + be(0, compact);
        }
        return all + be(0, version == 0 ? 0 : 4) + be(0, compact);
    }

    std::shared_ptr<std::atomic<int>> port_;
};

}  // namespace wire
