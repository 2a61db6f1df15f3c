// The web server without memory: a connection may be lost, and the next one is answered.

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/http/beast.hpp>

#include "failing.hpp"
#include "http/client.hpp"

using stentor::http_answer;
using stentor::http_request;

namespace {

// "/N": from now on the N-th allocation of the server's only thread fails; "/end": whether it has.
[[nodiscard]] http_answer fail_soon(const http_request& r) {
    if (r.target == "/end") {
        return {200, "text/plain", failing::disarm() ? "it failed" : "none failed", {}};
    }
    if (r.target != "/") {
        failing::arm(std::stoull(std::string(r.target.substr(1))), failing::how::once);
    }
    return {200, "text/plain", "well", {}};
}

[[nodiscard]] std::string get(const stentor::http_server& server, std::string_view target) {
    web::client c(server);
    c.send(std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    return c.all();
}

}  // namespace

TEST_CASE("a web server that has had no memory once answers the next clients, whatever it was for") {
    const std::size_t connections = GENERATE(std::size_t{1}, std::size_t{8});
    auto server =
        stentor::http_server::listen({.connections = connections, .threads = 1, .idle = std::chrono::seconds(1)}, fail_soon);
    REQUIRE(server);
    bool failed = true;
    std::uint64_t n = 0;
    while (failed) {
        (void)get(**server, "/" + std::to_string(++n));
        (void)get(**server, "/");
        CAPTURE(n, connections);
        std::string end = get(**server, "/end");
        if (!end.ends_with("failed")) {
            end = get(**server, "/end");  // it was just this one that met the failure
        }
        REQUIRE(end.ends_with("failed"));
        failed = end.ends_with("it failed");
        REQUIRE(n < 1'000);
    }
    CHECK(n > 5);
}
