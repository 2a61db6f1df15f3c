#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <readme/loopback.hpp>

namespace wire {

// Parts of the Kafka protocol, as far as these tests speak it.
namespace protocol {

inline constexpr std::size_t metadata = 3, handshake = 17, api_versions = 18, authenticate = 36;

inline std::size_t number(std::string_view bytes, std::size_t at, std::size_t count) {
    std::size_t n = 0;
    for (std::size_t i = at; i < at + count; ++i) {
        n = n << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return n;
}
inline std::string be(std::size_t n, unsigned count) {
    std::string bytes;
    while (count-- > 0) {
        bytes += static_cast<char>(n >> (8 * count));
    }
    return bytes;
}
inline std::string text(std::string_view t) { return be(t.size(), 2).append(t); }

struct request {
    std::size_t api = 0;
    std::size_t version = 0;
    std::string rest{};  // correlation id, client id, body
};
/// False: the peer is gone.
inline bool receive(int peer, request& r) {
    std::string head(8, '\0');  // size, API key, version
    if (::recv(peer, head.data(), head.size(), MSG_WAITALL) != 8) {
        return false;
    }
    const std::size_t size = number(head, 0, 4);
    if (size < 8 || size > 100'000) {  // TLS, perhaps
        return false;
    }
    r = {number(head, 4, 2), number(head, 6, 2), std::string(size - 4, '\0')};
    return ::recv(peer, r.rest.data(), r.rest.size(), MSG_WAITALL) == static_cast<ssize_t>(r.rest.size());
}
inline void answer(int peer, const request& r, std::string_view body) {
    const std::string all = r.rest.substr(0, 4).append(body);
    readme::send_all(peer, be(all.size(), 4) + all);
}
/// What a broker with these four requests says to ApiVersions.
inline std::string api_versions_answer(std::size_t version) {
    const bool compact = version >= 3;
    std::string all = be(0, 2) + (compact ? be(5, 1) : be(4, 4));
    for (const std::size_t key : {metadata, handshake, api_versions, authenticate}) {
        all += be(key, 2) + be(key == metadata ? 1 : 0, 2) + be(key == api_versions ? 3 : 1, 2) + be(0, compact);
    }
    return all + be(0, version == 0 ? 0 : 4) + be(0, compact);
}

}  // namespace protocol

/// A cluster of one broker, without topics, that takes any token: ApiVersions, SaslHandshake, SaslAuthenticate, Metadata.
class trusting_broker {
public:
    explicit trusting_broker(std::shared_ptr<std::atomic<int>> port) : port_(std::move(port)) {}

    void operator()(int peer) const {
        for (protocol::request r; protocol::receive(peer, r);) {
            protocol::answer(peer, r, answer(r.api, r.version));
        }
    }

    [[nodiscard]] std::string answer(std::size_t api, std::size_t version) const {
        using namespace protocol;
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
        return api_versions_answer(version);
    }

private:
    std::shared_ptr<std::atomic<int>> port_;
};

}  // namespace wire
