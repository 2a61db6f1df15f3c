#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

#include "collector.hpp"
#include "topic_errors.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::outcome;
using kind = stentor::client_event::kind;

namespace {
constexpr std::string_view topic = "failures";
constexpr std::string_view missing = "missing";
constexpr std::string_view denied = "denied";

struct injected {
    int code;
    errc condition;
};

// A topic that was refused is asked for again after a second.
bool persisted_soon(wire::collector& c, std::string_view where) {
    const auto until = std::chrono::steady_clock::now() + 3s;
    outcome last = outcome::unknown;
    while (last != outcome::persisted && std::chrono::steady_clock::now() < until) {
        last = c.send_and_wait({where, "k", "v"}).outcome;
    }
    return last == outcome::persisted;
}
}  // namespace

TEST_CASE("an error that librdkafka does not retry is reported at once, in its class, and the record is handed back") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    for (const injected& each : {injected{10, errc::message_too_large}, injected{18, errc::message_too_large},
                                 injected{29, errc::authorization}, injected{31, errc::authorization}, injected{32, errc::rejected},
                                 injected{43, errc::rejected}, injected{44, errc::rejected}, injected{74, errc::broker_unavailable},
                                 injected{87, errc::rejected}, injected{89, errc::broker_unavailable}}) {
        CAPTURE(each.code);
        REQUIRE(c.send_and_wait({topic, "k", "before"}).outcome == outcome::persisted);
        cluster.fail_produce({each.code});
        const stentor::timestamp before = c.transport.now().wall;
        const auto r = c.send_and_wait({topic, "key", "value", {{"h", "1"}, {"i", "2"}}});
        CHECK(r.time_handed_back >= before);
        CHECK(r.time_handed_back <= c.transport.now().wall);
        CHECK(r.outcome == outcome::not_persisted);
        CHECK(r.code == each.condition);
        CHECK(r.native == each.code);
        CHECK(r.cause == rd_kafka_err2name(static_cast<rd_kafka_resp_err_t>(each.code)));
        CHECK_FALSE(r.taken_back);
        CHECK(r.key_handed_back == "key");
        CHECK(r.value_handed_back == "value");
        CHECK(r.headers_handed_back == 2);
        CHECK(r.first_header_handed_back == "h=1");
    }
}

TEST_CASE("NOT_ENOUGH_REPLICAS is retried by librdkafka until the attempt's time is up, and is then definite") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .attempt_timeout = 1s}}};
    REQUIRE(c.send_and_wait({topic, "k", "first"}).outcome == outcome::persisted);
    cluster.fail_produce({19, 19});
    CHECK(c.send_and_wait({topic, "k", "second"}).outcome == outcome::persisted);
    cluster.fail_produce(19, 1000);
    const auto r = c.send_and_wait({topic, "k", "third"}, 3s);
    CHECK(r.outcome == outcome::not_persisted);
    CHECK(r.code == errc::deadline_exceeded);
    cluster.clear_produce_failures();
    CHECK(c.send_and_wait({topic, "k", "fourth"}).outcome == outcome::persisted);
}

TEST_CASE("a lost answer whose time is up is unknown") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .attempt_timeout = 500ms}}};
    REQUIRE(c.send_and_wait({topic, "k", "first"}).outcome == outcome::persisted);
    cluster.round_trip_time(3s);
    const auto r = c.send_and_wait({topic, "k", "second"}, 3s);
    CHECK(r.outcome == outcome::unknown);
    CHECK(r.code == errc::deadline_exceeded);
}

TEST_CASE("a missing topic is told at once, and found once it is there") {
    wire::skip_where_topic_errors_crash();
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(missing), 1);
    cluster.topic_error(std::string(missing), 3);  // this mock cluster makes every topic that it is asked for
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    const auto began = std::chrono::steady_clock::now();
    const auto r = c.send_and_wait({missing, "k", "v"});
    CHECK(r.outcome == outcome::not_persisted);
    CHECK(r.code == errc::unknown_topic);
    CHECK(r.native == 3);
    CHECK(std::chrono::steady_clock::now() - began < 1s);
    cluster.topic_error(std::string(missing), 0);
    CHECK(c.send_and_wait({missing, "k", "v"}).refused_at_once);  // it asks again after a second, not for each record
    CHECK(persisted_soon(c, missing));
}

TEST_CASE("records for a topic without a leader wait, with the broker's word for it, and go when it has one") {
    wire::skip_where_topic_errors_crash();
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    cluster.create_topic(std::string(missing), 1);
    cluster.topic_error(std::string(missing), 5);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    const std::size_t n = c.send({missing, "k", "v"});
    CHECK(c.wait_for([&] { return c.last_again == "the topic is being looked up: LEADER_NOT_AVAILABLE"; }));
    CHECK_FALSE(c.has_result(n));
    cluster.topic_error(std::string(missing), 0);
    REQUIRE(c.wait_results(1));
    CHECK(c.result(n).outcome == outcome::persisted);
}

TEST_CASE("a missing topic is created when asked for") {
    stentor::mock_cluster cluster;
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap(), .create_topics = true}}};
    CHECK(c.send_and_wait({missing, "k", "v"}).outcome == outcome::persisted);
}

TEST_CASE("a denied topic is told at once, and may be written to once it is granted") {
    wire::skip_where_topic_errors_crash();
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(denied), 1);
    cluster.topic_error(std::string(denied), 29);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    const auto r = c.send_and_wait({denied, "k", "v"});
    CHECK(r.outcome == outcome::not_persisted);
    CHECK(r.code == errc::authorization);
    CHECK(r.native == 29);
    CHECK(c.send_and_wait({denied, "k", "v"}).refused_at_once);
    cluster.topic_error(std::string(denied), 0);
    CHECK(persisted_soon(c, denied));
}

TEST_CASE("a name that no topic can have is refused without asking anybody") {
    stentor::mock_cluster cluster;
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::broker_up) > 0; }));
    static const std::string too_long(250, 'x');
    for (const std::string_view name : {std::string_view(".."), std::string_view("a b"), std::string_view(too_long)}) {
        const auto r = c.send_and_wait({name, "k", "v"});
        CHECK(r.refused_at_once);
        CHECK(r.code == errc::rejected);
    }
}

TEST_CASE("a record over message.max.bytes is refused in the call, headers and all") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{
        stentor::kafka_config{.brokers = cluster.bootstrap(), .properties = {{"message.max.bytes", "2000"}}}}};
    REQUIRE(c.send_and_wait({topic, "k", "v", {{"h", "x"}}}).outcome == outcome::persisted);
    const auto r = c.send_and_wait({topic, "k", std::string(5000, 'x'), {{"h", "x"}}});
    CHECK(r.refused_at_once);
    CHECK(r.code == errc::message_too_large);
    CHECK(c.send_and_wait({topic, "k", "v", {{"h", "y"}}}).outcome == outcome::persisted);
}

TEST_CASE("a full queue parks, and what was parked goes on when there is room") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{
        stentor::kafka_config{.brokers = cluster.bootstrap(), .properties = {{"queue.buffering.max.messages", "10"}}}}};
    REQUIRE(c.send_and_wait({topic, "k", "v"}).outcome == outcome::persisted);
    cluster.round_trip_time(20ms);
    for (int i = 0; i < 100; ++i) {
        c.send({topic, "k", std::to_string(i)});
    }
    CHECK(c.parked() > 0);
    CHECK(c.last_again == "_QUEUE_FULL");
    CHECK(c.wait_results(101));
}

TEST_CASE("after a fatal error the client is replaced and goes on") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}, true};
    REQUIRE(c.send_and_wait({topic, "k", "v"}).outcome == outcome::persisted);
    cluster.fail_produce({45});
    const auto r = c.send_and_wait({topic, "k", "v"});
    CHECK(r.outcome != outcome::persisted);
    CHECK(r.code == errc::fatal);
    REQUIRE(c.wait_for([&] { return c.count_heard(kind::fatal) == 1; }));
    const auto again = c.send_and_wait({topic, "k", "after", {{"h", "x"}}});
    CHECK(again.outcome == outcome::persisted);
    CHECK(c.wait_for([&] { return c.count_heard(kind::broker_up) == 2; }));
}
