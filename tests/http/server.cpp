// The small web server, as clients meet it: over sockets on loopback, with limits that it keeps.

#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/beast.hpp>

#include "client.hpp"
#include "serving.hpp"

using namespace std::chrono_literals;
using stentor::http_answer;
using stentor::http_request;
using web::client;
using web::echo;
using web::serve;

namespace {

/// No file can be opened any more, while it lives.
class no_descriptors {
public:
    no_descriptors() {
        REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
        const int next = ::dup(2);
        REQUIRE(next > 0);
        ::close(next);
        rlimit none = before_;
        none.rlim_cur = static_cast<rlim_t>(next);
        REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    }
    ~no_descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }
    no_descriptors(const no_descriptors&) = delete;
    no_descriptors& operator=(const no_descriptors&) = delete;

private:
    rlimit before_{};
};

[[nodiscard]] std::string status_line(const std::string& answer) { return answer.substr(0, answer.find('\r')); }

}  // namespace

TEST_CASE("a request is answered, and the connection goes on") {
    const auto server = serve(echo);
    CHECK(server->url() == "http://127.0.0.1:" + std::to_string(server->port()));
    client c(*server);
    c.send("GET /a?b HTTP/1.1\r\nHost: h\r\nAccept: text/plain\r\n\r\n");
    const std::string first = c.until("GET /a?b text/plain ");
    CHECK(status_line(first) == "HTTP/1.1 200 OK");
    CHECK(first.find("Content-Type: text/plain\r\n") != std::string::npos);
    CHECK(first.find("Content-Length: 20\r\n") != std::string::npos);
    CHECK(first.find("Cache-Control: no-store\r\n") != std::string::npos);
    c.send("POST /b HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nConnection: close\r\n\r\nbody");
    const std::string second = c.all();
    CHECK(second.ends_with("\r\n\r\nPOST /b  body"));
    CHECK(second.find("Connection: close\r\n") != std::string::npos);
}

TEST_CASE("the handler sees what the request says of its body and of its trace") {
    const auto server = serve([](const http_request& r) {
        return http_answer{200,
                           "text/plain",
                           std::string(r.content_type)
                               .append("|")
                               .append(r.traceparent)
                               .append("|")
                               .append(r.tracestate)
                               .append("|")
                               .append(r.body),
                           {}};
    });
    client c(*server);
    c.send(
        "POST / HTTP/1.1\r\nContent-Type: a/b\r\nTraceparent: 00-1\r\nTRACESTATE: x=y\r\nContent-Length: 1\r\n"
        "Connection: close\r\n\r\nz");
    CHECK(c.all().ends_with("\r\n\r\na/b|00-1|x=y|z"));
}

TEST_CASE("HEAD has the length of GET and no body") {
    const auto server = serve(echo);
    client c(*server);
    c.send("HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string got = c.all();
    CHECK(got.find("Content-Length: 9\r\n") != std::string::npos);
    CHECK(got.ends_with("\r\n\r\n"));
}

TEST_CASE("requests that come at once are answered one after the other") {
    const auto server = serve(echo);
    client c(*server);
    c.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    const std::string got = c.all();
    CHECK(got.find("GET /1") < got.find("GET /2"));
    CHECK(got.find("GET /2") != std::string::npos);
}

TEST_CASE("who asks whether to go on is told to") {
    const auto server = serve(echo);
    client c(*server);
    c.send("POST /a HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
    CHECK(c.until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    c.send("ok");
    CHECK(c.all().ends_with("POST /a  ok"));
}

TEST_CASE("what is no request is answered with 400, and the connection ends") {
    const auto server = serve(echo);
    for (const std::string_view bytes : {"\r\n\r\nnonsense\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
                                         "GET / HTTP/1.1\r\nno colon\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
                                         "GET / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}) {
        client c(*server);
        c.send(bytes);
        CHECK(status_line(c.all()) == "HTTP/1.1 400 Bad Request");
    }
}

TEST_CASE("a header or a body that is too large is refused, however it comes") {
    const auto server = serve(echo, {.header_bytes = 200, .body_bytes = 10});
    const std::string large(300, 'x');
    {
        client c(*server);
        c.send("GET / HTTP/1.1\r\nX: " + large + "\r\n\r\n");
        CHECK(status_line(c.all()).starts_with("HTTP/1.1 431 "));
    }
    {
        client c(*server);
        c.send("GET /" + large + " HTTP/1.1\r\n\r\n");
        CHECK(status_line(c.all()).starts_with("HTTP/1.1 431 "));
    }
    {
        client c(*server);
        c.send("POST / HTTP/1.1\r\nContent-Length: 11\r\n\r\n");
        CHECK(status_line(c.all()).starts_with("HTTP/1.1 413 "));
    }
    {
        client c(*server);
        c.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
        CHECK(status_line(c.all()).starts_with("HTTP/1.1 413 "));
    }
    {
        client c(*server);
        c.send("POST / HTTP/1.1\r\nContent-Length: 10\r\nConnection: close\r\n\r\n1234567890");
        CHECK(c.all().ends_with("1234567890"));
    }
}

TEST_CASE("a handler that throws is answered with 500, and the connection goes on") {
    const auto server = serve([](const http_request& r) -> http_answer {
        if (r.target == "/throws") {
            throw std::runtime_error("secret");
        }
        return echo(r);
    });
    client c(*server);
    c.send("GET /throws HTTP/1.1\r\nHost: h\r\n\r\n");
    const std::string got = c.until("failed");
    CHECK(status_line(got) == "HTTP/1.1 500 Internal Server Error");
    CHECK(got.find("secret") == std::string::npos);
    c.send("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(c.until("GET /b").find("200 OK") != std::string::npos);
}

TEST_CASE("who dawdles is hung up on: before a request, in the middle of one, and over an answer") {
    const std::string much(64 << 20, 'x');
    const auto server = serve([&](const http_request&) { return http_answer{200, "text/plain", much, {}}; },
                              {.request = 200ms, .idle = 100ms, .answer = 200ms});
    client idle(*server);
    CHECK(idle.ended());
    client slow(*server);
    slow.send("GET / HT");
    CHECK(slow.ended());
    client deaf(*server);
    deaf.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    std::this_thread::sleep_for(400ms);
    CHECK(deaf.all().size() < much.size());
}

TEST_CASE("only so many connections are open at once; the next one waits until one goes") {
    const auto server = serve(echo, {.connections = 2});
    auto one = std::make_unique<client>(*server);
    auto two = std::make_unique<client>(*server);
    for (const auto& c : {one.get(), two.get()}) {
        c->send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        CHECK_FALSE(c->until("GET /x").empty());
    }
    client three(*server);
    three.send("GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    one->send("GET /y HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK_FALSE(one->until("GET /y").empty());
    CHECK(three.silent_for(200ms));
    one.reset();
    CHECK(three.all().ends_with("GET /3  "));
}

TEST_CASE("without file descriptors the server waits and does not spin, and goes on as soon as there are some") {
    const auto server = serve(echo);
    auto first = std::make_unique<client>(*server);
    first->send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\n");
    REQUIRE_FALSE(first->until("GET /1").empty());
    std::array<client, 4> others;
    {
        const no_descriptors now;
        for (client& c : others) {
            c.connect(*server);
            c.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        first.reset();  // the end of a connection starts to accept again, in the midst of the pause: two can be had
        std::this_thread::sleep_for(300ms);
        const std::clock_t began = std::clock();
        std::this_thread::sleep_for(500ms);
        CHECK(std::clock() - began < CLOCKS_PER_SEC / 10);
    }
    for (client& c : others) {
        CHECK_FALSE(c.until("GET /x").empty());
    }
}
