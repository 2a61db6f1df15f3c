#include <stentor/transport/memory.hpp>

#include <chrono>
#include <memory>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include "memory_probe.hpp"

using namespace std::chrono_literals;
using probe::core;
using stentor::memory_broker;

TEST_CASE("a submitted record is logged and reported, and never from inside submit") {
    memory_broker broker;
    core c{broker};
    CHECK_FALSE(c.send("k", "hello"));
    CHECK(c.reports.empty());
    CHECK(broker.pending() == 1);
    CHECK(broker.run_until_idle());
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == stentor::outcome::persisted);
    CHECK(c.reports[0].partition == 0);
    CHECK(c.reports[0].offset == 0);
    CHECK(c.off_event_thread == 0);
    CHECK(broker.elapsed() == 0ns);
    REQUIRE(broker.records("t").size() == 1);
    CHECK(broker.records("t")[0].value == "hello");
    CHECK(broker.records("t")[0].key == "k");
    CHECK(broker.records("t")[0].headers.find("made") == "hello");
    CHECK(broker.records("t")[0].headers.find("fixed") == "f");
    CHECK(broker.records("t")[0].time == broker.wall());
}

TEST_CASE("null and empty keys and values stay apart") {
    memory_broker broker;
    core c{broker};
    CHECK_FALSE(c.send({}, {}));
    CHECK_FALSE(c.send("", ""));
    broker.run_until_idle();
    const stentor::memory_log& log = broker.records("t");
    CHECK_FALSE(log[0].has_key());
    CHECK(log[0].is_tombstone());
    CHECK(log[1].has_key());
    CHECK_FALSE(log[1].is_tombstone());
}

TEST_CASE("the log of a topic nobody wrote to is empty, and the same one is filled later") {
    memory_broker broker;
    const stentor::memory_log& log = broker.records("t");
    CHECK(log.empty());
    core c{broker};
    CHECK_FALSE(c.send("k"));
    broker.run_until_idle();
    CHECK(log.size() == 1);
    std::size_t seen = 0;
    for (const stentor::memory_record& r : log) {
        seen += r.value.size();
    }
    CHECK(seen == 1);
    CHECK_THROWS_AS(log.at(1), std::out_of_range);
}

TEST_CASE("wait runs the world until the latch is set, and no further") {
    memory_broker broker{{.latency = 5ms}};
    core c{broker};
    stentor::latch done;
    c.on_report = [&] { done.set(); };
    c.transport.wake_at(c.in(20ms));
    CHECK_FALSE(c.send("k"));
    CHECK(c.transport.wait(done, c.in(1s)));
    CHECK(broker.elapsed() == 5ms);
    CHECK(c.alarms.empty());
}

TEST_CASE("wait gives up at its instant, and time is then that instant") {
    memory_broker broker;
    core c{broker};
    stentor::latch never;
    c.transport.wake_at(c.in(20ms));
    CHECK_FALSE(c.transport.wait(never, c.in(1s)));
    CHECK(broker.elapsed() == 1s);
    CHECK(c.alarms == std::vector<stentor::nanoseconds>{20ms});
    CHECK(c.transport.now().wall == stentor::timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}} + 1s);
}

TEST_CASE("an event exactly at the instant of a wait still happens") {
    memory_broker broker{{.latency = 5ms}};
    core c{broker};
    stentor::latch done;
    c.on_report = [&] { done.set(); };
    CHECK_FALSE(c.send("k"));
    CHECK(c.transport.wait(done, c.in(5ms)));
}

TEST_CASE("the earliest alarm counts, one in the past comes at once, and each comes once") {
    memory_broker broker;
    core c{broker};
    c.transport.wake_at(c.in(30ms));
    c.transport.wake_at(c.in(10ms));
    c.transport.wake_at(c.in(20ms));
    CHECK(c.alarms.empty());
    broker.advance(1s);
    CHECK(c.alarms == std::vector<stentor::nanoseconds>{10ms});
    c.transport.wake_at(c.in(-1h));
    CHECK(c.alarms.size() == 1);
    broker.advance(0s);
    CHECK(c.alarms == std::vector<stentor::nanoseconds>{10ms, 1s});
}

TEST_CASE("what happens at one instant happens in the order in which it was asked for") {
    memory_broker broker{{.latency = 10ms}};
    core c{broker};
    std::string order;
    c.on_report = [&] { order += 'r'; };
    c.on_woken = [&] { order += 'w'; };
    CHECK_FALSE(c.send("k"));
    c.transport.wake_at(c.in(10ms));
    CHECK_FALSE(c.send("k"));
    broker.advance(10ms);
    CHECK(order == "rwr");
}

TEST_CASE("handlers may submit, and cannot move time") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    bool refused = false;
    c.on_report = [&] {
        if (c.completions.size() < 3) {
            CHECK_FALSE(c.send("k"));
        }
        try {
            broker.advance(1s);
        } catch (const std::logic_error&) {
            refused = true;
        }
    };
    CHECK_FALSE(c.send("k"));
    broker.run_until_idle();
    CHECK(refused);
    CHECK(c.reports.size() == 3);
    CHECK(broker.elapsed() == 3ms);
}

TEST_CASE("keyed records go where Java's producer sends them, the others take turns") {
    memory_broker broker;
    broker.create_topic("t", 3);
    core c{broker};
    for (const std::string_view key : {"21", "foobar", "a-little-bit-long-string"}) {
        CHECK_FALSE(c.send(key));
    }
    CHECK_FALSE(c.send({}));
    CHECK_FALSE(c.send({}));
    CHECK_FALSE(c.send("k", "v", "t", 2));
    CHECK_FALSE(c.send("k", "v", "t", 3));
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 7);
    // murmur2("21") = -973932308, murmur2("foobar") = -790332482, murmur2("a-little-bit-long-string") = -985981536
    CHECK(c.reports[0].partition == (-973932308 & 0x7fffffff) % 3);
    CHECK(c.reports[1].partition == (-790332482 & 0x7fffffff) % 3);
    CHECK(c.reports[2].partition == (-985981536 & 0x7fffffff) % 3);
    CHECK(c.reports[3].partition != c.reports[4].partition);
    CHECK(c.reports[5].partition == 2);
    CHECK(c.reports[6].native == -190);
}

TEST_CASE("a retired publisher is kept until its last report, a closed world drops it") {
    auto broker = std::make_unique<memory_broker>();
    auto c = std::make_shared<core>(*broker);
    std::weak_ptr<core> alive = c;
    SECTION("reported") {
        CHECK_FALSE(c->send("k"));
        core& still = *c;
        stentor::memory_transport& transport = c->transport;
        transport.retire(std::move(c), still.in(1s));
        CHECK_FALSE(alive.expired());
        broker->advance(0s);
        CHECK(alive.expired());
        CHECK(broker->elapsed() == 0s);
    }
    SECTION("purged at its instant") {
        broker->hold();
        CHECK_FALSE(c->send("k"));
        stentor::memory_transport& transport = c->transport;
        const stentor::instant until = c->in(1s);
        transport.retire(std::move(c), until);
        broker->advance(999ms);
        CHECK_FALSE(alive.expired());
        broker->advance(1ms);
        CHECK(alive.expired());
        broker->release();
        broker->advance(1s);
        CHECK(broker->pending() == 0);
    }
    SECTION("nothing outstanding") {
        stentor::memory_transport& transport = c->transport;
        const stentor::instant until = c->in(1s);
        transport.retire(std::move(c), until);
        CHECK(alive.expired());
    }
    SECTION("the broker goes first") {
        CHECK_FALSE(c->send("k"));
        stentor::memory_transport& transport = c->transport;
        const stentor::instant until = c->in(1s);
        transport.retire(std::move(c), until);
        broker.reset();
        CHECK(alive.expired());
    }
    SECTION("from inside its own callback") {
        core& still = *c;
        still.on_report = [&] { still.transport.retire(std::move(c), still.in(1s)); };
        CHECK_FALSE(still.send("k"));
        broker->advance(0s);
        CHECK(alive.expired());
    }
}

TEST_CASE("a transport outlives the broker's handle") {
    auto broker = std::make_unique<memory_broker>();
    stentor::memory_transport t{*broker};
    broker.reset();
    CHECK(t.now().wall == stentor::timestamp{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}});
    stentor::memory_transport moved{std::move(t)};
    CHECK(moved.up());
}

TEST_CASE("clear forgets the log and the trace, keeps offsets, and what is in flight lands safely") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    CHECK_FALSE(c.send("first"));
    broker.advance(1ms);
    CHECK_FALSE(c.send("second"));
    broker.clear();
    CHECK(broker.records("t").empty());
    CHECK(broker.trace().empty());
    broker.advance(1ms);
    for (int i = 0; i < 2000; ++i) {
        CHECK_FALSE(c.send("later", "0123456789"));
    }
    broker.advance(1ms);
    REQUIRE(broker.records("t").size() == 2001);
    CHECK(broker.records("t")[0].key == "second");
    CHECK(broker.records("t")[0].offset == 1);
    CHECK(broker.records("t").back().offset == 2001);
}
