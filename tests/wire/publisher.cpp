// The publisher on librdkafka, against its mock cluster.

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "notes.hpp"

using namespace wire;
using stentor::errc;
using stentor::outcome;

TEST_CASE("a published message is in the log with key, value and trace, and its receipt says where") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 4);
    auto p = publisher({.brokers = cluster.bootstrap()});
    const auto r = p.publish(note{"k", "hello"}, {.headers = {{.name = "h", .value = "1"}}});
    REQUIRE(r);
    CHECK(r->topic == "notes");
    CHECK(r->attempts == 1);
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = reader.read(1);
    REQUIRE(got.size() == 1);
    CHECK(got[0].key == "k");
    CHECK(got[0].value == "hello");
    CHECK(got[0].partition == r->partition);
    CHECK(got[0].offset == r->offset);
    CHECK(got[0].header("h") == "1");
    CHECK(got[0].header("traceparent").value_or("").size() == 55);
    CHECK(got[0].headers.size() == 2);
    check_balanced(p.account());
}

TEST_CASE("a tombstone and a record without a key arrive as such") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    REQUIRE(p.erase<note>("gone"));
    REQUIRE(p.publish(note{"", "no key"}));
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = reader.read(2);
    REQUIRE(got.size() == 2);
    CHECK(got[0].key == "gone");
    CHECK_FALSE(got[0].value.has_value());
    CHECK_FALSE(got[1].key.has_value());
}

TEST_CASE("thousands of asynchronous publishes from several threads: each one outcome, in order per key") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 3);
    constexpr int threads = 4;
    constexpr int each = 5000;
    std::atomic<int> outcomes{0};
    std::atomic<int> persisted{0};
    auto p = publisher({.brokers = cluster.bootstrap()});
    std::vector<std::thread> callers;
    for (int t = 0; t < threads; ++t) {
        callers.emplace_back([&, t] {
            for (int i = 0; i < each; ++i) {
                const auto e =
                    p.async_publish(note{std::to_string(t), std::to_string(i)}, [&](stentor::result<stentor::receipt> r) {
                        persisted += r ? 1 : 0;
                        ++outcomes;
                    });
                if (!e) {
                    ++outcomes;
                }
            }
        });
    }
    for (auto& c : callers) {
        c.join();
    }
    REQUIRE(p.flush(20s));
    CHECK(outcomes == threads * each);
    CHECK(persisted == threads * each);
    check_balanced(p.account());
    stentor::topic_reader reader(cluster.bootstrap(), "notes");
    const auto got = reader.read(threads * each);
    REQUIRE(got.size() == threads * each);
    std::vector<int> next(threads, 0);
    for (const auto& r : got) {
        int& n = next[static_cast<std::size_t>(std::stoi(*r.key))];
        CHECK(std::stoi(*r.value) == n);
        ++n;
    }
}

TEST_CASE("publish_all waits for all") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    std::vector<note> many;
    for (int i = 0; i < 2000; ++i) {
        many.push_back({"k", std::to_string(i)});
    }
    const auto results = p.publish_all(many);
    REQUIRE(results.size() == many.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        REQUIRE(results[i]);
        CHECK(results[i]->offset == static_cast<std::int64_t>(i));
    }
}

TEST_CASE("calls that wait answer would_deadlock on the event thread, asynchronous ones work there") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    std::atomic<int> seen{0};
    std::atomic<bool> inner{false};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt>) {
        seen += p.publish(note{"k", "x"}).error() == errc::would_deadlock ? 1 : 0;
        seen += p.flush(1s).error() == errc::would_deadlock ? 1 : 0;
        seen += p.close(1s).error() == errc::would_deadlock ? 1 : 0;
        seen += p.async_publish(note{"k", "inner"}, [&](stentor::result<stentor::receipt> r) { inner = r.has_value(); }) ? 1 : 0;
    }));
    CHECK(eventually([&] { return inner.load(); }));
    CHECK(seen == 4);
}

TEST_CASE("a handler that holds the event thread delays others, but no synchronous waiter past its deadline + 250 ms") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    REQUIRE(p.publish(note{"k", "warm"}));
    // A machine that stands still for a moment makes one of them late, and who waits for the handler all: that takes 2 s.
    stentor::nanoseconds shortest = stentor::nanoseconds::max();
    for (int i = 0; i < 5 && shortest >= 550ms; ++i) {
        std::atomic<bool> held{false};
        std::atomic<bool> let_go{false};
        REQUIRE(p.async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt>) {
            held = true;
            (void)eventually([&] { return let_go.load(); }, 2s);
        }));
        REQUIRE(eventually([&] { return held.load(); }));
        const auto began = clock_type::now();
        const auto r = p.publish(note{"k", "w"}, {.deadline = 300ms});
        const stentor::nanoseconds took = clock_type::now() - began;
        shortest = std::min(shortest, took);
        CHECK_FALSE(r);
        if (!r) {
            CHECK(r.error() == errc::deadline_exceeded);
            CHECK(r.error().outcome == outcome::unknown);
            CHECK(r.error().hint.find("not in a handler") != std::string::npos);
        }
        CHECK(took >= 300ms);
        let_go = true;
        CHECK(p.flush(5s));
    }
    CHECK(shortest < 550ms);
    check_balanced(p.account());
}

TEST_CASE("after close no handler runs, and publishing is refused") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    std::atomic<int> handled{0};
    for (int i = 0; i < 100; ++i) {
        REQUIRE(p.async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt>) { ++handled; }));
    }
    REQUIRE(p.close(5s));
    CHECK(handled == 100);
    CHECK(p.publish(note{"k", "v"}).error() == errc::closed);
}

TEST_CASE("a publisher that its own handler destroys is retired; what is in flight gets its outcome") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    using kind = decltype(publisher(stentor::kafka_config{}));
    auto p = std::make_unique<kind>(publisher({.brokers = cluster.bootstrap()}));
    std::atomic<bool> gone{false};
    std::atomic<int> others{0};
    cluster.round_trip_time(100ms);  // nothing is reported while we still send
    REQUIRE(p->async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt>) {
        p.reset();
        gone = true;
    }));
    for (int i = 0; i < 50; ++i) {
        REQUIRE(p->async_publish(note{"k", "v"}, [&](stentor::result<stentor::receipt>) { ++others; }));
    }
    CHECK(eventually([&] { return others == 50; }));
    CHECK(eventually([&] { return gone.load(); }));
}

TEST_CASE("a forked child is told closed, closes and destroys its copy at once, and the parent goes on") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    auto p = publisher({.brokers = cluster.bootstrap()});
    REQUIRE(p.publish(note{"k", "before"}));
    std::atomic<int> told{0};
    cluster.round_trip_time(500ms);
    for (int i = 0; i < 10; ++i) {
        REQUIRE(p.async_publish(note{"k", "in flight"}, [&](const auto& r) { told += r ? 1 : 100; }));
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::alarm(4);  // a child that waits for anything ends, and is noticed: its destructor alone would wait longer
        const auto r = p.publish(note{"k", "child"}, {.deadline = 20s});
        const auto flushed = p.flush(20s);
        const bool well = !r && r.error() == errc::closed && !flushed && flushed.error() == errc::closed && p.close(20s);
        {
            const auto destroyed_here = std::move(p);
        }
        ::_exit(well && told == 0 ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(p.flush(20s));
    CHECK(told == 10);
    CHECK(p.publish(note{"k", "after"}));
    check_balanced(p.account());
}

TEST_CASE("publishers come and go on a client that meets fatal errors: each record has one outcome, each error one new client") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 2);
    const auto client = stentor::kafka_client::shared({.brokers = cluster.bootstrap(), .attempt_timeout = 2s});
    std::atomic<bool> stop{false};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> ended{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t) {
        threads.emplace_back([&] {
            while (!stop) {
                stentor::basic_publisher p{stentor::kafka_transport{client}, text_serializer{}};
                for (int i = 0; i < 50; ++i) {
                    accepted += p.async_publish(note{std::to_string(i), "v"}, [&](const auto&) { ++ended; }) ? 1U : 0U;
                }
                (void)p.close(1s);
            }
        });
    }
    for (int i = 0; i < 3; ++i) {  // as many as may come in a minute: one too many, and the last record could not go
        std::this_thread::sleep_for(400ms);
        cluster.fail_produce({45});
    }
    std::this_thread::sleep_for(800ms);
    stop = true;
    for (auto& t : threads) {
        t.join();
    }
    CHECK(ended == accepted);
    stentor::basic_publisher last{stentor::kafka_transport{client}, text_serializer{}};
    CHECK(last.publish(note{"k", "v"}, {.deadline = 5s}));
}
