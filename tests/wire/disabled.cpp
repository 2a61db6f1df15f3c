#include <chrono>
#include <memory>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "notes.hpp"

using namespace std::chrono_literals;

TEST_CASE("a client that is switched off never connects, and its publishers accept nothing") {
    // Nothing of it needs to be right.
    auto p = wire::publisher({.acks = 7, .enabled = false});
    CHECK_FALSE(p.transport().enabled());
    CHECK_FALSE(p.transport().up());
    const auto r = p.publish(wire::note{"a", "b"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == stentor::errc::disabled);
    CHECK(r.error().cause == "its transport is switched off (kafka_config::enabled)");
    CHECK(r.error().outcome == stentor::outcome::not_persisted);
    CHECK_FALSE(p.async_publish(wire::note{"a", "b"}, [](const auto&) { FAIL("called"); }));
    CHECK(p.account().accepted == 0);
    CHECK(p.account().refused == 2);
    CHECK(p.flush(0s));
    auto moved = std::move(p);
    CHECK(moved.close(1s));
}

TEST_CASE("a transport that is switched off refuses what is handed to it all the same") {
    stentor::kafka_transport t{stentor::kafka_config{.enabled = false}};
    stentor::completion c;
    CHECK(t.submit(stentor::record{}, c).code == stentor::errc::disabled);
    t.wake_at(t.now().now);
    t.take_back();
    stentor::latch l;
    CHECK_FALSE(t.wait(l, t.now().now));
    CHECK(t.attempt_timeout() == 0s);
}

TEST_CASE("a client of a configuration that is switched off cannot be made") {
    try {
        const stentor::kafka_client client{stentor::kafka_config{.brokers = "a:1", .enabled = false}};
        FAIL("made");
    } catch (const stentor::publish_failure& e) {
        CHECK(e.error() == stentor::errc::disabled);
    }
}
