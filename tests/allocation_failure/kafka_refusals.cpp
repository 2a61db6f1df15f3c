// Memory runs out on the threads of a client that a broker wants nothing to do with. What is wrong is said once on the wire; who
// waits for the connection is to be told it all the same.

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/transport/kafka.hpp>

#include <readme/loopback.hpp>

#include "failing.hpp"
#include "kafka_world.hpp"

namespace {

using namespace std::chrono_literals;
using failing::clients_gone;
using stentor::errc;

// As a listener for TLS does, of whom a client without TLS sees no more than that it hangs up.
void talk_tls(int peer) {
    failing::spare();
    std::array<char, 512> bytes{};
    if (::recv(peer, bytes.data(), bytes.size(), 0) > 0 && bytes[0] == 0x16) {
        readme::send_all(peer, std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7));
    }
}

void refuse(int peer) {
    failing::spare();
    readme::refusing_broker{}(peer);
}

// A broker, the client's configuration, and what that is to be told.
struct refusal {
    readme::loopback broker;
    stentor::kafka_config config;
    errc code;
    std::string words;
};

std::unique_ptr<refusal> refused_login() {
    std::unique_ptr<refusal> r(new refusal{.broker = readme::loopback{refuse},
                                           .config = {.security_protocol = "sasl_plaintext",
                                                      .sasl_mechanism = "PLAIN",
                                                      .sasl_username = "somebody-with-a-long-name",
                                                      .sasl_password = "wrong"},
                                           .code = errc::authentication,
                                           .words = "Invalid username or password"});
    r->config.brokers = "127.0.0.1:" + r->broker.port();
    return r;
}

std::unique_ptr<refusal> wrong_port() {
    std::unique_ptr<refusal> r(
        new refusal{.broker = readme::loopback{talk_tls}, .config = {}, .code = errc::tls, .words = "this port speaks TLS"});
    r->config.brokers = "127.0.0.1:" + r->broker.port();
    return r;
}

}  // namespace

TEST_CASE("why a broker refuses a client is told although nobody had memory to hear it when it was said") {
    const auto broken = GENERATE(&refused_login, &wrong_port)();
    const clients_gone left_nothing;
    {
        std::unique_ptr<stentor::kafka_client> client;
        {
            const std::uint64_t before = failing::failures();
            const failing::gone_elsewhere now;
            client = std::make_unique<stentor::kafka_client>(broken->config);
            CHECK_FALSE(client->wait_until_connected(500ms));
            CHECK(failing::failures() > before);
        }
        const auto answer = client->wait_until_connected(10s);
        REQUIRE_FALSE(answer);
        CHECK(answer.error() == broken->code);
        CHECK(answer.error().cause.find(broken->words) != std::string::npos);
    }
    CHECK(left_nothing());
}

TEST_CASE("why a broker refuses a client is told whichever allocation of the client's threads fails") {
    const auto broken = GENERATE(&refused_login, &wrong_port)();
    const std::uint64_t failed = failing::each_failure([&](std::uint64_t nth) {
        CAPTURE(nth);
        const clients_gone left_nothing;
        const auto began = std::chrono::steady_clock::now();
        {
            const failing::one_elsewhere fails(nth);
            const auto answer = stentor::kafka_client::connect(broken->config, 10s);
            REQUIRE_FALSE(answer);
            CHECK(answer.error() == broken->code);
            CHECK(answer.error().cause.find(broken->words) != std::string::npos);
        }
        CHECK(std::chrono::steady_clock::now() - began < 5s);
        CHECK(left_nothing());
    });
    CHECK(failed >= 3);
}
