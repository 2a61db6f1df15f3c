#include <stentor/transport/memory.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "memory_probe.hpp"

using namespace std::chrono_literals;
using probe::core;
using stentor::memory_broker;
using stentor::outcome;

TEST_CASE("threads on a shared broker each get their own reports, and time stands still") {
    constexpr int threads = 4;
    constexpr int each = 500;
    memory_broker broker{{.shared = true, .partitions = 2}};
    std::atomic<int> persisted{0};
    std::vector<std::thread> all;
    for (int n = 0; n < threads; ++n) {
        all.emplace_back([&, n] {
            core c{broker};
            for (int i = 0; i < each; ++i) {
                stentor::latch done;
                c.on_report = [&] { done.set(); };
                if (c.send(std::to_string(n), std::to_string(i)) || !c.transport.wait(done, c.in(1h))) {
                    return;
                }
                persisted += c.reports.back().outcome == outcome::persisted;
            }
        });
    }
    for (std::thread& t : all) {
        t.join();
    }
    CHECK(persisted == threads * each);
    CHECK(broker.records("t").size() == threads * each);
    CHECK(broker.elapsed() == 0s);
    std::vector<int> next(threads, 0);
    bool in_order = true;
    for (const stentor::memory_record& r : broker.records("t")) {
        in_order = in_order && r.value == std::to_string(next[static_cast<std::size_t>(r.key[0] - '0')]++);
    }
    CHECK(in_order);
}

TEST_CASE("a wait on a shared broker ends when another thread moves time past its end") {
    memory_broker broker{{.shared = true}};
    core c{broker};
    const stentor::instant until = c.in(1s);
    std::atomic<bool> started{false};
    bool set = true;
    std::thread waiter([&] {
        stentor::latch never;
        started = true;
        set = c.transport.wait(never, until);
    });
    while (!started) {
        std::this_thread::yield();
    }
    broker.advance(2s);
    waiter.join();
    CHECK_FALSE(set);
    CHECK(broker.elapsed() == 2s);
}

TEST_CASE("a wait on a shared broker ends when another thread brings the answer") {
    memory_broker broker{{.shared = true, .latency = 5ms}};
    core c{broker};
    bool set = false;
    stentor::latch done;
    c.on_report = [&] { done.set(); };
    CHECK_FALSE(c.send("k"));
    std::thread waiter([&, until = c.in(1s)] { set = c.transport.wait(done, until); });
    broker.advance(5ms);
    waiter.join();
    CHECK(set);
    CHECK(broker.elapsed() == 5ms);
}

TEST_CASE("handlers on a shared broker may submit, and advance waits its turn") {
    memory_broker broker{{.shared = true, .latency = 1ms}};
    core c{broker};
    bool refused = false;
    bool taken = true;
    c.on_report = [&] {
        if (c.completions.size() < 3) {
            taken = !c.send("k") && taken;
        }
        try {
            broker.advance(1s);
        } catch (const std::logic_error&) {
            refused = true;
        }
    };
    CHECK_FALSE(c.send("k"));
    std::thread other([&] {
        for (int i = 0; i < 100; ++i) {
            broker.advance(1ms);
        }
    });
    for (int i = 0; i < 100; ++i) {
        broker.advance(1ms);
    }
    other.join();
    CHECK(refused);
    CHECK(taken);
    CHECK(c.reports.size() == 3);
    CHECK(broker.elapsed() == 200ms);
}

TEST_CASE("what becomes due on a shared broker is told at once") {
    memory_broker broker{{.shared = true}};
    core c{broker};
    broker.hold();
    CHECK_FALSE(c.send("k"));
    broker.release();
    CHECK(c.reports.size() == 1);
    broker.down();
    CHECK(c.news.size() == 1);
    broker.up();
    CHECK(c.resumes.size() == 1);
    CHECK(c.reports.size() == 1);
}
