// What the retry policy gives up on goes to the dead-letter topic, with what befell it.

#include "support.hpp"

#include <string>
#include <vector>

#include <stentor/tracer.hpp>

using namespace flow;
using stentor::dead_letter_result;
using stentor::errc;
using stentor::memory_fault;

namespace {

auto with_dead_letters(const stentor::memory_broker& broker) {
    return stentor::basic_publisher{stentor::memory_transport{broker}, text_serializer{}, stentor::no_breaker{},
                                    stentor::dead_letter<>{.inner = three_tries, .topic = "dead-letter", .deadline = 10s}};
}

// What spans are told, in order, as text.
struct story_tracer {
    std::vector<std::string>* told;
    struct span {
        std::vector<std::string>* told;
        void retrying(const stentor::failure& f, const stentor::verdict&, const stentor::moment&) noexcept {
            told->push_back("retrying " + std::to_string(f.attempt));
        }
        void redirected(const stentor::failure& f, const stentor::verdict& v, const stentor::moment& at) noexcept {
            told->push_back("redirected " + std::to_string(f.attempt) + " " + std::string(f.cause) + " to " + std::string(v.topic) +
                            " for " + std::to_string(v.deadline / 1s) + " s after " + std::to_string(f.elapsed / 1ms) + " ms at " +
                            std::to_string(at.wall.time_since_epoch().count() % 1000));
        }
        void finish(const stentor::result<stentor::receipt>&, const stentor::moment&) noexcept { told->push_back("finished"); }
    };
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {told}; }
};

}  // namespace

TEST_CASE("a span that wants it is told of the way to the dead letters, once, alone and in a chain", "[flow]") {
    const stentor::dead_letter<> policy{.inner = three_tries, .topic = "dead-letter", .deadline = 10s};
    std::vector<std::string> alone;
    std::vector<std::string> chained;
    const std::vector<std::string> all{"retrying 1", "retrying 2",
                                       "redirected 3 NOT_ENOUGH_REPLICAS to dead-letter for 10 s after 300 ms at 300", "finished"};
    stentor::memory_broker broker;
    broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_breaker{}, policy,
                               story_tracer{&alone}};
    CHECK_FALSE(p.publish(note{"k", "v"}));
    CHECK(alone == all);

    stentor::memory_broker other;
    other.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    stentor::basic_publisher q{stentor::memory_transport{other}, text_serializer{}, stentor::no_breaker{}, policy,
                               stentor::tracer_chain{stentor::no_tracer{}, story_tracer{&chained}}};
    CHECK_FALSE(q.publish(note{"k", "v"}));
    CHECK(chained == all);

    alone.clear();
    broker.fail_next(1, memory_fault::lost_acknowledgement());
    CHECK_FALSE(p.publish(note{"k", "v"}));
    CHECK(alone == std::vector<std::string>{"finished"});
}

TEST_CASE("a message that is given up lands in the dead-letter topic with key, value, headers and its story", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    const auto r = p.publish(note{"k", "v"}, {.headers = {{.name = "h", .value = "1"}}});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::broker_unavailable);
    CHECK(r.error().attempts == 3);
    CHECK(r.error().dead_letter.what == dead_letter_result::state::written);
    CHECK(r.error().dead_letter.where.topic == "dead-letter");
    CHECK(r.error().dead_letter.where.offset == 0);
    REQUIRE(broker.records("dead-letter").size() == 1);
    const stentor::memory_record& m = broker.records("dead-letter")[0];
    CHECK(m.key == "k");
    CHECK(m.value == "v");
    CHECK(m.headers.find("h") == "1");
    CHECK(m.headers.find("traceparent").size() == 55);
    CHECK(m.headers.find("stentor-dlq-original-topic") == "notes");
    CHECK(m.headers.find("stentor-dlq-attempts") == "3");
    CHECK(m.headers.find("stentor-dlq-error") == "broker_unavailable");
    CHECK(m.headers.find("stentor-dlq-message").find("NOT_ENOUGH_REPLICAS") != std::string_view::npos);
    CHECK(m.headers.find("stentor-dlq-time") == "2026-01-01T00:00:00.300Z");
    CHECK(broker.records("notes").empty());
    CHECK(p.account().not_persisted == 1);
    check_balanced(p.account());
}

TEST_CASE("a permanent error goes there at once", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .fault = memory_fault::refuse(10)});
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::message_too_large);
    CHECK(r.error().attempts == 1);
    CHECK(r.error().dead_letter.what == dead_letter_result::state::written);
}

TEST_CASE("an unknown is never redirected", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_dead_letters(broker);
    broker.fail_next(1, memory_fault::lost_acknowledgement());
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error().outcome == stentor::outcome::unknown);
    CHECK(r.error().dead_letter.what == dead_letter_result::state::none);
    CHECK(broker.records("dead-letter").empty());
}

TEST_CASE("an expired deadline and an open circuit are not redirected", "[flow]") {
    stentor::memory_broker broker;
    broker.down();
    {
        auto p = with_dead_letters(broker);
        const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
        CHECK(r.error() == errc::deadline_exceeded);
        CHECK(r.error().dead_letter.what == dead_letter_result::state::none);
    }
    broker.up();
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::dead_letter<>{},
                               stentor::failure_breaker{}};
    p.breaker().isolate();
    CHECK(p.publish(note{"k", "v"}).error().dead_letter.what == dead_letter_result::state::none);
    CHECK(broker.records("dead-letter").empty());
}

TEST_CASE("a try that fails behind the deadline is not redirected: the outcome is due", "[flow]") {
    stentor::memory_broker broker{{.latency = 600ms}};
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .fault = memory_fault::answer(10)});
    const auto begin = broker.now();
    const auto r = p.publish(note{"k", "v"}, {.deadline = 500ms});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::message_too_large);
    CHECK(r.error().dead_letter.what == dead_letter_result::state::none);
    CHECK(broker.now() - begin <= 750ms);
    broker.advance(30s);
    CHECK(broker.records("dead-letter").empty());
    CHECK(p.publish(note{"k", "w"}, {.deadline = 601ms}).error().dead_letter.what == dead_letter_result::state::written);
    check_balanced(p.account());
}

TEST_CASE("a dead letter that fails or is in doubt says so, and the original error stays the result", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .fault = memory_fault::answer(10)});
    broker.script({.topic = "dead-letter", .times = 1, .fault = memory_fault::answer(19)});
    const auto failed = p.publish(note{"k", "v"});
    CHECK(failed.error() == errc::message_too_large);
    CHECK(failed.error().dead_letter.what == dead_letter_result::state::failed);
    broker.script({.topic = "dead-letter", .times = 1, .fault = memory_fault::lost_acknowledgement()});
    const auto doubtful = p.publish(note{"k", "v"});
    CHECK(doubtful.error() == errc::message_too_large);
    CHECK(doubtful.error().dead_letter.what == dead_letter_result::state::unknown);
    CHECK(doubtful.error().outcome == stentor::outcome::not_persisted);
    check_balanced(p.account());
}

TEST_CASE("a dead letter has a deadline of its own, which a synchronous caller waits for", "[flow]") {
    stentor::memory_broker broker;
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .fault = memory_fault::answer(10)});
    broker.script({.topic = "dead-letter", .fault = memory_fault::slow_acknowledgement(5s)});
    const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
    CHECK(r.error().dead_letter.what == dead_letter_result::state::written);
    CHECK(broker.elapsed() == 5s);
}

TEST_CASE("a dead letter leaves its lane: later records of its key do not wait for it", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    auto p = with_dead_letters(broker);
    broker.script({.topic = "notes", .times = 1, .fault = memory_fault::answer(10)});
    broker.script({.topic = "dead-letter", .fault = memory_fault::slow_acknowledgement(5s)});
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    broker.advance(10ms);
    REQUIRE(p.async_publish(note{"k", "1"}, seen.into("1")));
    broker.advance(10ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].text == "1");
    REQUIRE(p.flush(20s));
    CHECK(seen.all.size() == 2);
}

TEST_CASE("retries and the dead letter have the timestamp of their record", "[flow]") {
    stentor::memory_broker broker;
    const stentor::timestamp long_ago{1'700'000'000'123ms};
    broker.script({.topic = "notes", .times = 1, .fault = memory_fault::answer(19)});
    auto p = with_dead_letters(broker);
    REQUIRE(p.publish(note{"k", "late"}, {.timestamp = long_ago}));
    broker.script({.topic = "notes", .times = 3, .fault = memory_fault::answer(19)});
    CHECK_FALSE(p.publish(note{"k", "never"}, {.timestamp = long_ago}));
    REQUIRE(broker.records("notes").size() == 1);
    CHECK(broker.records("notes")[0].time == long_ago);
    REQUIRE(broker.records("dead-letter").size() == 1);
    CHECK(broker.records("dead-letter")[0].time == long_ago);
}
