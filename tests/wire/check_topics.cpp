// kafka_client::check_topics against librdkafka's mock cluster, which creates no topics on request. A real broker's answers are in
// tests/broker.

#include <string>
#include <thread>

#include "notes.hpp"

using namespace wire;
using stentor::errc;
using stentor::kafka_client;

TEST_CASE("check_topics: all that is missing or denied is one error, and silence another") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    cluster.topic_error("gone", 3);
    cluster.topic_error("secret", 29);
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap()}).value();
    CHECK(client->check_topics({{"notes"}}));
    const auto r = client->check_topics({{"gone"}, {"notes"}, {"secret"}});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::unknown_topic);
    CHECK(r.error().cause == "gone: UNKNOWN_TOPIC_OR_PART; secret: TOPIC_AUTHORIZATION_FAILED");
    const auto denied = client->check_topics({{"secret"}});
    REQUIRE_FALSE(denied);
    CHECK(denied.error() == errc::authorization);
    cluster.round_trip_time(2s);
    const auto began = clock_type::now();
    const auto late = client->check_topics({{"notes"}}, 300ms);
    CHECK(clock_type::now() - began < 550ms);
    REQUIRE_FALSE(late);
    CHECK(late.error() == errc::deadline_exceeded);
    CHECK(late.error().cause == "notes: no answer");
}

TEST_CASE("check_topics: a request to create that failed as a whole is told") {
    stentor::mock_cluster cluster;  // which creates no topics on request
    cluster.topic_error("gone", 3);
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap(), .create_topics = true}).value();
    const auto r = client->check_topics({{"gone"}}, 1500ms);
    REQUIRE_FALSE(r);
    INFO(r.error().cause);
    CHECK(r.error().cause.starts_with("gone: UNKNOWN_TOPIC_OR_PART, and the request to create it failed: "));
}

TEST_CASE("check_topics: whoever disconnects waits for one topic only") {
    stentor::mock_cluster cluster;
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap()}).value();
    cluster.round_trip_time(30s);
    bool checked = true;
    std::thread check([&] { checked = client->check_topics({{"a"}, {"b"}, {"c"}, {"d"}, {"e"}, {"f"}}).has_value(); });
    std::this_thread::sleep_for(100ms);  // it waits for an answer
    const auto began = clock_type::now();
    CHECK(client->disconnect(5s));
    CHECK(clock_type::now() - began < 2500ms);
    check.join();
    CHECK_FALSE(checked);
}
