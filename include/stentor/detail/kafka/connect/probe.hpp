#pragma once

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/connect/port_look.hpp>
#include <stentor/detail/kafka/connect/resolution.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

// A look at a port with a few bytes of our own: librdkafka says no more than that the peer has hung up.

namespace stentor::inline v0::detail::kafka {

// A connection with a deadline for all that is done on it.
class probe_socket {
public:
    probe_socket(const address& to, instant until) : until_(until) {
        fd_ = ::socket(to.where.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd_ < 0) {
            error_ = errno;
            return;
        }
        if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to.where), to.size) != 0) {
            error_ = errno;
            if (error_ == EINPROGRESS) {
                socklen_t size = sizeof error_;
                error_ = ready(POLLOUT) ? 0 : ETIMEDOUT;
                if (error_ == 0) {
                    ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error_, &size);
                }
            }
        }
    }
    ~probe_socket() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    probe_socket(const probe_socket&) = delete;
    probe_socket& operator=(const probe_socket&) = delete;

    // 0: connected; else an errno.
    [[nodiscard]] int error() const noexcept { return error_; }

    [[nodiscard]] bool send(std::string_view bytes) noexcept {
        return error_ == 0 && ready(POLLOUT) &&
               ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
    }
    // So many bytes, or fewer when the peer hangs up or the time is over.
    [[nodiscard]] std::string receive(std::size_t count) {
        std::string got;
        std::array<char, 512> part{};
        while (error_ == 0 && got.size() < count && ready(POLLIN)) {
            const ssize_t n = ::recv(fd_, part.data(), std::min(part.size(), count - got.size()), 0);
            if (n <= 0) {
                break;
            }
            got.append(part.data(), static_cast<std::size_t>(n));
        }
        return got;
    }

private:
    [[nodiscard]] bool ready(short what) const noexcept {
        for (;;) {
            const std::int64_t left = (until_ - monotonic_now()).count();
            if (left <= 0) {
                return false;
            }
            pollfd one{fd_, what, 0};
            const std::timespec wait{static_cast<std::time_t>(left / 1'000'000'000), static_cast<long>(left % 1'000'000'000)};
            const int n = ::ppoll(&one, 1, &wait, nullptr);
            if (n >= 0 || errno != EINTR) {  // a signal says nothing of the peer
                return n > 0;
            }
        }
    }

    int fd_ = -1;
    int error_ = 0;
    instant until_;
};

// The beginning of a TLS 1.2 handshake that every server answers, if only with an alert.
[[nodiscard]] inline std::string client_hello() {
    std::string random;
    while (random.size() < 32) {
        random += static_cast<char>(this_threads_clock.next() >> 56U);
    }
    constexpr std::string_view suites("\x00\x04\xc0\x2f\x00\x2f", 6);  // two that every server knows
    std::string hello = std::string("\x03\x03", 2) + random + '\0';
    hello.append(suites).append("\x01\x00", 2);
    const auto be = [](std::size_t n) { return std::string{static_cast<char>(n >> 8U), static_cast<char>(n)}; };
    const std::string message = std::string("\x01\x00", 2) + be(hello.size()) + hello;
    return std::string("\x16\x03\x01", 3) + be(message.size()) + message;
}

// A Kafka request without a body of flexible version: size, key, version, correlation id, client id, body.
[[nodiscard]] inline std::string kafka_request(std::int16_t key, std::string_view body) {
    const auto be = [](std::uint32_t n, unsigned bytes) {
        std::string text;
        while (bytes-- > 0) {
            text += static_cast<char>(n >> (8 * bytes));
        }
        return text;
    };
    constexpr std::string_view client = "stentor-probe";
    std::string all =
        be(static_cast<std::uint16_t>(key), 2) + be(0, 2) + be(1, 4) + be(static_cast<std::uint32_t>(client.size()), 2);
    all.append(client).append(body);
    return be(static_cast<std::uint32_t>(all.size()), 4) + all;
}

[[nodiscard]] inline port_look greet_with_tls(const address& where, instant until) {
    probe_socket s(where, until);
    if (s.error() != 0) {
        return {s.error() == ETIMEDOUT ? port_look::kind::unknown : port_look::kind::nobody, {}};
    }
    const std::string first = s.send(client_hello()) ? s.receive(2) : std::string{};
    const bool tls = first.size() == 2 && (first[0] == '\x16' || first[0] == '\x15') && first[1] == '\x03';
    return {tls ? port_look::kind::tls : port_look::kind::unknown, {}};
}

// Asks in plaintext for SASL by a name that no listener knows: one that has SASL says which mechanisms there are, one without says
// that the request is out of place.
[[nodiscard]] inline port_look ask_for_sasl(const address& where, instant until) {
    constexpr std::int16_t sasl_handshake = 17;
    constexpr unsigned unsupported_mechanism = 33;
    constexpr unsigned illegal_state = 34;
    probe_socket s(where, until);
    if (!s.send(kafka_request(sasl_handshake, std::string_view("\0\x04NONE", 6)))) {
        return {};
    }
    const std::string head = s.receive(4);
    if (head.size() != 4 || head[0] != 0 || head[1] != 0) {
        return {};
    }
    const auto at = [](std::string_view text, std::size_t i) { return static_cast<unsigned>(static_cast<unsigned char>(text[i])); };
    const std::string body = s.receive(at(head, 2) << 8U | at(head, 3));
    if (body.size() < 10) {
        return {};
    }
    const unsigned code = at(body, 4) << 8U | at(body, 5);
    if (code == illegal_state) {
        return {port_look::kind::kafka, {}};
    }
    if (code != unsupported_mechanism) {
        return {};
    }
    std::vector<std::string_view> names;
    for (std::size_t i = 10; i + 2 <= body.size();) {
        const std::size_t size = at(body, i) << 8U | at(body, i + 1);
        if (i + 2 + size > body.size()) {
            break;
        }
        names.push_back(std::string_view(body).substr(i + 2, size));
        i += 2 + size;
    }
    return {port_look::kind::kafka_sasl, mechanism_list(names)};
}

[[nodiscard]] inline port_look look_at_port(const std::vector<address>& where, instant until) {
    // Each gets its share: one that says nothing must not take all of it.
    std::size_t greetings = 2 * where.size();
    const auto share = [&] {
        const instant now = monotonic_now();
        return now + (until - now) / static_cast<std::int64_t>(greetings--);
    };
    port_look all{where.empty() ? port_look::kind::unknown : port_look::kind::nobody, {}};
    for (const address& a : where) {
        port_look found = greet_with_tls(a, share());
        const instant then = share();
        if (found.what == port_look::kind::unknown) {
            found = ask_for_sasl(a, then);
        }
        if (found.what == port_look::kind::unknown) {
            all = found;
        } else if (found.what != port_look::kind::nobody) {
            return found;
        }
    }
    return all;
}

}  // namespace stentor::inline v0::detail::kafka
