// Outages as a publisher's callers see them: definite answers in time, order, recovery.

#include <atomic>
#include <mutex>
#include <thread>

#include <stentor/testing/recording_tracer.hpp>

#include "notes.hpp"

using namespace wire;
using stentor::errc;
using stentor::outcome;

namespace {

/// Outcomes, as the event thread tells them.
struct outcomes {
    struct one {
        std::string text;
        stentor::result<stentor::receipt> result;
        clock_type::time_point when;
    };
    std::mutex lock;
    std::vector<one> all;

    auto into(std::string text) {
        return [this, text = std::move(text)](stentor::result<stentor::receipt> r) {
            const std::lock_guard guard(lock);
            all.push_back({text, std::move(r), clock_type::now()});
        };
    }
    std::size_t count() {
        const std::lock_guard guard(lock);
        return all.size();
    }
};

}  // namespace

TEST_CASE("an outage with 50 records of one key in flight retries all 50, in order, on the wire") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    outcomes seen;
    const stentor::recording_tracer traced;
    auto p = publisher({.brokers = cluster.bootstrap(), .attempt_timeout = 1s}, stentor::no_breaker{},
                       stentor::exponential_backoff{.attempts = 20, .initial = 100ms}, traced);
    REQUIRE(p.publish(note{"k", "warm"}));
    cluster.fail_produce(19, 100'000);
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{"k", std::to_string(i)}, seen.into(std::to_string(i))));
    }
    REQUIRE(eventually([&] { return traced.entries(stentor::recording_tracer::entry::kind::retrying).size() >= 50; }, 10s));
    CHECK(seen.count() == 0);
    cluster.clear_produce_failures();
    REQUIRE(p.flush(20s));
    REQUIRE(seen.all.size() == 50);
    for (const auto& one : seen.all) {
        REQUIRE(one.result);
        CHECK(one.result->attempts >= 2);
    }
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = texts(reader.read(51));
    REQUIRE(got.size() == 51);
    for (int i = 0; i < 50; ++i) {
        CHECK(got[static_cast<std::size_t>(i) + 1] == std::to_string(i));
    }
    check_balanced(p.account());
}

TEST_CASE("a retry keeps the timestamp of its record") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::no_breaker{},
                       stentor::exponential_backoff{.attempts = 3, .initial = 10ms});
    REQUIRE(p.publish(note{"k", "warm"}));
    const stentor::timestamp long_ago{1'700'000'000'123ms};
    cluster.fail_produce({89});
    const auto r = p.publish(note{"k", "v"}, {.timestamp = long_ago});
    REQUIRE(r);
    CHECK(r->attempts == 2);
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = reader.read(2);
    REQUIRE(got.size() == 2);
    CHECK(got[1].time == long_ago);
}

TEST_CASE("two-second deadlines on a client that never found its broker: definite not_persisted by 2.25 s") {
    outcomes seen;
    auto p = publisher({.brokers = "127.0.0.1:9"});
    const auto began = clock_type::now();
    for (int i = 0; i < 100; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i % 7), "v"}, seen.into("v"), {.deadline = 2s}));
    }
    const auto sync = p.publish(note{"k", "v"}, {.deadline = 2s});
    REQUIRE_FALSE(sync);
    CHECK(sync.error().outcome == outcome::not_persisted);
    REQUIRE(p.flush(1s));
    REQUIRE(seen.all.size() == 100);
    for (const auto& one : seen.all) {
        REQUIRE_FALSE(one.result);
        CHECK(one.result.error() == errc::deadline_exceeded);
        CHECK(one.result.error().outcome == outcome::not_persisted);
        CHECK(one.result.error().cause.find("127.0.0.1:9") != std::string::npos);
        CHECK(one.when - began >= 1990ms);
        CHECK(one.when - began < 2300ms);
    }
    check_balanced(p.account());
}

TEST_CASE("two-second deadlines in an outage after healthy traffic, and everything goes on in order when the broker is back") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    outcomes seen;
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::no_breaker{});
    for (int i = 0; i < 100; ++i) {
        REQUIRE(p.publish(note{"k", "healthy"}));
    }
    cluster.down();
    REQUIRE(eventually([&] { return !p.transport().up(); }));
    const auto began = clock_type::now();
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{"k", "lost"}, seen.into("lost"), {.deadline = 2s}));
    }
    REQUIRE(eventually([&] { return seen.count() == 50; }));
    for (const auto& one : seen.all) {
        REQUIRE_FALSE(one.result);
        CHECK(one.result.error().outcome == outcome::not_persisted);
        CHECK(one.when - began < 2300ms);
    }
    seen.all.clear();
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{"k", std::to_string(i)}, seen.into(std::to_string(i))));
    }
    const auto back = clock_type::now();
    cluster.up();
    REQUIRE(p.flush(10s));
    CHECK(clock_type::now() - back < 1500ms);
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = texts(reader.read(150));
    REQUIRE(got.size() == 150);
    for (int i = 0; i < 50; ++i) {
        CHECK(got[static_cast<std::size_t>(i) + 100] == std::to_string(i));
    }
}

TEST_CASE("what is inside when the broker hangs ends by its deadline + 250 ms, and a late report comes once") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    std::atomic<int> late{0};
    stentor::publisher_options options;
    options.late_outcome = [&](const stentor::late_report& r) { late += r.outcome == outcome::persisted ? 1 : 100; };
    auto p = publisher({.brokers = cluster.bootstrap()}, options);
    REQUIRE(p.publish(note{"k", "warm"}));
    cluster.delay_produce(1, 1500ms, 1);
    const auto began = clock_type::now();
    const auto r = p.publish(note{"k", "slow"}, {.deadline = 500ms});
    const auto took = clock_type::now() - began;
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(took >= 490ms);
    CHECK(took < 760ms);
    CHECK(eventually([&] { return late == 1; }));
    CHECK(p.account().unknown == 1);
    check_balanced(p.account());
}

TEST_CASE("a missing topic and a denied one end at once, the breaker stays closed") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    cluster.topic_error("missing", 3);
    cluster.topic_error("denied", 29);
    auto p = publisher({.brokers = cluster.bootstrap()});
    const auto began = clock_type::now();
    CHECK(p.publish(note{"k", "v"}, {.topic = "missing"}).error() == errc::unknown_topic);
    CHECK(p.publish(note{"k", "v"}, {.topic = "denied"}).error() == errc::authorization);
    CHECK(clock_type::now() - began < 2s);
    CHECK(p.breaker().state() == stentor::circuit::closed);
    CHECK(p.publish(note{"k", "v"}));
}

TEST_CASE("a record for a topic that gets no leader in time ends definite, and says that") {
    stentor::mock_cluster cluster;
    cluster.topic_error("leaderless", 5);
    auto p = publisher({.brokers = cluster.bootstrap()});
    const auto r = p.publish(note{"k", "v"}, {.topic = "leaderless", .deadline = 1s});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == outcome::not_persisted);
    CHECK(r.error().cause.find("LEADER_NOT_AVAILABLE") != std::string::npos);
}

TEST_CASE("dead letters land in their topic with the story of the failure") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    cluster.create_topic("dead-letter", 1);
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::dead_letter<>{});
    REQUIRE(p.publish(note{"k", "warm"}));
    cluster.fail_produce({10});
    const auto r = p.publish(note{"k", "large"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::message_too_large);
    CHECK(r.error().dead_letter.what == stentor::dead_letter_result::state::written);
    stentor::topic_reader reader(cluster.bootstrap(), "dead-letter");
    const auto got = reader.read(1);
    REQUIRE(got.size() == 1);
    CHECK(got[0].key == "k");
    CHECK(got[0].value == "large");
    CHECK(got[0].header("stentor-dlq-original-topic") == "notes");
    CHECK(got[0].header("stentor-dlq-error") == "message_too_large");
    CHECK(got[0].header("stentor-dlq-attempts") == "1");
}

TEST_CASE("the failure classes that the mock cluster can make, each on the wire") {
    struct expectation {
        int code;
        errc condition;
    };
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::no_breaker{}, stentor::no_retry{});
    REQUIRE(p.publish(note{"k", "warm"}));
    for (const auto& [code, condition] : {expectation{10, errc::message_too_large},
                                          {18, errc::message_too_large},
                                          {29, errc::authorization},
                                          {31, errc::authorization},
                                          {2, errc::rejected},
                                          {17, errc::rejected},
                                          {32, errc::rejected},
                                          {43, errc::rejected},
                                          {44, errc::rejected},
                                          {87, errc::rejected},
                                          {58, errc::authentication},
                                          {74, errc::broker_unavailable},
                                          {89, errc::broker_unavailable}}) {
        INFO("code " << code);
        if (code == 2 && ::rd_kafka_version() >= 0x02040000) {
            continue;  // retried by librdkafka itself from 2.4 on
        }
        cluster.fail_produce({code});
        const auto r = p.publish(note{"k", "v"}, {.deadline = 5s});
        REQUIRE_FALSE(r);
        CHECK(r.error() == condition);
        CHECK(r.error().outcome == outcome::not_persisted);
    }
    check_balanced(p.account());
}

TEST_CASE("what is published between a fatal error and the word of it waits for the new client") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    std::atomic<bool> held{false};
    std::atomic<bool> go_on{false};
    outcomes seen;
    auto p = publisher({.brokers = cluster.bootstrap()});
    REQUIRE(p.publish(note{"k", "warm"}));
    // A handler keeps the event thread from hearing of it.
    REQUIRE(p.async_publish(note{"k", "slow"}, [&](const stentor::result<stentor::receipt>&) {
        held = true;
        (void)eventually([&] { return go_on.load(); }, 5s);
    }));
    REQUIRE(eventually([&] { return held.load(); }, 5s));
    cluster.fail_produce({45});
    REQUIRE(p.async_publish(note{"k", "meets it"}, [](const stentor::result<stentor::receipt>&) {}));
    std::this_thread::sleep_for(300ms);  // only librdkafka knows when it has met it
    for (int i = 0; i < 20; ++i) {
        REQUIRE(p.async_publish(note{std::to_string(i), "behind"}, seen.into("behind")));
    }
    go_on = true;
    REQUIRE(p.flush(15s));
    REQUIRE(seen.count() == 20);
    for (const auto& one : seen.all) {
        CHECK(one.result);
    }
}
