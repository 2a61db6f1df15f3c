// A name server that takes its time for one broker holds up nobody who reaches another.

#include <dlfcn.h>
#include <netdb.h>
#include <netinet/in.h>

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

/// The sanitizers' own, where there is one: it knows what the C library orders without them seeing it.
extern "C" [[gnu::weak]] int __interceptor_getaddrinfo(const char* host, const char* port, const addrinfo* wish, addrinfo** found);

/// Slow only for this library: librdkafka looks names up for itself, and here it is the quicker one.
extern "C" int getaddrinfo(const char* host, const char* port, const addrinfo* wish, addrinfo** found) {
    static auto* const real = reinterpret_cast<decltype(&::getaddrinfo)>(::dlsym(RTLD_NEXT, "getaddrinfo"));
    const bool of_librdkafka = wish == nullptr || wish->ai_protocol == IPPROTO_TCP;
    if (!of_librdkafka && host != nullptr && std::string_view(host) == "localhost" && (wish->ai_flags & AI_NUMERICHOST) == 0) {
        (void)eventually([] { return !slow; }, 10s);
    }
    if (&__interceptor_getaddrinfo != nullptr) {
        return __interceptor_getaddrinfo(host, port, wish, found);
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
