#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/murmur2.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

#include "collector.hpp"

using namespace std::chrono_literals;
using stentor::outcome;

namespace {
constexpr std::string_view topic = "round-trip";
}

TEST_CASE("a record arrives with its key, value, headers and timestamp") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 4);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    const stentor::timestamp before = c.transport.now().wall;
    const auto r = c.send_and_wait({topic, "key-1", std::string("va\0lue", 6), {{"a", "1"}, {"b", ""}, {"a", "2"}, {"n", {}}}});
    REQUIRE(r.outcome == outcome::persisted);
    CHECK(r.on_event_thread);
    CHECK(r.offset == 0);
    CHECK_FALSE(stentor::detail::on_event_thread());
    stentor::topic_reader reader(cluster.bootstrap(), std::string(topic));
    const auto got = reader.read(1);
    REQUIRE(got.size() == 1);
    CHECK(got[0].key == "key-1");
    CHECK(got[0].value == std::string("va\0lue", 6));
    CHECK(got[0].partition == r.partition);
    REQUIRE(got[0].headers.size() == 4);
    CHECK(got[0].headers[0] == std::pair<std::string, std::optional<std::string>>("a", "1"));
    CHECK(got[0].headers[1] == std::pair<std::string, std::optional<std::string>>("b", ""));
    CHECK(got[0].headers[2] == std::pair<std::string, std::optional<std::string>>("a", "2"));
    CHECK(got[0].headers[3] == std::pair<std::string, std::optional<std::string>>("n", std::nullopt));
    CHECK(got[0].time >= before);
    CHECK(got[0].time <= c.transport.now().wall);
}

TEST_CASE("a null key or value is not an empty one") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, std::nullopt, "v"}).outcome == outcome::persisted);
    REQUIRE(c.send_and_wait({topic, "", "v"}).outcome == outcome::persisted);
    REQUIRE(c.send_and_wait({topic, "k", std::nullopt}).outcome == outcome::persisted);
    REQUIRE(c.send_and_wait({topic, "k", ""}).outcome == outcome::persisted);
    stentor::topic_reader reader(cluster.bootstrap(), std::string(topic));
    const auto got = reader.read(4);
    REQUIRE(got.size() == 4);
    CHECK(got[0].key == std::nullopt);
    CHECK(got[1].key == "");
    CHECK(got[2].value == std::nullopt);
    CHECK(got[3].value == "");
}

TEST_CASE("the partition is Java's: murmur2 of the key, and a given one wins") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 7);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    std::size_t n = 0;
    for (; n < 100; ++n) {
        c.send({topic, "key-" + std::to_string(n), "v"});
    }
    REQUIRE(c.wait_results(n));
    for (std::size_t i = 0; i < n; ++i) {
        const auto hash = stentor::detail::murmur2("key-" + std::to_string(i)) & 0x7fffffffU;
        CHECK(c.result(i).partition == static_cast<std::int32_t>(hash % 7));
    }
    // Known answers of Java's client: 7 partitions, Utils.murmur2 of "21", "foobar" and "a-little-bit-long-string".
    CHECK(c.send_and_wait({topic, "21", "v"}).partition == static_cast<std::int32_t>((-973932308 & 0x7fffffff) % 7));
    CHECK(c.send_and_wait({topic, "foobar", "v"}).partition == static_cast<std::int32_t>((-790332482 & 0x7fffffff) % 7));
    CHECK(c.send_and_wait({topic, "a-little-bit-long-string", "v"}).partition ==
          static_cast<std::int32_t>((-985981536 & 0x7fffffff) % 7));
    CHECK(c.send_and_wait({topic, "21", "v", {}, 6}).partition == 6);
    const auto missing = c.send_and_wait({topic, "21", "v", {{"h", "x"}}, 70});
    CHECK(missing.outcome == outcome::not_persisted);
    CHECK(missing.code == stentor::errc::unknown_topic);
}

TEST_CASE("records without a key reach every partition") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 3);
    wire::collector c{stentor::kafka_transport{
        stentor::kafka_config{.brokers = cluster.bootstrap(), .properties = {{"sticky.partitioning.linger.ms", "0"}}}}};
    for (int i = 0; i < 100; ++i) {
        c.send({topic, std::nullopt, "v"});
    }
    REQUIRE(c.wait_results(100));
    std::set<std::int32_t> seen;
    for (std::size_t i = 0; i < 100; ++i) {
        seen.insert(c.result(i).partition);
    }
    CHECK(seen.size() == 3);
}
