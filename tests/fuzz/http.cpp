// A request target and an Accept header, a line each, to the endpoints; and the same bytes, as they are, down a socket to the
// server's session, which must answer in HTTP or hang up, and soon.

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <stentor/detail/http/session.hpp>
#include <stentor/health.hpp>
#include <stentor/http/respond.hpp>
#include <stentor/metrics/metrics_registry.hpp>
#include <stentor/snapshot.hpp>

#include "fuzz/must.hpp"

namespace {

using fuzz::must;

struct world {
    world() {
        health.watch("tasks", stentor::snapshot_source{});
        here.health = &health;
        here.metrics = stentor::metrics_registry{};
    }
    stentor::health_monitor health;
    stentor::http_endpoints here{};
};

const world& the_world() {
    static const world w;
    return w;
}

void check_answer(const stentor::http_answer& a) {
    must(a.status == 200 || a.status == 404 || a.status == 405 || a.status == 503, "a status that is promised");
    must(!a.content_type.empty() && !a.body.empty(), "a body that says what it is");
    must((a.status == 405) == !a.allow.empty(), "405 says what is allowed");
    must(a.content_type.find_first_of("\r\n") == std::string::npos, "no header is made from the request");
}

void check_target(std::string_view target, std::string_view accept) {
    const std::string_view path = stentor::path_of(target);
    must(path.empty() || path.front() == '/', "a path begins with a slash");
    must(path.find_first_of("?#") == std::string_view::npos, "and has no query");
    must(stentor::query_of(target).find('#') == std::string_view::npos, "a query has no fragment");
    for (const std::string_view method : {"GET", "POST"}) {
        const stentor::http_answer a = stentor::respond(the_world().here, method, target, accept);
        check_answer(a);
        must(method != "POST" || a.status == 404 || a.status == 405, "nothing is done by POST");
        must(a.status == 404 || path.starts_with("/api/"), "only what is ours");
    }
}

// Both ends are here: what is written is read by the session when the context runs, and its answers wait in the socket.
void check_session(std::string_view bytes) {
    int ends[2];
    must(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "two ends");
    boost::asio::io_context context{1};
    int gone = 0;
    stentor::detail::http::service service;
    service.options = {.header_bytes = 512, .body_bytes = 512};
    service.answer = [](const stentor::http_request& r) {
        must(r.body.size() <= 512, "no larger body than is allowed");
        must(!r.target.empty() && r.target.find_first_of(" \r\n") == std::string_view::npos, "a target is one word");
        return stentor::respond(the_world().here, r.method, r.target, r.accept);
    };
    service.gone = [&] { ++gone; };
    {
        // Asio asks the socket for no address, so that it may be any kind of stream.
        boost::asio::ip::tcp::socket socket(context);
        socket.assign(boost::asio::ip::tcp::v4(), ends[0]);
        std::make_shared<stentor::detail::http::session>(std::move(socket), service)->begin();
    }
    must(::send(ends[1], bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "it fits the socket");
    ::shutdown(ends[1], SHUT_WR);
    context.run();
    must(gone == 1, "the session ends with its client");
    std::string got;
    char piece[4096];
    for (ssize_t n = 0; (n = ::recv(ends[1], piece, sizeof piece, MSG_DONTWAIT)) > 0;) {
        got.append(piece, static_cast<std::size_t>(n));
    }
    ::close(ends[1]);
    must(got.empty() || got.starts_with("HTTP/1.1 "), "HTTP, or nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(all.find('\n'), all.size());
    check_target(all.substr(0, line), line == all.size() ? std::string_view{} : all.substr(line + 1));
    check_session(all);
    return 0;
}
