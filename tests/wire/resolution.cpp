// A name server that takes its time for one broker holds up nobody who reaches another.

#include <dlfcn.h>
#include <netdb.h>
#include <pthread.h>

#include <array>
#include <atomic>
#include <string_view>
#include <thread>

#include <readme/loopback.hpp>

#include "notes.hpp"

using namespace wire;
using readme::loopback;
using stentor::kafka_client;

namespace {
std::atomic<bool> slow{false};
}

/// Slow only for this library: librdkafka looks names up for itself, and here it is the quicker one.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* wish, addrinfo** found) {
    static auto* const real = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    std::array<char, 16> name{};
    ::pthread_getname_np(::pthread_self(), name.data(), name.size());
    if (std::string_view(name.data()) == "stentor-resolve") {
        (void)eventually([] { return !slow; }, 10s);
    }
    return real(host, port, wish, found);
}

TEST_CASE("connect: an address that is looked up slowly is waited for only when no other broker gets ready") {
    stentor::mock_cluster cluster;
    cluster.down();
    const loopback dead;
    slow = true;
    std::jthread later([&] {
        std::this_thread::sleep_for(300ms);
        cluster.up();
    });
    const auto began = clock_type::now();
    const auto client = kafka_client::connect({.brokers = "localhost:" + dead.port() + "," + cluster.bootstrap()}, 6s);
    CHECK(client);
    CHECK(clock_type::now() - began < 4s);
    slow = false;
}
