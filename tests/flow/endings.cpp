// Which error and which outcome an operation ends with, when it is not the plain one of its last try.

#include <memory>
#include <stdexcept>
#include <utility>

#include <stentor/testing/recording_tracer.hpp>
#include <stentor/testing/scripted_transport.hpp>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::memory_fault;
using stentor::outcome;

namespace {

stentor::exponential_backoff duplicates_allowed() {
    stentor::exponential_backoff policy = three_tries;
    policy.allow_duplicates = true;
    return policy;
}

using scripted_publisher = stentor::basic_publisher<stentor::scripted_transport, text_serializer, stentor::exponential_backoff,
                                                    stentor::no_breaker, stentor::no_tracer>;

// The third is bad.
struct throwing {
    struct iterator {
        using iterator_category = std::forward_iterator_tag;
        using value_type = note;
        using difference_type = std::ptrdiff_t;
        using pointer = const note*;
        using reference = note;
        std::size_t at = 0;
        bool counting = true;
        reference operator*() const {
            if (at == 2) {
                throw std::runtime_error("the third is bad");
            }
            return {"k", std::to_string(at)};
        }
        iterator& operator++() {
            ++at;
            return *this;
        }
        iterator operator++(int) { return {at++, counting}; }
        bool operator==(const iterator& other) const { return at == other.at; }
    };
    [[nodiscard]] static iterator begin() { return {}; }
    [[nodiscard]] static iterator end() { return {4}; }
};

}  // namespace

TEST_CASE("a try that may be in the log makes every later failure unknown", "[flow]") {
    stentor::memory_broker broker;
    broker.script({.attempt = 1, .fault = memory_fault::lost_acknowledgement()});
    broker.script({.from = 2, .fault = memory_fault::answer(19)});
    publisher<> p{stentor::memory_transport{broker}, duplicates_allowed()};
    const auto r = p.publish(note{"k", "v"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(r.error().attempts == 3);
    CHECK(r.error().cause.find("an earlier try may be in the log") != std::string::npos);
    CHECK(log_of(broker).size() == 1);
    CHECK(p.account().unknown == 1);
    CHECK(p.account().not_persisted == 0);
}

TEST_CASE("and such a one is no dead letter, because a dead letter is for what is surely not in the log", "[flow]") {
    stentor::memory_broker broker;
    broker.script({.topic = "notes", .attempt = 1, .fault = memory_fault::lost_acknowledgement()});
    broker.script({.topic = "notes", .from = 2, .fault = memory_fault::answer(19)});
    publisher<stentor::dead_letter<>> p{stentor::memory_transport{broker}, stentor::dead_letter<>{.inner = duplicates_allowed()}};
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(r.error().dead_letter.what == stentor::dead_letter_result::state::none);
    CHECK(broker.records("dead-letter").empty());
}

TEST_CASE("a retry that waits while time runs out ends unknown when its first try may be in the log", "[flow]") {
    stentor::memory_broker broker;
    broker.script({.attempt = 1, .fault = memory_fault::answer(7)});
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}, duplicates_allowed()};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    broker.advance(50ms);
    broker.down();
    broker.advance(30s);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error().outcome == outcome::unknown);
    check_balanced(p.account());
}

TEST_CASE("a retry that cannot be sent in time ends as soon as no time is left for it, with its own error", "[flow]") {
    stentor::memory_broker broker;
    broker.fail_next(1, errc::broker_unavailable);
    publisher<> p{stentor::memory_transport{broker}, three_tries};
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    broker.advance(50ms);
    broker.down();
    broker.advance(20449ms);  // 9 s for the attempt and 500 ms must remain of 30 s
    CHECK(seen.all.empty());
    broker.advance(2ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::broker_unavailable);
    CHECK(seen.all[0].result.error().attempts == 1);
}

TEST_CASE("what waited behind an open circuit says so, with what opened it", "[flow]") {
    stentor::memory_broker broker;
    broker.script({.key = "k", .attempt = 1, .fault = memory_fault::answer(19)});
    broker.script({.key = "other", .fault = memory_fault::answer(19)});
    outcomes seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{},
                               stentor::exponential_backoff{.attempts = 2, .initial = 1s},
                               stentor::failure_breaker{{.failures = 2, .open_for = 300s}}};
    REQUIRE(p.async_publish(note{"k", "first"}, seen.into("first")));
    broker.advance(0s);
    REQUIRE(p.async_publish(note{"k", "behind"}, seen.into("behind")));  // parked: the first is backing off
    REQUIRE(p.async_publish(note{"other", "opens it"}, seen.into("opens it"), {.deadline = 5s}));
    broker.advance(31s);
    REQUIRE(seen.all.size() == 3);
    CHECK(seen.all[1].text == "first");
    CHECK(seen.all[1].result.error() == errc::broker_unavailable);
    CHECK(seen.all[2].text == "behind");
    CHECK(seen.all[2].result.error() == errc::circuit_open);
    CHECK(seen.all[2].result.error().topic == "notes");
    CHECK(seen.all[2].result.error().cause.find("2 failures in a row") == 0);
}

TEST_CASE("what is parked says at its deadline what it waited for", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    publisher<> p{stentor::memory_transport{broker}};
    const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().cause.find("no broker is up") == 0);
}

TEST_CASE("what is taken back at its deadline is a time-out that the breaker hears of", "[flow]") {
    stentor::memory_broker broker{{.latency = 5ms, .on_the_wire = 1}};
    outcomes seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               stentor::failure_breaker{{.failures = 2}}};
    REQUIRE(p.async_publish(note{"", "on the wire"}, seen.into("on the wire"), {.deadline = 2s}));
    REQUIRE(p.async_publish(note{"", "queued"}, seen.into("queued"), {.deadline = 2s}));
    broker.down();
    broker.advance(2250ms);
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[0].text == "queued");
    const stentor::error& e = seen.all[0].result.error();
    CHECK(e == errc::deadline_exceeded);
    CHECK(e.outcome == outcome::not_persisted);
    CHECK(e.attempts == 0);
    CHECK_FALSE(e.cause.empty());
    CHECK(e.cause.find("PURGE") == std::string::npos);
    CHECK(p.breaker().state() == stentor::circuit::open);
}

TEST_CASE("nothing is taken back at a deadline while something else inside has time left", "[flow]") {
    stentor::memory_broker broker{{.latency = 5ms, .on_the_wire = 0}};
    outcomes seen;
    publisher<> p{stentor::memory_transport{broker}};
    REQUIRE(p.async_publish(note{"a", "short"}, seen.into("short"), {.deadline = 1s}));
    REQUIRE(p.async_publish(note{"b", "long"}, seen.into("long"), {.deadline = 8s}));
    broker.down();
    broker.advance(1250ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].text == "short");
    CHECK(seen.all[0].result.error().outcome == outcome::unknown);
    broker.up();
    broker.run_until_idle();
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[1].result);
    CHECK(broker.trace().find("taken_back") == std::string::npos);
}

TEST_CASE("one that came back unsent behind a logged one of its key says why it may not go again", "[flow]") {
    stentor::scripted_transport wire;
    outcomes seen;
    scripted_publisher p{wire};
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("1")));
    stentor::report back;
    back.outcome = outcome::not_persisted;
    back.taken_back = true;
    REQUIRE(wire.complete(0, back));
    REQUIRE(wire.persist(1));
    REQUIRE(seen.all.size() == 2);
    CHECK(seen.all[1].text == "0");
    CHECK(seen.all[1].result.error() == errc::broker_unavailable);
    CHECK(seen.all[1].result.error().outcome == outcome::not_persisted);
    CHECK(seen.all[1].result.error().cause.find("a later record of its key is in the log") != std::string::npos);
    CHECK(wire.submits().size() == 2);
}

TEST_CASE("a dead letter that is sent again goes where its own topic's partitioner says", "[flow]") {
    stentor::scripted_transport wire;
    outcomes seen;
    stentor::basic_publisher p{wire, text_serializer{}, stentor::dead_letter<>{}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v"), {.partition = 7}));
    CHECK(wire.submits()[0].partition == 7);
    REQUIRE(wire.fail(0, errc::message_too_large));
    REQUIRE(wire.submits().size() == 2);
    CHECK(wire.submits()[1].topic == "dead-letter");
    stentor::report back;
    back.outcome = outcome::not_persisted;
    back.taken_back = true;
    REQUIRE(wire.complete(1, back));
    REQUIRE(wire.submits().size() == 3);
    CHECK(wire.submits()[1].partition == -1);
    CHECK(wire.submits()[2].partition == -1);
    REQUIRE(wire.persist(2));
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::message_too_large);
    CHECK(seen.all[0].result.error().dead_letter.what == stentor::dead_letter_result::state::written);
}

TEST_CASE("publish_all takes a braced list, too", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    const auto results = p.publish_all({note{"k", "first"}, note{"k", "second"}}, {.topic = "other"});
    REQUIRE(results.size() == 2);
    CHECK(results[0]->offset == 0);
    CHECK(results[1]->offset == 1);
    CHECK(broker.records("other").size() == 2);
}

TEST_CASE("publish_all past its deadline says so for each that had no turn", "[flow]") {
    stentor::memory_broker broker;
    stentor::publisher_options options;
    options.slots = 2;
    publisher<> p{stentor::memory_transport{broker}, options};
    broker.hold();
    const std::vector<note> five{{"", "0"}, {"", "1"}, {"", "2"}, {"", "3"}, {"", "4"}};
    const auto results = p.publish_all(five, {.deadline = 1s});
    REQUIRE(results.size() == 5);
    CHECK(results[1].error().outcome == outcome::unknown);
    for (std::size_t i = 2; i < 5; ++i) {
        CHECK(results[i].error() == errc::deadline_exceeded);
        CHECK(results[i].error().outcome == outcome::not_persisted);
    }
    CHECK(p.account().accepted == 2);
    CHECK(p.account().refused == 3);
    CHECK(broker.elapsed() <= 1250ms);
}

TEST_CASE("a range that throws in the middle ends publish_all with its exception, after what was sent has ended", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    CHECK_THROWS_AS((void)p.publish_all(throwing{}), std::runtime_error);
    CHECK(log_of(broker) == std::vector<std::string>{"k=0", "k=1"});
    check_balanced(p.account());
    CHECK(p.account().persisted == 2);
}

TEST_CASE("a handler whose copy throws is a refusal, whatever it throws", "[flow]") {
    struct moody {
        moody() = default;
        moody(const moody&) { throw 42; }
        void operator()(const stentor::result<stentor::receipt>&) const {}
    };
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    const moody handler;
    CHECK(p.async_publish(note{"k", "v"}, handler).error() == errc::out_of_memory);
    CHECK(p.account().accepted == 0);
}

TEST_CASE("a deadline, a flush or a close of all time that there is means for ever", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    stentor::publisher_options options;
    options.deadline = stentor::nanoseconds::max();
    publisher<stentor::dead_letter<>> p{stentor::memory_transport{broker},
                                        stentor::dead_letter<>{.deadline = stentor::nanoseconds::max()}, options};
    broker.script({.topic = "notes", .times = 1, .fault = memory_fault::answer(10)});
    REQUIRE(p.async_publish(note{"k", "dead"}, seen.into("dead")));
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v"), {.deadline = stentor::nanoseconds::max()}));
    REQUIRE(p.flush(stentor::nanoseconds::max()));
    CHECK(p.publish_all(std::vector<note>{{"k", "w"}}, {.deadline = stentor::nanoseconds::max()})[0]);
    REQUIRE(p.close(stentor::nanoseconds::max()));
    CHECK(seen.all.size() == 2);
    CHECK(seen.persisted() == 1);
    CHECK(broker.elapsed() < 1s);
}
