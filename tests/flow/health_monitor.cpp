// Health of several publishers, of those that are gone, and as JSON.

#include <atomic>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <stentor/health.hpp>

#include "health_world.hpp"
#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::health_monitor;
using stentor::health_report;
using stentor::health_status;
using stentor::publisher_health;

TEST_CASE("late reports are counted") {
    world w{{}, {}, 5s};
    CHECK_FALSE(w.p.publish(note{"k", "late"}, {.deadline = 1s}));
    w.broker.advance(10s);
    CHECK(w.tasks().late_outcomes == 1);
}

TEST_CASE("closed and gone fail; forgotten is not in the report; switched off is well") {
    world w;
    REQUIRE(w.p.close(1s));
    CHECK(only_reason(w.tasks()) == "The publisher is closed.");
    CHECK_FALSE(w.tasks().brokers_up);
    CHECK(w.tasks().status == health_status::fail);
    CHECK(w.tasks().liveness == health_status::pass);

    w.health.watch("tasks", stentor::snapshot_source{});
    CHECK(only_reason(w.tasks()) == "The publisher is gone.");
    w.health.forget("tasks");
    CHECK(w.health.ready().checks.kafka->publishers.empty());
    CHECK(w.health.ready().status == health_status::pass);

    const world off{{}, {.enabled = false}};
    CHECK_FALSE(off.tasks().enabled);
    CHECK_FALSE(off.tasks().brokers_up);
    CHECK(off.tasks().status == health_status::pass);
}

TEST_CASE("a name that is no UTF-8 is shown as text, and can be forgotten") {
    world w;
    w.health.watch("caf\xe9", w.p.snapshots());
    w.health.watch("caf\xe8", w.p.snapshots());
    w.health.watch("caf\xe9", w.p.snapshots());
    health_report r = w.health.ready();
    REQUIRE(r.checks.kafka->publishers.size() == 3);
    CHECK(r.checks.kafka->publishers[1].name == "caf\xef\xbf\xbd");
    w.health.forget("caf\xe9");
    w.health.forget("caf\xe8");
    CHECK(w.tasks().name == "tasks");
}

TEST_CASE("one thread watches what another forgets, and a third looks on") {
    health_monitor health;
    constexpr int times = 50'000;
    std::thread forgets([&] {
        for (int i = 0; i < times; ++i) {
            health.forget("tasks");
        }
    });
    std::atomic<int> odd{0};
    std::thread looks([&] {
        for (int i = 0; i < times / 100; ++i) {
            const health_report r = health.ready();
            for (const publisher_health& h : r.checks.kafka->publishers) {
                odd += h.name == "tasks" ? 0 : 1;
            }
        }
    });
    for (int i = 0; i < times; ++i) {
        health.watch("tasks", stentor::snapshot_source{});
    }
    forgets.join();
    looks.join();
    CHECK(odd == 0);
    health.watch("tasks", stentor::snapshot_source{});
    CHECK(health.ready().checks.kafka->publishers.size() == 1);
}

TEST_CASE("a tracer that nobody watches may outlive its monitor") {
    std::optional<health_monitor> health{std::in_place};
    stentor::memory_broker broker;
    publisher<stentor::no_retry, stentor::no_breaker, stentor::health_tracer> p{
        stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, stentor::no_breaker{}, health->tracer("tasks")};
    CHECK(health->ready().checks.kafka->publishers.empty());
    health.reset();
    CHECK(p.publish(note{"k", "one"}));
}

TEST_CASE("the worst publisher decides, and only what is asked for is told") {
    world w;
    stentor::memory_broker other;
    const publisher<stentor::no_retry> q{stentor::memory_transport{other}, text_serializer{}, stentor::no_retry{}};
    w.health.watch("events", q.snapshots());
    other.down();
    const health_report r = w.health.ready();
    REQUIRE(r.checks.kafka->publishers.size() == 2);
    CHECK(r.checks.kafka->publishers[0].status == health_status::pass);
    CHECK(r.checks.kafka->publishers[1].name == "events");
    CHECK(r.checks.kafka->publishers[1].status == health_status::fail);
    CHECK(r.status == health_status::fail);

    CHECK(w.health.check().to_json() == R"({"status":"pass","checks":{}})");
    health_monitor with_kafka{{.include_kafka = true}};
    with_kafka.watch("events", q.snapshots());
    CHECK(with_kafka.check().status == health_status::fail);
    CHECK(with_kafka.check().checks.kafka);
}

TEST_CASE("a probe asks the cluster, and its answer counts") {
    world w;
    CHECK_FALSE(w.health.probe(1s).checks.kafka->probe);

    stentor::nanoseconds within{};
    stentor::result<void> answer;
    w.health.set_probe([&](stentor::nanoseconds d) {
        within = d;
        return answer;
    });
    CHECK(w.health.probe(1s).checks.kafka->probe->status == health_status::pass);
    CHECK(within == 1s);
    CHECK_FALSE(w.health.ready().checks.kafka->probe);

    answer = stentor::error(errc::unknown_topic, "UNKNOWN_TOPIC_OR_PART");
    health_report r = w.health.probe(1s);
    CHECK(r.status == health_status::fail);
    CHECK(r.checks.kafka->probe->cause->find("UNKNOWN_TOPIC_OR_PART") != std::string::npos);

    w.health.set_probe([](stentor::nanoseconds) -> stentor::result<void> { throw std::runtime_error("no way\xff"); });
    r = w.health.probe(1s);
    CHECK(r.status == health_status::fail);
    CHECK(r.checks.kafka->probe->cause->find("the probe threw: no way\xef\xbf\xbd") != std::string::npos);
    int asked = 0;
    w.health.set_probe([&](stentor::nanoseconds) -> stentor::result<void> {
        if (++asked == 1) {
            CHECK_FALSE(w.health.probe(1s).checks.kafka->probe);  // as another thread would while this one waits
        }
        return {};
    });
    CHECK(w.health.probe(1s).checks.kafka->probe);
    CHECK(asked == 1);
    CHECK(w.health.probe(1s).checks.kafka->probe);
    CHECK(asked == 2);

    w.health.set_probe([](stentor::nanoseconds) -> stentor::result<void> { throw 1; });
    CHECK(w.health.probe(1s).status == health_status::fail);
}

TEST_CASE("the whole report as JSON, to the letter") {
    world w;
    REQUIRE(w.p.publish(note{"k", "one"}));
    w.broker.advance(1s);
    w.broker.fail_next(1, errc::unknown_topic);
    CHECK_FALSE(w.p.publish(note{"k", "two"}));
    CHECK(
        w.health.ready().to_json() ==
        R"({"status":"warn","checks":{"kafka":{"status":"warn","publishers":[{"name":"tasks","status":"warn","liveness":"pass",)"
        R"("reasons":["The last message to notes failed: unknown_topic."],"enabled":true,"circuit":"closed","brokersUp":1,)"
        R"("messages":{"accepted":2,"persisted":1,"notPersisted":1,"unknown":0,"inFlight":0,"refused":0},"slotsUsed":0,"bytesUsed":0,)"
        R"("oldestInFlightMs":0,"lateOutcomes":0,"lastSuccess":"2026-01-01T00:00:00.000Z",)"
        R"("lastFailure":{"time":"2026-01-01T00:00:01.000Z","error":"unknown_topic","cause":"UNKNOWN_TOPIC_OR_PART","topic":"notes",)"
        R"("outcome":"not_persisted"}}]}}})");
}
