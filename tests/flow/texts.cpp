// What errors say, beyond the ten that README shows: the cause has names and numbers, and the hint is about that cause.

#include <utility>

#include "support.hpp"

using namespace flow;
using stentor::errc;

namespace {

stentor::publisher_options with(std::size_t slots, std::size_t bytes, std::size_t lane = 1024) {
    stentor::publisher_options o;
    o.slots = slots;
    o.bytes = bytes;
    o.parked_per_lane = lane;
    return o;
}

}  // namespace

TEST_CASE("what waited for a broker in vain says why there is none, how long it waited, and what helps against that", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    broker.down();
    const auto down = p.publish(note{"k", "v"}, {.deadline = 1500ms});
    CHECK(down.error().cause == "no broker is up (waited 1500 ms)");
    CHECK(down.error().hint.find("that this machine reaches it") != std::string::npos);
    CHECK(down.error().topic == "notes");
    broker.announce({stentor::client_event::kind::fault, errc::dns, "h:9092: Failed to resolve 'h'"});
    const auto no_name = p.publish(note{"k", "v"}, {.deadline = 2s});
    CHECK(no_name.error() == errc::deadline_exceeded);
    CHECK(no_name.error().cause == "h:9092: Failed to resolve 'h' (waited 2 s)");
    CHECK(no_name.error().hint == stentor::hint_for(errc::dns));
    broker.announce({stentor::client_event::kind::fault, errc::tls, "h:9093: SSL handshake failed"});
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("first"), {.deadline = 2s}));
    REQUIRE(p.async_publish(note{"k", "w"}, seen.into("second"), {.deadline = 1s}));
    broker.advance(2250ms);
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[0].result.error().cause ==
          "it waited for an earlier record of its key: h:9093: SSL handshake failed (waited 1 s)");
    CHECK(seen.all[1].result.error().cause == "h:9093: SSL handshake failed (waited 2 s)");
    CHECK(seen.all[1].result.error().hint == stentor::hint_for(errc::tls));
}

TEST_CASE("a full queue says what is full, in numbers", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    publisher<> bytes{stentor::memory_transport{broker}, with(4, 100)};
    REQUIRE(bytes.async_publish(note{"k", std::string(79, 'x')}, seen.into("")));
    CHECK(bytes.try_async_publish(note{"k", std::string(29, 'x')}, seen.into("")).error().cause ==
          "80 of 100 bytes are in use, and this message needs 30");

    publisher<> slots{stentor::memory_transport{broker}, with(2, 1000)};
    REQUIRE(slots.async_publish(note{"", "1"}, seen.into("")));
    REQUIRE(slots.async_publish(note{"", "2"}, seen.into("")));
    CHECK(slots.publish(note{"", "3"}, {.deadline = 1s}).error().cause == "it waited for room in vain: all 2 slots are in use");
}

TEST_CASE("a full lane names the option that limits it", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, with(8, 1000, 1)};
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("")));
    const auto full = p.try_async_publish(note{"k", "2"}, seen.into(""));
    CHECK(full.error() == errc::queue_full);
    CHECK(full.error().cause == "all 1 places of its key are in use (publisher_options::parked_per_lane)");
    CHECK(full.error().hint.find("raise publisher_options::parked_per_lane") != std::string::npos);
    CHECK(full.error().topic == "notes");
}

TEST_CASE("a deadline of less than a millisecond is told in microseconds", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    broker.down();
    CHECK(p.publish(note{"k", "v"}, {.deadline = 50us}).error().cause == "no broker is up (waited 50 us)");
}

TEST_CASE("a publisher that is disabled says by what", "[flow]") {
    const stentor::memory_broker broker;
    stentor::publisher_options off;
    off.enabled = false;
    publisher<> p{stentor::memory_transport{broker}, off};
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::disabled);
    CHECK(r.error().cause == "publisher_options::enabled is false");
    CHECK(r.error().hint == "Set publisher_options::enabled, or KAFKA_ENABLED, to publish.");
}

TEST_CASE("what close ends says so, and whether it may be in the log", "[flow]") {
    stentor::memory_broker broker;
    broker.hold();
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"k", "inside"}, seen.into("inside")));
    CHECK(p.close(1s));
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error().message() ==
          "closed (unknown) for topic notes: the publisher is closed: no broker acknowledged it before close(): it may or may not "
          "be in the log. Publish before close(); afterwards, or in a forked child, make a new publisher. Publish it again only if "
          "your consumers can tell duplicates.");
}

TEST_CASE("a publisher that was moved from says that, and not that it was closed by hand", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    const publisher<> heir = std::move(p);
    CHECK(p.publish(note{"k", "v"}).error().cause == "it was moved from");  // NOLINT(bugprone-use-after-move)
    const auto all = p.publish_all(std::vector{note{"k", "v"}, note{"k", "w"}});
    REQUIRE(all.size() == 2);
    CHECK(all[1].error().cause == "it was moved from");
    CHECK(p.flush(1s).error() == stentor::errc::closed);
    CHECK(p.close(1s));
}
