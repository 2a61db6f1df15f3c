// A look at a port with a few bytes of our own, where librdkafka has seen no more than a hang-up.

#include <pthread.h>
#include <signal.h>

#include <atomic>
#include <string>
#include <string_view>
#include <thread>

#include <stentor/detail/kafka/connect/probe.hpp>

#include <readme/loopback.hpp>

#include "notes.hpp"

using namespace wire;
using readme::loopback;
using stentor::errc;
using stentor::detail::kafka::port_look;

namespace {

/// Answers a TLS greeting with an alert, and hangs up on all else, as a broker's TLS listener does.
void talk_tls(int peer) {
    std::array<char, 512> bytes{};
    if (::recv(peer, bytes.data(), bytes.size(), 0) > 0 && bytes[0] == 0x16) {
        readme::send_all(peer, std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7));
    }
}

/// Answers whatever comes with those bytes.
auto answering(std::string_view answer) {
    return [answer](int peer) {
        std::array<char, 512> bytes{};
        if (::recv(peer, bytes.data(), bytes.size(), 0) > 0) {
            readme::send_all(peer, answer);
        }
    };
}

port_look look_at(const std::string& port) {
    using namespace stentor::detail::kafka;
    const resolution here("127.0.0.1", port);
    return look_at_port(here.wait_until(monotonic_now()).addresses, monotonic_now() + 5s);
}

}  // namespace

TEST_CASE("a look at a port: what it says") {
    using kind = port_look::kind;
    const loopback secure{talk_tls};
    CHECK(look_at(secure.port()).what == kind::tls);
    // UNSUPPORTED_SASL_MECHANISM and two names; ILLEGAL_SASL_STATE.
    const loopback sasl{answering({"\0\0\0\x14\0\0\0\x01\0\x21\0\0\0\x02\0\x05PLAIN\0\x01X", 24})};
    const auto found = look_at(sasl.port());
    CHECK(found.what == kind::kafka_sasl);
    CHECK(found.mechanisms == "PLAIN, X");
    const loopback open{answering({"\0\0\0\x0a\0\0\0\x01\0\x22\0\0\0\0", 14})};
    CHECK(look_at(open.port()).what == kind::kafka);
    const loopback web{readme::talk_http};
    CHECK(look_at(web.port()).what == kind::unknown);
    const loopback cut{answering({"\0\0\0\x14\0\0\0\x01\0\x21\0\0\0\x02\0\x7f", 16})};
    CHECK(look_at(cut.port()).mechanisms.empty());
    const loopback dead;
    CHECK(look_at(dead.port()).what == kind::nobody);
}

TEST_CASE("a look at a port: of what a stranger calls its mechanisms, only what can be one is repeated") {
    // SCRAM, one with an escape sequence, one in small letters, an empty one, and one that is too long.
    const loopback odd{
        answering({"\0\0\0\x38\0\0\0\x01\0\x21\0\0\0\x05\0\x05SCRAM\0\x05PL\x1b[2\0\x05plain\0\0\0\x15"
                   "AAAAAAAAAAAAAAAAAAAAA",
                   60})};
    const port_look found = look_at(odd.port());
    CHECK(found.what == port_look::kind::kafka_sasl);
    CHECK(found.mechanisms == "SCRAM");
}

TEST_CASE("a look at a port: a signal does not end it") {
    struct sigaction now{};
    struct sigaction before{};
    now.sa_handler = [](int) {};
    ::sigaction(SIGUSR1, &now, &before);
    const loopback late{[](int peer) {
        std::this_thread::sleep_for(100ms);
        talk_tls(peer);
    }};
    std::atomic<bool> over{false};
    std::jthread disturber([&, looking = ::pthread_self()] {
        while (!over) {
            ::pthread_kill(looking, SIGUSR1);
            std::this_thread::sleep_for(1ms);
        }
    });
    const auto found = look_at(late.port());
    over = true;
    disturber.join();
    ::sigaction(SIGUSR1, &before, nullptr);
    CHECK(found.what == port_look::kind::tls);
}

TEST_CASE("a look at a port: it takes the time that a far one needs, and no more than the caller has") {
    const loopback far{[](int peer) {
        char first = 0;
        if (::recv(peer, &first, 1, MSG_PEEK) == 1 && first == 0x16) {
            std::this_thread::sleep_for(400ms);
            talk_tls(peer);
        }
    }};
    const auto patient = stentor::kafka_client::connect({.brokers = "127.0.0.1:" + far.port()}, 10s);
    REQUIRE_FALSE(patient);
    CHECK(patient.error() == errc::tls);
    CHECK(patient.error().cause.find("this port speaks TLS") != std::string::npos);
    const auto began = clock_type::now();
    CHECK_FALSE(stentor::kafka_client::connect({.brokers = "127.0.0.1:" + far.port()}, 100ms));
    CHECK(clock_type::now() - began < 350ms);
}
