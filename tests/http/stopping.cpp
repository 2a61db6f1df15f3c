// How a server ends, and what several threads do with it.

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/beast.hpp>

#include "client.hpp"
#include "serving.hpp"

using namespace std::chrono_literals;
using stentor::http_request;
using stentor::http_server;
using web::client;
using web::echo;
using web::serve;

TEST_CASE("stop ends what is open, waits for a handler, and can be called again") {
    std::atomic<bool> inside{false};
    std::atomic<bool> done{false};
    const auto server = serve([&](const http_request& r) {
        inside = true;
        std::this_thread::sleep_for(100ms);
        done = true;
        return echo(r);
    });
    client open(*server);
    client busy(*server);
    busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!inside) {
        std::this_thread::yield();
    }
    server->stop();
    CHECK(done);
    CHECK(open.ended());
    server->stop();
}

TEST_CASE("stop may be called by several threads at once, and none returns before the end") {
    std::atomic<bool> inside{false};
    std::atomic<bool> done{false};
    const auto server = serve([&](const http_request& r) {
        inside = true;
        std::this_thread::sleep_for(200ms);
        done = true;
        return echo(r);
    });
    const client busy(*server);
    busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    while (!inside) {
        std::this_thread::yield();
    }
    std::atomic<int> too_early{0};
    const auto stop = [&] {
        server->stop();
        too_early += done ? 0 : 1;
    };
    std::thread other(stop);
    stop();
    other.join();
    CHECK(too_early == 0);
}

TEST_CASE("several threads answer at once: who waits stalls nobody") {
    std::atomic<int> inside{0};
    std::atomic<bool> met{false};
    const auto waits_for_another = [&](const http_request& r) {
        if (++inside == 2) {
            met = true;
        }
        for (int i = 0; i < 2'000 && !met; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        --inside;
        return echo(r);
    };
    const auto server = serve(waits_for_another);
    client a(*server);
    client b(*server);
    for (client* const c : {&a, &b}) {
        c->send("GET /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    }
    CHECK(a.all().ends_with("GET /x  "));
    CHECK(b.all().ends_with("GET /x  "));
    CHECK(met);
}

TEST_CASE("an address that is none, and one that is taken, are errors with the reason") {
    const auto bad = http_server::listen({.address = "localhost"}, echo);
    REQUIRE(bad.has_error());
    CHECK(bad.error() == stentor::errc::invalid_config);
    CHECK(bad.error().message().find("cannot listen on localhost:0: that is no address") != std::string::npos);
    const auto server = serve(echo);
    const auto taken = http_server::listen({.port = server->port()}, echo);
    REQUIRE(taken.has_error());
    CHECK(taken.error().message().find("in use") != std::string::npos);
}
