// The first records of many topics at once.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>

#include "collector.hpp"
#include "topic_errors.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::outcome;

namespace {

std::vector<std::string> many(std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) {
        names.push_back("new-" + std::to_string(i));
    }
    return names;
}

}  // namespace

TEST_CASE("20 new topics on a broker that is 300 ms away are all there within five seconds") {
    stentor::mock_cluster cluster;
    const auto names = many(20);
    cluster.round_trip_time(300ms);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .create_topics = true}}};
    for (const auto& name : names) {
        c.send({name, "k", "v"});
    }
    REQUIRE(c.wait_results(names.size(), 5s));
    for (std::size_t n = 0; n < names.size(); ++n) {
        CHECK(c.result(n).outcome == outcome::persisted);
    }
}

TEST_CASE("of topics that are asked for together, each gets its own answer") {
    wire::skip_where_topic_errors_crash();
    stentor::mock_cluster cluster;
    const auto names = many(8);
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i == 1 || i == 3) {
            cluster.topic_error(names[i], i == 1 ? 3 : 29);
        } else {
            cluster.create_topic(names[i], 1);
        }
    }
    cluster.topic_error(names[5], 5);
    cluster.round_trip_time(100ms);
    // Each in a publisher of its own: a collector hands over in order, and would wait for the one without a leader.
    const auto client = stentor::kafka_client::shared(stentor::kafka_config{.brokers = cluster.bootstrap()});
    std::vector<std::unique_ptr<wire::collector>> all;
    for (const auto& name : names) {
        all.push_back(std::make_unique<wire::collector>(stentor::kafka_transport{client}));
        all.back()->send({name, "k", "v"});
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        CAPTURE(i);
        if (i == 5) {
            CHECK(all[i]->wait_for([&] { return all[i]->last_again.find("LEADER_NOT_AVAILABLE") != std::string::npos; }));
            CHECK_FALSE(all[i]->has_result(0));
            cluster.topic_error(names[i], 0);
        }
        REQUIRE(all[i]->wait_results(1));
        const auto r = all[i]->result(0);
        CHECK(r.outcome == (i == 1 || i == 3 ? outcome::not_persisted : outcome::persisted));
        CHECK(r.code == (i == 1 ? errc::unknown_topic : i == 3 ? errc::authorization : errc::none));
    }
}

TEST_CASE("topics that are asked for together and are all missing end at once") {
    stentor::mock_cluster cluster;
    const auto names = many(4);
    for (const auto& name : names) {
        cluster.topic_error(name, 3);
    }
    cluster.round_trip_time(50ms);
    const auto client = stentor::kafka_client::shared(stentor::kafka_config{.brokers = cluster.bootstrap()});
    std::vector<std::unique_ptr<wire::collector>> all;
    for (const auto& name : names) {
        all.push_back(std::make_unique<wire::collector>(stentor::kafka_transport{client}));
        all.back()->send({name, "k", "v"});
    }
    for (const auto& one : all) {
        REQUIRE(one->wait_results(1));
        CHECK(one->result(0).code == errc::unknown_topic);
    }
}

namespace {

constexpr std::int16_t list_offsets = 2;
constexpr int not_leader = 6;

// How long the first record of a topic takes whose leaders say that they lead after `ready`, or never.
std::chrono::steady_clock::duration first_record(stentor::milliseconds ready, stentor::milliseconds away = {}) {
    stentor::mock_cluster cluster;
    cluster.create_topic("new", 3);
    cluster.fail_request(list_offsets, std::vector<int>(1000, not_leader));
    cluster.round_trip_time(away);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    const auto began = std::chrono::steady_clock::now();
    c.send({"new", "k", "v"});
    CHECK_FALSE(c.wait_results(1, ready));
    if (ready < 500ms) {
        ::rd_kafka_mock_clear_request_errors(cluster.native(), list_offsets);
    }
    REQUIRE(c.wait_results(1, 20s));
    CHECK(c.result(0).outcome == outcome::persisted);
    return std::chrono::steady_clock::now() - began;
}

}  // namespace

TEST_CASE("a topic whose leaders do not know yet that they lead gets its first record when they do") {
    // The quickest of some: the machine may be busy.
    auto quickest = first_record(200ms);
    for (int again = 0; again < 4 && quickest >= 900ms; ++again) {
        quickest = std::min(quickest, first_record(200ms));
    }
    CHECK(quickest < 900ms);
}

TEST_CASE("a topic whose leaders never say that they lead gets its first record after a second") {
    CHECK(first_record(700ms) >= 1s);
}

TEST_CASE("far leaders that never say that they lead hold a record up no longer than near ones") {
    CHECK(first_record(700ms, 300ms) < 10s);
}
