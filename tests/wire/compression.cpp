#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

#include "collector.hpp"

using namespace std::chrono_literals;
using stentor::compression;
using stentor::outcome;

namespace {

constexpr std::string_view topic = "compressed";

// A consumer never shows how a batch was compressed, so this asks the broker for its bytes: a Fetch request, version 4, by hand.
class raw_fetch {
public:
    explicit raw_fetch(const std::string& bootstrap) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(bootstrap.substr(bootstrap.find(':') + 1))));
        ::inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
        REQUIRE(::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
    }
    ~raw_fetch() { ::close(fd_); }
    raw_fetch(const raw_fetch&) = delete;
    raw_fetch& operator=(const raw_fetch&) = delete;

    struct batch {
        int codec = -1;
        std::int32_t size = 0;
    };
    batch first_batch(std::string_view name) {
        std::string body;
        put(body, 1, 2);        // Fetch
        put(body, 4, 2);        // version
        put(body, 7, 4);        // correlation
        put(body, -1, 2);       // no client id
        put(body, -1, 4);       // no replica
        put(body, 100, 4);      // wait
        put(body, 1, 4);        // at least
        put(body, 1 << 20, 4);  // at most
        put(body, 0, 1);        // isolation
        put(body, 1, 4);        // topics
        put(body, static_cast<std::int64_t>(name.size()), 2);
        body += name;
        put(body, 1, 4);        // partitions
        put(body, 0, 4);        // which
        put(body, 0, 8);        // from offset
        put(body, 1 << 20, 4);  // at most
        std::string request;
        put(request, static_cast<std::int64_t>(body.size()), 4);
        request += body;
        REQUIRE(::send(fd_, request.data(), request.size(), 0) == static_cast<ssize_t>(request.size()));
        std::string answer = receive(4);
        answer = receive(static_cast<std::size_t>(get(answer, 0, 4)));
        std::size_t at = 4 + 4 + 4;                                      // correlation, throttle, topics
        at += 2 + static_cast<std::size_t>(get(answer, at, 2)) + 4 + 4;  // name, partitions, which
        REQUIRE(get(answer, at, 2) == 0);                                // error
        at += 2 + 8 + 8;                                                 // high watermark, last stable
        const std::int64_t aborted = get(answer, at, 4);
        at += 4 + (aborted > 0 ? static_cast<std::size_t>(aborted) * 16 : 0);
        REQUIRE(get(answer, at, 4) > 0);  // bytes of records
        at += 4;
        batch b;
        b.size = static_cast<std::int32_t>(get(answer, at + 8, 4));
        REQUIRE(get(answer, at + 16, 1) == 2);  // magic
        b.codec = static_cast<int>(get(answer, at + 21, 2) & 7);
        return b;
    }

private:
    static void put(std::string& to, std::int64_t value, int bytes) {
        for (int i = bytes - 1; i >= 0; --i) {
            to += static_cast<char>((value >> (8 * i)) & 0xff);
        }
    }
    static std::int64_t get(const std::string& from, std::size_t at, std::size_t bytes) {
        REQUIRE(at + bytes <= from.size());
        std::int64_t v = (static_cast<unsigned char>(from[at]) & 0x80) != 0 ? -1 : 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            v = (v << 8) | static_cast<unsigned char>(from[at + i]);
        }
        return v;
    }
    std::string receive(std::size_t count) {
        std::string s(count, '\0');
        std::size_t have = 0;
        while (have < count) {
            const ssize_t n = ::recv(fd_, s.data() + have, count - have, 0);
            REQUIRE(n > 0);
            have += static_cast<std::size_t>(n);
        }
        return s;
    }

    int fd_;
};

}  // namespace

TEST_CASE("each compression is seen on the wire, and read back unharmed") {
    stentor::mock_cluster cluster;
    static const std::array<std::string, 5> topics{"c-none", "c-gzip", "c-snappy", "c-lz4", "c-zstd"};
    const std::string value(20'000, 'x');
    for (const compression how : {compression::none, compression::gzip, compression::snappy, compression::lz4, compression::zstd}) {
        const auto codec = static_cast<int>(how);
        CAPTURE(codec);
        const std::string& name = topics[static_cast<std::size_t>(codec)];
        cluster.create_topic(name, 1);
        wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .compression = how}}};
        REQUIRE(c.send_and_wait({name, "k", value, {{"h", "v"}}}).outcome == outcome::persisted);
        raw_fetch raw(cluster.bootstrap());
        const auto batch = raw.first_batch(name);
        CHECK(batch.codec == codec);
        CHECK((batch.size < 2'000) == (how != compression::none));
        stentor::topic_reader reader(cluster.bootstrap(), name);
        const auto got = reader.read(1);
        REQUIRE(got.size() == 1);
        CHECK(got[0].value == value);
        CHECK(got[0].header("h") == "v");
    }
}

TEST_CASE("a linger fills one batch, and batch_messages bounds it") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{
        stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .linger = 300ms, .batch_messages = 10}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    const auto began = std::chrono::steady_clock::now();
    for (int i = 0; i < 10; ++i) {
        c.send({topic, "k", "v"});
    }
    REQUIRE(c.wait_results(11));
    CHECK(std::chrono::steady_clock::now() - began < 250ms);  // a full batch does not linger
    const auto lone = std::chrono::steady_clock::now();
    REQUIRE(c.send_and_wait({topic, "k", "1"}).outcome == outcome::persisted);
    CHECK(std::chrono::steady_clock::now() - lone > 200ms);
}
