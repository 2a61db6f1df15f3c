// What becomes of a token_source that hangs, fails or gives something else than a token, before a broker is connected and after.

#include <array>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <readme/loopback.hpp>

#include "collector.hpp"
#include "notes.hpp"

using namespace wire;
using readme::loopback;
using stentor::bearer_token;
using stentor::errc;
using stentor::kafka_client;
using stentor::kafka_config;
using kind = stentor::client_event::kind;

namespace {

struct tokens final : stentor::token_source {
    std::function<stentor::result<bearer_token>()> answer;

    explicit tokens(std::function<stentor::result<bearer_token>()> a) : answer(std::move(a)) {}
    stentor::result<bearer_token> fetch() override { return answer(); }
};

bearer_token good_for(std::chrono::milliseconds life) {
    return {.token = "canary",
            .expires = stentor::timestamp{std::chrono::duration_cast<stentor::milliseconds>(
                std::chrono::system_clock::now().time_since_epoch() + life)},
            .principal = "gateway"};
}

kafka_config by_token(const std::string& port, std::shared_ptr<tokens> source) {
    return {.brokers = "127.0.0.1:" + port,
            .idempotence = false,
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "OAUTHBEARER",
            .tokens = std::move(source)};
}

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

}  // namespace

TEST_CASE("tokens: one that cannot be renewed in time is told of, and harms nobody who is connected") {
    const auto port = std::make_shared<std::atomic<int>>(0);
    const loopback broker{trusting_broker{port}};
    *port = std::atoi(broker.port().c_str());
    std::atomic<int> asked{0};
    const auto source = std::make_shared<tokens>([&]() -> stentor::result<bearer_token> {
        if (++asked == 1) {
            return good_for(2s);
        }
        return stentor::error(errc::broker_unavailable, "the token endpoint is down");
    });
    const auto client = kafka_client::connect(by_token(broker.port(), source));
    REQUIRE(client);
    collector c{stentor::kafka_transport{*client}};
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fault) > 0; }));
    CHECK(asked == 2);
    CHECK(c.all_heard().back().code == errc::authentication);
    CHECK(c.all_heard().back().cause.find("the token endpoint is down") != std::string::npos);
    CHECK(c.count_heard(kind::authentication_failed) == 0);
    CHECK((*client)->up());
    CHECK((*client)->wait_until_connected(1s));
}

TEST_CASE("tokens: the value of an extension is not told") {
    const loopback broker{readme::refusing_broker{}};
    const auto source = std::make_shared<tokens>([] {
        bearer_token t = good_for(1h);
        t.extensions = {{"pool", "canary\x01"}};
        return t;
    });
    const auto r = kafka_client::connect(by_token(broker.port(), source));
    REQUIRE_FALSE(r);
    CHECK(r.error().cause.find("extension values must only consist of") != std::string::npos);
    CHECK(r.error().message().find("canary") == std::string::npos);
}

TEST_CASE("tokens: a source that does not answer is named") {
    const loopback broker{readme::refusing_broker{}};
    std::atomic<bool> over{false};
    const auto source = std::make_shared<tokens>([&]() -> stentor::result<bearer_token> {
        while (!over) {
            std::this_thread::sleep_for(1ms);
        }
        return good_for(1h);
    });
    const auto r = kafka_client::connect(by_token(broker.port(), source), 300ms);
    over = true;
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().cause == "the token_source has not answered");
    CHECK(eventually([&] { return source.use_count() == 1; }));
}
