#include "network.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace doctor {
namespace {

using address_list = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

struct host_and_port {
    std::string host;
    std::string port = "9092";
};

// The list is known to be valid: "ssl://host:port", "[::1]:9092", "host".
host_and_port split(std::string_view broker) {
    if (const auto scheme = broker.find("://"); scheme != std::string_view::npos) {
        broker.remove_prefix(scheme + 3);
    }
    host_and_port found;
    const auto close = broker.rfind(']');
    const auto colon = broker.rfind(':');
    if (colon != std::string_view::npos && (close == std::string_view::npos || colon > close)) {
        found.port = broker.substr(colon + 1);
        broker = broker.substr(0, colon);
    }
    if (broker.starts_with('[')) {
        broker = broker.substr(1, broker.size() - 2);
    }
    found.host = broker;
    return found;
}

std::string text_of(const addrinfo& a) {
    char host[NI_MAXHOST];
    return ::getnameinfo(a.ai_addr, a.ai_addrlen, host, sizeof host, nullptr, 0, NI_NUMERICHOST) == 0 ? host : "?";
}

// 0, or an errno.
int connect_to(const addrinfo& a, int timeout_s) {
    const int s = ::socket(a.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (s < 0) {
        return errno;
    }
    int error = ::connect(s, a.ai_addr, a.ai_addrlen) == 0 ? 0 : errno;
    if (error == EINPROGRESS) {
        pollfd one{s, POLLOUT, 0};
        socklen_t size = sizeof error;
        error = ::poll(&one, 1, timeout_s * 1000) == 1 ? 0 : ETIMEDOUT;
        if (error == 0) {
            ::getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &size);
        }
    }
    ::close(s);
    return error;
}

bool reach_one(const host_and_port& to, int timeout_s, report& out) {
    addrinfo wish{};
    wish.ai_socktype = SOCK_STREAM;
    wish.ai_flags = AI_ADDRCONFIG;
    addrinfo* list = nullptr;
    stopwatch lookup;
    if (const int failed = ::getaddrinfo(to.host.c_str(), to.port.c_str(), &wish, &list); failed != 0) {
        out.failed("dns", to.host + ": " + ::gai_strerror(failed) + lookup.text(),
                   "Check the name in KAFKA_BROKERS and the resolver of this machine (getent hosts " + to.host + ").");
        return false;
    }
    const address_list addresses(list, &::freeaddrinfo);
    std::string all;
    for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
        all += (all.empty() ? "" : ", ") + text_of(*a);
    }
    out.ok("dns", to.host + ": " + all + lookup.text());
    int error = 0;
    for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
        const stopwatch connecting;
        error = connect_to(*a, timeout_s);
        if (error == 0) {
            out.ok("tcp", text_of(*a) + " port " + to.port + connecting.text());
            return true;
        }
    }
    out.failed("tcp", to.host + " port " + to.port + ": " + std::strerror(error),
               error == ECONNREFUSED ? "Nothing listens there: check host and port, and that the broker runs."
                                     : "Check the address, and the firewalls on the way.");
    return false;
}

}  // namespace

bool reach(const std::string& brokers, int timeout_s, report& out) {
    bool any = false;
    for (std::string_view list = brokers; !list.empty();) {
        const auto comma = list.find(',');
        any = reach_one(split(list.substr(0, comma)), timeout_s, out) || any;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return any;
}

}  // namespace doctor
