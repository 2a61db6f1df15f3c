#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

#include "collector.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::outcome;
using kind = stentor::client_event::kind;
using clock_type = std::chrono::steady_clock;

namespace {
constexpr std::string_view topic = "outages";
}

TEST_CASE("a client that never found a broker parks everything and says why") {
    stentor::kafka_config config{.brokers = "127.0.0.1:9"};  // nobody listens there
    wire::collector c{stentor::kafka_transport{config}};
    for (int i = 0; i < 10; ++i) {
        c.send({topic, "k", "v"});
    }
    CHECK(c.parked() == 10);
    CHECK(c.last_again == "no broker has been reached yet at 127.0.0.1:9");
    CHECK_FALSE(c.transport.up());
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fault) > 0; }));
    const auto heard = c.all_heard();
    CHECK(heard[0].code == errc::broker_unavailable);
    CHECK(heard[0].cause.find("127.0.0.1:9") != std::string::npos);
    const auto began = clock_type::now();
    CHECK(c.finish(1s));
    CHECK(clock_type::now() - began < 500ms);  // nothing is inside: nothing to wait for
}

TEST_CASE("who joins a client that cannot connect is told why, though librdkafka says that no more") {
    const auto client = std::make_shared<stentor::kafka_client>(stentor::kafka_config{.brokers = "127.0.0.1:9"});
    wire::collector first{stentor::kafka_transport{client}};
    REQUIRE(first.wait_for([&] { return first.count_heard(kind::fault) > 0; }));
    std::this_thread::sleep_for(1s);  // it says the same a second time, and then not for 30 s
    wire::collector second{stentor::kafka_transport{client}};
    REQUIRE(second.wait_for([&] { return second.count_heard(kind::fault) > 0; }));
    CHECK(second.all_heard()[0].code == errc::broker_unavailable);
    CHECK(second.all_heard()[0].cause.find("Connection refused") != std::string::npos);
}

TEST_CASE("a name that cannot be resolved is told as dns") {
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = "no-such-host.invalid:9092"}}};
    c.send({topic, "k", "v"});
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fault) > 0; }, 8s));
    CHECK(c.all_heard()[0].code == errc::dns);
}

TEST_CASE("when the last broker goes, records park; when it is back, all go on in order") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    CHECK(c.transport.up());
    cluster.down();
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::all_brokers_down) == 1; }));
    CHECK_FALSE(c.transport.up());
    for (int i = 1; i <= 20; ++i) {
        c.send({topic, "k", std::to_string(i)});
    }
    CHECK(c.parked() == 20);
    CHECK(c.last_again == "no broker is up");
    std::this_thread::sleep_for(600ms);
    const auto back = clock_type::now();
    cluster.up();
    REQUIRE(c.wait_results(21));
    CHECK(clock_type::now() - back < 1500ms);
    CHECK(c.wait_for([&] { return c.count_heard(kind::broker_up) == 2; }));
    stentor::topic_reader reader(cluster.bootstrap(), std::string(topic));
    const auto got = reader.read(21);
    REQUIRE(got.size() == 21);
    for (std::size_t i = 0; i < got.size(); ++i) {
        CHECK(got[i].value == std::to_string(i));
    }
}

TEST_CASE("one of two brokers gone is not down, and a moved leader is followed") {
    stentor::mock_cluster cluster(2);
    cluster.create_topic(std::string(topic), 1);
    cluster.leader(std::string(topic), 0, 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    cluster.leader(std::string(topic), 0, 2);
    REQUIRE(c.send_and_wait({topic, "k", "1"}).outcome == outcome::persisted);
    cluster.down(1);
    std::this_thread::sleep_for(100ms);
    CHECK(c.transport.up());
    CHECK(c.send_and_wait({topic, "k", "2"}).outcome == outcome::persisted);
    CHECK(c.all_heard().size() >= 1);
    for (const auto& h : c.all_heard()) {
        CHECK(h.what != kind::all_brokers_down);
    }
}

TEST_CASE("what was never sent is taken back at once, and what is on its way is not") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{
        stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .properties = {{"max.in.flight", "1"}}}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    cluster.round_trip_time(2s);
    const std::size_t on_its_way = c.send({topic, "k", "1"});
    std::this_thread::sleep_for(300ms);
    std::vector<std::size_t> waiting;
    for (int i = 0; i < 50; ++i) {
        waiting.push_back(c.send({topic, "k", "x", {{"h", "y"}}}));
    }
    const auto asked = clock_type::now();
    c.transport.take_back();
    REQUIRE(c.wait_results(51));
    CHECK(clock_type::now() - asked < 1s);
    for (const std::size_t n : waiting) {
        const auto r = c.result(n);
        CHECK(r.outcome == outcome::not_persisted);
        CHECK(r.taken_back);
        CHECK(r.value_handed_back == "x");
    }
    CHECK_FALSE(c.has_result(on_its_way));
    REQUIRE(c.wait_results(52));
    CHECK(c.result(on_its_way).outcome == outcome::persisted);
    cluster.round_trip_time(0ms);
    CHECK(c.send_and_wait({topic, "k", "2"}).outcome == outcome::persisted);
    stentor::topic_reader reader(cluster.bootstrap(), std::string(topic));
    CHECK(reader.read(3).size() == 3);
    CHECK(reader.read(1, 300ms).empty());
}

TEST_CASE("taken back records go out again after an outage") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .linger = 5s}}, true};
    for (int i = 0; i < 30; ++i) {
        c.send({topic, "k", std::to_string(i)});
    }
    for (const auto until = clock_type::now() + 20s; c.parked() > 0 && clock_type::now() < until;) {
        std::this_thread::yield();
    }
    REQUIRE(c.parked() == 0);
    c.transport.take_back();
    REQUIRE(c.wait_for([&] { return c.taken_back >= 30; }));
    stentor::latch never_set;
    CHECK_FALSE(c.transport.wait(never_set, c.transport.now().now + 100ms));  // a waiter makes it flush
    CHECK(c.wait_results(30, 1s));
}

namespace {

// How long a record takes from when brokers are up whose leaders say that they lead after `ready`, or never.
clock_type::duration first_record_after_an_outage(stentor::milliseconds ready, stentor::milliseconds away = {}) {
    constexpr std::int16_t list_offsets = 2;
    constexpr int not_leader = 6;
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 3);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, "k", "v"}).outcome == outcome::persisted);
    cluster.down();
    while (c.transport.up()) {
        std::this_thread::yield();
    }
    c.send({topic, "k", "v"});
    CHECK_FALSE(c.wait_results(2, 200ms));
    cluster.fail_request(list_offsets, std::vector<int>(1000, not_leader));
    cluster.round_trip_time(away);
    cluster.up();
    while (!c.transport.up()) {
        std::this_thread::yield();
    }
    const auto began = clock_type::now();
    CHECK_FALSE(c.wait_results(2, ready));
    if (ready < 500ms) {
        ::rd_kafka_mock_clear_request_errors(cluster.native(), list_offsets);
    }
    REQUIRE(c.wait_results(2, 20s));
    CHECK(c.result(1).outcome == outcome::persisted);
    return clock_type::now() - began;
}

}  // namespace

TEST_CASE("after an outage nothing is sent before the leaders know again that they lead") {
    // The quickest of some: the machine may be busy.
    auto quickest = first_record_after_an_outage(200ms);
    for (int again = 0; again < 4 && quickest >= 1s; ++again) {
        quickest = std::min(quickest, first_record_after_an_outage(200ms));
    }
    CHECK(quickest < 1s);
}

TEST_CASE("leaders that never say that they lead again hold records up for some seconds only") {
    CHECK(first_record_after_an_outage(1000ms) >= 1500ms);
}

TEST_CASE("far brokers that are back hold records up no longer than near ones") {
    CHECK(first_record_after_an_outage(1000ms, 600ms) < 10s);
}

TEST_CASE("a mock cluster refuses a leader for a partition that there is not") {
    stentor::mock_cluster cluster(2);
    cluster.create_topic("notes", 2);
    for (const std::int32_t partition : {-1, -2, 2, 1000}) {
        CAPTURE(partition);
        CHECK_THROWS_AS(cluster.leader("notes", partition, 1), stentor::publish_failure);
    }
    cluster.leader("notes", 1, 2);
}

TEST_CASE("a mock cluster refuses a topic without partitions or replicas") {
    stentor::mock_cluster cluster(2);
    for (const int none : {0, -1, -1000}) {
        CAPTURE(none);
        CHECK_THROWS_AS(cluster.create_topic("notes", none), stentor::publish_failure);
        CHECK_THROWS_AS(cluster.create_topic("notes", 1, none), stentor::publish_failure);
    }
    cluster.create_topic("notes", 1, 1);  // nothing of it was made
    CHECK_THROWS_AS(cluster.create_topic("notes", 1, 1), stentor::publish_failure);
}

TEST_CASE("a mock cluster that is asked for one thing after the other does each at once") {
    stentor::mock_cluster cluster(3);
    clock_type::duration quickest = 1h;
    for (int again = 0; again < 5; ++again) {
        const auto began = clock_type::now();
        cluster.down();
        cluster.up();
        cluster.round_trip_time(0ms);
        quickest = std::min(quickest, clock_type::now() - began);
    }
    CHECK(quickest < 900ms);
}
