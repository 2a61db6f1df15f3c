// The plain path: what is published lands, with everything that was said of it.

#include "support.hpp"

using namespace flow;

TEST_CASE("a message lands in its topic with key, value, time and receipt", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_breaker{}, stentor::no_tracer{}};
    const auto r = p.publish(note{"k", "hello"});
    REQUIRE(r);
    CHECK(r->topic == "notes");
    CHECK(r->partition == 0);
    CHECK(r->offset == 0);
    CHECK(r->attempts == 1);
    CHECK(r->time == broker.records("notes")[0].time);
    CHECK(log_of(broker) == std::vector<std::string>{"k=hello"});
    CHECK(p.account().persisted == 1);
    check_balanced(p.account());
}

TEST_CASE("what a call says wins over traits and settings", "[flow]") {
    const stentor::memory_broker broker{{.partitions = 4}};
    stentor::publisher_options options;
    options.topics = {{"notes", "other"}};
    publisher<> p{stentor::memory_transport{broker}, options};
    REQUIRE(p.publish(note{"k", "by settings"}));
    CHECK(broker.records("other").size() == 1);
    const stentor::timestamp then{std::chrono::milliseconds(1'700'000'000'123)};
    const auto r = p.publish(note{"k", "by call"}, {.topic = "third",
                                                    .key = "kk",
                                                    .headers = {{.name = "a", .value = "1"}, {.name = "a", .value = "2"}},
                                                    .partition = 3,
                                                    .timestamp = then});
    REQUIRE(r);
    CHECK(r->partition == 3);
    const stentor::memory_record& m = broker.records("third")[0];
    CHECK(m.key == "kk");
    CHECK(m.time == then);
    REQUIRE(m.headers.size() == 2);
    CHECK(m.headers[1].value == "2");
}

TEST_CASE("no key, an empty key and a tombstone are three things", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.publish(note{"k", "v"}, {.key = std::string_view{}}));
    REQUIRE(p.publish(note{"k", ""}, {.key = ""}));
    REQUIRE(p.erase<note>("gone"));
    const auto& log = broker.records("notes");
    CHECK_FALSE(log[0].has_key());
    CHECK(log[1].has_key());
    CHECK(log[1].key.empty());
    CHECK_FALSE(log[1].is_tombstone());
    CHECK(log[2].is_tombstone());
    CHECK(log[2].key == "gone");
}

TEST_CASE("publish_all gives one result an item, in order", "[flow]") {
    stentor::memory_broker broker;
    publisher<stentor::no_retry> p{stentor::memory_transport{broker}};
    broker.script({.key = "b", .fault = stentor::memory_fault::answer(10)});
    const auto results = p.publish_all(std::vector<note>{{"a", "1"}, {"b", "2"}, {"c", "3"}});
    REQUIRE(results.size() == 3);
    CHECK(results[0]);
    CHECK(results[1].error() == stentor::errc::message_too_large);
    CHECK(results[2]);
    check_balanced(p.account());
}

TEST_CASE("publish_all of nothing is nothing", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    CHECK(p.publish_all(std::vector<note>{}).empty());
}

TEST_CASE("a handler is called exactly once, later than its publish returns", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    int calls = 0;
    REQUIRE(p.async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt> r) { calls += r ? 1 : 100; }));
    CHECK(calls == 0);
    CHECK(p.account().in_flight == 1);
    broker.run_until_idle();
    CHECK(calls == 1);
    check_balanced(p.account());
}

TEST_CASE("a publisher can be moved while messages are in flight", "[flow]") {
    const stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    publisher<> q = std::move(p);
    CHECK(q.flush(1s));
    CHECK(seen.persisted() == 1);
    CHECK(q.publish(note{"k", "w"}));
    CHECK(p.publish(note{"k", "x"}).error() == stentor::errc::closed);
    CHECK_FALSE(p.async_publish(note{"k", "x"}, seen.into("x")));
    CHECK(p.account().accepted == 0);
}

TEST_CASE("a message id is a different UUID in every record, and stays in a retry", "[flow]") {
    stentor::memory_broker broker;
    stentor::publisher_options options;
    options.message_id = true;
    publisher<> p{stentor::memory_transport{broker}, options};
    REQUIRE(p.publish(note{"k", "1"}));
    broker.fail_next(1, stentor::errc::broker_unavailable);
    REQUIRE(p.publish(note{"k", "2"}));
    const auto& log = broker.records("notes");
    CHECK(log[0].headers.find("message-id").size() == 36);
    CHECK(log[1].headers.find("message-id").size() == 36);
    CHECK(log[0].headers.find("message-id") != log[1].headers.find("message-id"));
}

TEST_CASE("who is told of an outcome finds it in the account", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    stentor::account then;
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const auto&) { then = p.account(); }));
    broker.run_until_idle();
    CHECK(then.persisted == 1);
    CHECK(then.in_flight == 0);
}
