// A broker that hangs up while it is being connected to: it may want TLS or a login, and it may just be going down. Nobody's
// publish ends with the one because of the other.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>

#include "collector.hpp"
#include "notes.hpp"
#include "trusting_broker.hpp"

using namespace wire;
using stentor::errc;
using stentor::kafka_config;
using kind = stentor::client_event::kind;

namespace {

/// Listens until it has hung up so often; from then on nobody does. What comes before open() has to wait.
class passing_listener {
public:
    /// `talk(connection)` is true when it hangs up on a client, and not only on somebody who has a look.
    passing_listener(int hang_ups, std::function<bool(int)> talk) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        auto* const address = reinterpret_cast<sockaddr*>(&here);
        if (::bind(socket_, address, size) != 0 || ::getsockname(socket_, address, &size) != 0 || ::listen(socket_, 16) != 0) {
            throw std::runtime_error("no port on the loopback");
        }
        where_ = "127.0.0.1:" + std::to_string(ntohs(here.sin_port));
        server_ = std::jthread([this, left = hang_ups, talk = std::move(talk)]() mutable {
            open_.wait(false);
            while (left > 0) {
                const int peer = ::accept(socket_, nullptr, nullptr);
                if (peer < 0) {
                    break;
                }
                left -= talk(peer) ? 1 : 0;
                if (left == 0) {
                    ::shutdown(socket_, SHUT_RDWR);  // before the client can know
                }
                ::close(peer);
            }
        });
    }
    ~passing_listener() {
        open();
        ::shutdown(socket_, SHUT_RDWR);
        server_.join();
        ::close(socket_);
    }
    passing_listener(const passing_listener&) = delete;
    passing_listener& operator=(const passing_listener&) = delete;

    void open() {
        open_ = true;
        open_.notify_all();
    }
    [[nodiscard]] const std::string& where() const { return where_; }

private:
    int socket_;
    std::string where_{};
    std::atomic<bool> open_{false};
    std::jthread server_{};
};

constexpr int always = 1000;
constexpr std::size_t no_answer = 0;

// A broker as its clients see it: it has answered ApiVersions, and hangs up on what comes then. `code` is its answer to a
// SaslHandshake; those that it takes may go on to the login.
auto broker(std::size_t code) {
    return [code](int peer) {
        bool connected = false;
        for (protocol::request r; protocol::receive(peer, r);) {
            if (r.api == protocol::api_versions) {
                connected = true;
                protocol::answer(peer, r, protocol::api_versions_answer(r.version));
            } else if (r.api == protocol::handshake && (code != no_answer || connected)) {
                protocol::answer(peer, r, protocol::be(code, 2) + protocol::be(1, 4) + protocol::text("PLAIN"));
            } else {
                return true;
            }
        }
        return connected;
    };
}
constexpr std::size_t unsupported_mechanism = 33, illegal_state = 34;

// The same, for clients that begin with a TLS handshake.
auto broker_without_tls(std::size_t code) {
    return [code](int peer) {
        char first = 0;
        ::recv(peer, &first, 1, MSG_PEEK);
        return first == 0x16 || (broker(code)(peer) && false);
    };
}

kafka_config plain(const std::string& where) { return {.brokers = where}; }
kafka_config secure(const std::string& where) { return {.brokers = where, .security_protocol = "ssl"}; }
kafka_config login(const std::string& where) {
    return {.brokers = where,
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "PLAIN",
            .sasl_username = "u",
            .sasl_password = "canary"};
}

// What a publisher hears of it in that time, and what becomes of a record.
struct heard {
    heard(passing_listener& listener, kafka_config (*config)(const std::string&), std::chrono::milliseconds time = 1s) {
        collector c{stentor::kafka_transport{config(listener.where())}};
        listener.open();
        refused =
            c.wait_for([&] { return c.count_heard(kind::authentication_failed) + c.count_heard(kind::tls_failed) > 0; }, time);
        for (const auto& e : c.all_heard()) {
            all.append(e.cause).append("\n");
            code = e.what == kind::authentication_failed || e.what == kind::tls_failed ? e.code : code;
        }
    }
    bool refused = false;
    errc code = errc::none;
    std::string all{};
};

}  // namespace

TEST_CASE("hang-ups: a broker that goes while it is connected to is not one that wants a login, nor TLS") {
    for (const int times : {1, 2}) {
        CAPTURE(times);
        passing_listener going{times, broker(no_answer)};
        const heard it(going, plain);
        INFO(it.all);
        CHECK_FALSE(it.refused);
        CHECK(it.all.find("Disconnected") != std::string::npos);
        CHECK(it.all.find("refused") != std::string::npos);
        passing_listener without{times, broker_without_tls(no_answer)};
        const heard tls(without, secure, 2s);  // librdkafka reads the system's CAs first
        INFO(tls.all);
        CHECK_FALSE(tls.refused);
        CHECK(tls.all.find("refused") != std::string::npos);
        passing_listener early{times, broker(no_answer)};
        const heard unsaid(early, login);
        INFO(unsaid.all);
        CHECK_FALSE(unsaid.refused);
        CHECK(unsaid.all.find("refused") != std::string::npos);
    }
}

TEST_CASE("hang-ups: nor is a port behind which there is nobody yet, however often it hangs up") {
    passing_listener proxy{always, [](int) { return true; }};
    CHECK_FALSE(heard(proxy, secure, 2s).refused);
    CHECK_FALSE(heard(proxy, plain).refused);
}

TEST_CASE("hang-ups: a listener that wants a login or TLS, and one without TLS, end the waiting as soon as somebody has looked") {
    passing_listener wants_login{always, broker(unsupported_mechanism)};
    const heard it(wants_login, plain, 3s);
    INFO(it.all);
    CHECK(it.code == errc::authentication);
    CHECK(it.all.find("this listener wants SASL") != std::string::npos);
    for (const std::size_t code : {unsupported_mechanism, illegal_state}) {
        passing_listener without{always, broker_without_tls(code)};
        const heard tls(without, secure, 3s);
        INFO(tls.all);
        CHECK(tls.code == errc::tls);
        CHECK(tls.all.find("a Kafka listener without TLS") != std::string::npos);
    }
    passing_listener wants_tls{always, [](int peer) {
                                   char first = 0;
                                   if (::recv(peer, &first, 1, MSG_PEEK) != 1 || first != 0x16) {
                                       return true;
                                   }
                                   readme::send_all(peer, std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7));
                                   return false;
                               }};
    const heard without_tls(wants_tls, plain, 3s);
    INFO(without_tls.all);
    CHECK(without_tls.code == errc::tls);
    CHECK(without_tls.all.find("this port speaks TLS") != std::string::npos);
}

TEST_CASE("hang-ups: one that wants a login goes on wanting it, though its connection is up for a moment each time") {
    passing_listener wants_login{always, broker(unsupported_mechanism)};
    wants_login.open();
    auto p = publisher(plain(wants_login.where()), stentor::no_retry{}, stentor::no_breaker{});
    CHECK(p.publish(note{"k", "v"}, {.deadline = 5s}).error() == errc::authentication);
    const auto until = clock_type::now() + 1500ms;  // of librdkafka's own time: it connects again twice a second
    while (clock_type::now() < until) {
        const auto began = clock_type::now();
        const auto r = p.publish(note{"k", "v"}, {.deadline = 5s});
        REQUIRE_FALSE(r);
        CHECK(r.error() == errc::authentication);
        REQUIRE(clock_type::now() - began < 1s);
        std::this_thread::sleep_for(20ms);
    }
}
