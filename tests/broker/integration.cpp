// The web crawl publisher's integration criteria, on a real broker: each test bears the name of its criterion.

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "support/gateway.hpp"

using namespace broker;
using stentor::outcome;

TEST_CASE("actual Kafka message publishing") {
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks", 3);
    auto p = gateway(topic);
    for (int i = 0; i < 100; ++i) {
        const auto r =
            publish_new_task(p, "task-" + std::to_string(i), "user@example.com", "winter boots", "https://shop.example/");
        REQUIRE(r);
        CHECK(r->topic == topic);
        CHECK(r->attempts == 1);
        CHECK(r->offset >= 0);
        CHECK(r->time > stentor::timestamp{});
    }
    check_balanced(p.account());
    CHECK(p.account().persisted == 100);
}

TEST_CASE("message consumption verification") {
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks", 3);
    auto p = gateway(topic);
    std::map<std::string, stentor::receipt> receipts;
    for (int i = 0; i < 100; ++i) {
        const std::string id = "task-" + std::to_string(i);
        receipts[id] = publish_new_task(p, id, "user@example.com", "query \"" + id + "\"\n", "https://shop.example/").value();
    }
    stentor::topic_reader reader(cluster::shared().brokers(), topic);
    const auto got = reader.read(100);
    REQUIRE(got.size() == 100);
    for (const auto& record : got) {
        const auto& where = receipts.at(record.key.value());
        CHECK(record.partition == where.partition);
        CHECK(record.offset == where.offset);
        CHECK(record.time == where.time);
        CHECK(field(record, "taskId") == *record.key);
        CHECK(field(record, "query") == "query \"" + *record.key + "\"\n");
    }
    CHECK(reader.read(1, 200ms).empty());  // and nothing else
}

TEST_CASE("trace context propagation end-to-end") {
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks");
    auto p = gateway(topic);
    const stentor::trace_context incoming{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=t61rcWkgMzE,other=1"};
    REQUIRE(publish_new_task(p, "traced", "user@example.com", "q", "https://shop.example/", incoming));
    REQUIRE(publish_new_task(p, "new-1", "user@example.com", "q", "https://shop.example/"));
    REQUIRE(publish_new_task(p, "new-2", "user@example.com", "q", "https://shop.example/"));
    stentor::topic_reader reader(cluster::shared().brokers(), topic);
    const auto got = reader.read(3);
    REQUIRE(got.size() == 3);
    CHECK(got[0].header("traceparent") == incoming.traceparent);
    CHECK(got[0].header("tracestate") == incoming.tracestate);
    // What came without a trace starts one, each its own.
    const std::regex valid("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[0-3]");
    std::set<std::string> traces;
    for (const auto& record : got) {
        const std::string trace = record.header("traceparent").value_or("");
        CHECK(std::regex_match(trace, valid));
        traces.insert(trace.substr(3, 32));
    }
    CHECK(traces.size() == 3);
    CHECK(got[1].header("tracestate") == "");
}

TEST_CASE("error recovery scenarios: the broker is killed and comes back, and all that was accepted is in the log once, in order") {
    const cluster& kafka = cluster::shared();
    const std::string topic = make_topic(kafka.brokers(), "tasks", 3);
    auto p = gateway(topic, {.deadline = 60s}, {.attempt_timeout = 45s});
    std::atomic<int> persisted{0};
    std::atomic<int> failed{0};
    std::map<int, std::string> answers;  // by the event thread, until all is flushed
    int sent = 0;
    std::jthread caller([&](const std::stop_token& enough) {
        for (; !enough.stop_requested() || sent % 100 != 0; ++sent) {
            const auto accepted =
                async_publish_new_task(p, "task-" + std::to_string(sent % 10), "user@example.com", std::to_string(sent),
                                       "https://shop.example/", {}, [&, number = sent](const stentor::result<stentor::receipt>& r) {
                                           ++(r ? persisted : failed);
                                           answers[number] = r ? Catch::Detail::stringify(*r) : r.error().message();
                                       });
            if (!accepted) {
                ++failed;
            }
            std::this_thread::sleep_for(1ms);
        }
    });
    REQUIRE(eventually([&] { return persisted > 200; }));
    kafka.run("kill 1");
    const bool noticed = eventually([&] { return !p.transport().up(); });
    kafka.run("start 1");
    const int before = persisted;
    const bool went_on = eventually([&] { return persisted > before + 200; }, 20s);
    caller.request_stop();
    caller.join();
    CHECK(noticed);
    CHECK(went_on);
    REQUIRE(p.flush(60s));
    CHECK(failed == 0);
    CHECK(persisted == sent);
    CHECK(p.breaker().state() == stentor::circuit::closed);
    check_balanced(p.account());

    stentor::topic_reader reader(kafka.brokers(), topic);
    const auto got = reader.read(static_cast<std::size_t>(sent));
    std::map<std::string, int> last;
    std::set<int> seen;
    for (const auto& record : got) {
        const int number = std::stoi(field(record, "query"));
        CHECK(seen.insert(number).second);
        CHECK(number >= last[*record.key]);
        last[*record.key] = number;
    }
    for (int number = 0; number < sent; ++number) {
        INFO("number " << number << ": " << answers[number]);
        CHECK(seen.contains(number));
    }
    CHECK(reader.read(1, 200ms).empty());
}

TEST_CASE("performance under load: many callers at once, each message has its outcome and nothing waits behind another") {
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks", 8);
    auto p = gateway(topic);
    constexpr int callers = 16;
    constexpr int each = 250;
    std::atomic<int> good{0};
    std::atomic<long> slowest_us{0};
    std::mutex lock;
    std::string last_failure;
    std::vector<std::thread> threads;
    for (int c = 0; c < callers; ++c) {
        threads.emplace_back([&, c] {
            for (int i = 0; i < each; ++i) {
                const auto began = clock_type::now();
                const auto r = publish_new_task(p, std::to_string(c) + "-" + std::to_string(i), "user@example.com", "q",
                                                "https://shop.example/");
                if (r) {
                    ++good;
                } else {
                    const std::lock_guard guard(lock);
                    last_failure = r.error().message();
                }
                const long took = std::chrono::duration_cast<std::chrono::microseconds>(clock_type::now() - began).count();
                for (long seen = slowest_us; took > seen && !slowest_us.compare_exchange_weak(seen, took);) {
                }
            }
        });
    }
    for (auto& t : threads) {
        t.join();
    }
    CAPTURE(last_failure);
    CHECK(good == callers * each);
    CHECK(slowest_us < 2'000'000);
    check_balanced(p.account());
    stentor::topic_reader reader(cluster::shared().brokers(), topic);
    CHECK(reader.read(callers * each).size() == callers * each);
}
