// Order per key: no retry ever puts a message behind a later one of its key.

#include <map>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::memory_fault;

namespace {

std::vector<std::string> expected(int count) {
    std::vector<std::string> lines;
    for (int i = 0; i < count; ++i) {
        lines.push_back("k=" + std::to_string(i));
    }
    return lines;
}

}  // namespace

TEST_CASE("an outage with 50 records of one key in flight retries all 50, in order", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(50, errc::broker_unavailable);
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p.async_publish(note{"k", std::to_string(i)}, seen.into(std::to_string(i))));
    }
    REQUIRE(p.flush(10s));
    CHECK(seen.persisted() == 50);
    for (const auto& one : seen.all) {
        CHECK(one.result->attempts == 2);
    }
    CHECK(log_of(broker) == expected(50));
    CHECK(broker.elapsed() < 1s);
}

TEST_CASE("while one of a key is back, a later one waits, and goes out behind it", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    broker.advance(50ms);
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("1")));
    REQUIRE(p.async_publish(note{"other", "x"}, seen.into("x")));
    broker.advance(0ms);
    CHECK(log_of(broker) == std::vector<std::string>{"other=x"});
    REQUIRE(p.flush(10s));
    CHECK(log_of(broker) == std::vector<std::string>{"other=x", "k=0", "k=1"});
}

TEST_CASE("one that failed is not tried again once a later one of its key is in the log, and says so", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("1")));
    REQUIRE(p.flush(10s));
    CHECK(log_of(broker) == std::vector<std::string>{"k=1"});
    REQUIRE(seen.all.size() == 2);
    for (const auto& one : seen.all) {
        if (one.text == "0") {
            REQUIRE_FALSE(one.result);
            CHECK(one.result.error() == errc::broker_unavailable);
            CHECK(one.result.error().cause.find("a later record of its key is in the log") != std::string::npos);
        }
    }
}

TEST_CASE("a later record that may be in the log counts, also when its caller was told long ago", "[flow]") {
    stentor::memory_broker broker{{.attempt_timeout = 1s}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 9, .initial = 100ms}};
    // The first fails late; the second is in the log, its acknowledgement comes after its own deadline and before the first's
    // failure.
    broker.script({.key = "k", .attempt = 1, .fault = memory_fault::time_out()});
    broker.script({.key = "k", .attempt = 2, .fault = memory_fault::late_acknowledgement(900ms)});
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("1"), {.deadline = 100ms}));
    REQUIRE(p.flush(20s));
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[0].text == "1");
    CHECK(seen.all[0].result.error().outcome == stentor::outcome::unknown);
    CHECK(seen.all[1].result.error() == errc::deadline_exceeded);
    CHECK(log_of(broker) == std::vector<std::string>{"k=1"});
}

TEST_CASE("keys don't wait for each other", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 3, .initial = 1s}};
    broker.script({.key = "slow", .times = 1, .fault = memory_fault::answer(19)});
    REQUIRE(p.async_publish(note{"slow", "0"}, seen.into("slow")));
    for (int i = 0; i < 20; ++i) {
        REQUIRE(p.async_publish(note{"k" + std::to_string(i), "v"}, seen.into("v")));
    }
    broker.advance(1ms);
    CHECK(seen.persisted() == 20);
    REQUIRE(p.flush(10s));
    CHECK(seen.persisted() == 21);
}

TEST_CASE("one hot key parks so many and no more, and takes nothing from others", "[flow]") {
    stentor::memory_broker broker;
    stentor::publisher_options options;
    options.parked_per_lane = 10;
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, three_tries, options};
    broker.fail_next(1, errc::broker_unavailable);
    REQUIRE(p.async_publish(note{"hot", "0"}, seen.into("0")));
    broker.advance(1ms);
    // The one that waits for its retry counts, too.
    for (int i = 1; i <= 9; ++i) {
        REQUIRE(p.try_async_publish(note{"hot", std::to_string(i)}, seen.into("")));
    }
    const auto full = p.try_async_publish(note{"hot", "10"}, seen.into(""));
    REQUIRE_FALSE(full);
    CHECK(full.error() == errc::queue_full);
    CHECK(p.try_async_publish(note{"cold", "1"}, seen.into("")));
    // Who may wait waits for the lane, and goes out behind the others.
    CHECK(p.publish(note{"hot", "12"}));
    const auto log = log_of(broker);
    CHECK(log.back() == "hot=12");
    REQUIRE(p.flush(10s));
    CHECK(log_of(broker).size() == 12);
    check_balanced(p.account());
}

TEST_CASE("random faults never reorder what is in the log", "[flow]") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        stentor::memory_broker broker{{.seed = seed, .latency = 1ms, .attempt_timeout = 500ms}};
        publisher<> p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 5, .initial = 10ms}};
        broker.random_faults({.probability = 0.2, .slow = 50ms});
        outcomes seen;
        for (int i = 0; i < 300; ++i) {
            (void)p.async_publish(note{std::to_string(i % 3), std::to_string(i)}, seen.into(std::to_string(i)), {.deadline = 5s});
            if (i % 10 == 0) {
                broker.advance(std::chrono::milliseconds(i % 7));
            }
        }
        REQUIRE(p.close(20s));
        check_balanced(p.account());
        std::map<std::string, int> last;
        for (const stentor::memory_record& r : broker.records("notes")) {
            const int n = std::stoi(std::string(r.value));
            int& before = last.try_emplace(std::string(r.key), -1).first->second;
            // A scripted duplicate repeats the record at once; nothing else may come twice or late.
            CHECK(n >= before);
            before = n;
        }
    }
}
