#include "support.hpp"

#include <string>
#include <vector>

#include <stentor/breaker/per_topic.hpp>
#include <stentor/testing/recording_tracer.hpp>

// Each move of the circuit is told, in order, with what moved it: also one that begins and ends within a single report.

using namespace flow;
using stentor::circuit;
using stentor::errc;
using stentor::failure_breaker;
using stentor::recording_tracer;
using told = stentor::event::kind;

namespace {

std::vector<std::string> moves(const recording_tracer& by) {
    std::vector<std::string> all;
    for (const auto& e : by.entries(recording_tracer::entry::kind::event)) {
        switch (e.event) {
            case told::breaker_opened:
                all.push_back(std::string("open ").append(to_string(e.code)).append(": ").append(e.cause));
                break;
            case told::breaker_half_opened: all.emplace_back("half open"); break;
            case told::breaker_closed: all.emplace_back("closed"); break;
            default: break;
        }
    }
    return all;
}

// Opens on its own authority, and cannot say why.
struct mute_breaker {
    bool* is_open;
    std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept { return stentor::permit{}; }
    void record(const stentor::permit&, const stentor::call& what, const stentor::moment&) noexcept {
        *is_open = what.signal == stentor::signal::failure;
    }
    [[nodiscard]] circuit state() const noexcept { return *is_open ? circuit::open : circuit::closed; }
};

constexpr stentor::failure_breaker_options one_failure{.failures = 1, .successes = 1, .open_for = 30s};

}  // namespace

TEST_CASE("a probe that fails is told as half open and open again, with each cause", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               failure_breaker{one_failure}, tracer};
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    broker.advance(31s);
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    broker.advance(90s);
    CHECK(p.publish(note{"k", "v"}));
    CHECK(moves(tracer) == std::vector<std::string>{
                               "open broker_unavailable: 1 failure: broker_unavailable: NOT_ENOUGH_REPLICAS",
                               "half open",
                               "open broker_unavailable: a probe failed: broker_unavailable: NOT_ENOUGH_REPLICAS",
                               "half open",
                               "closed",
                           });
}

TEST_CASE("a circuit of one topic says what opened that topic's, and one opened by hand that it was", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               stentor::per_topic<failure_breaker>{one_failure}, tracer};
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    REQUIRE(moves(tracer).size() == 1);
    CHECK(moves(tracer)[0] == "open broker_unavailable: 1 failure: broker_unavailable: NOT_ENOUGH_REPLICAS");
    const auto events = tracer.entries(recording_tracer::entry::kind::event);
    CHECK(events.back().topic == "notes");

    recording_tracer by_hand;
    stentor::basic_publisher q{stentor::memory_transport{broker}, text_serializer{}, failure_breaker{}, by_hand};
    q.breaker().isolate();
    CHECK_FALSE(q.publish(note{"k", "v"}));
    broker.announce({stentor::client_event::kind::fault, errc::dns, "no such host"});
    broker.run_until_idle();
    REQUIRE(moves(by_hand).size() == 1);
    CHECK(moves(by_hand)[0] == "open none: isolated by hand");
}

TEST_CASE("a probe that nobody answers opens the circuit, and that is told also when the next question is a probe already",
          "[flow]") {
    stentor::memory_broker broker{{.latency = 20s}};
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker},
                               text_serializer{},
                               stentor::no_retry{},
                               failure_breaker{{.failures = 1, .successes = 1, .open_for = 1s, .factor = 1, .probe_timeout = 3s}},
                               tracer,
                               stentor::publisher_options{.deadline = 1h}};
    broker.announce({stentor::client_event::kind::authentication_failed, errc::authentication, "wrong password"});
    broker.run_until_idle();
    broker.advance(2s);
    outcomes seen;
    REQUIRE(p.async_publish(note{"a", "a probe"}, seen.into("first")));
    broker.announce({stentor::client_event::kind::fault, errc::none, {}});
    broker.advance(10s);
    REQUIRE(p.async_publish(note{"b", "another probe"}, seen.into("second")));
    CHECK(p.breaker().openings() == 2);
    broker.advance(1min);
    CHECK(moves(tracer) == std::vector<std::string>{
                               "open authentication: authentication: wrong password",
                               "half open",
                               "open none: a probe was not answered in time",
                               "half open",
                               "closed",
                           });
}

TEST_CASE("the circuit of each topic has its moves told, whatever the others do", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{},
                               stentor::per_topic<failure_breaker>{one_failure}, tracer};
    const auto fails = [&](std::string_view topic) {
        broker.fail_next(1, errc::broker_unavailable);
        CHECK_FALSE(p.publish(note{"k", "v"}, {.topic = topic}));
    };
    fails("a");
    broker.advance(10s);
    fails("b");
    broker.advance(25s);
    CHECK(p.publish(note{"k", "v"}, {.topic = "a"}));
    CHECK(p.publish(note{"k", "v"}, {.topic = "c"}));
    p.breaker().isolate("c");
    broker.announce({stentor::client_event::kind::broker_up, errc::none, {}});
    broker.run_until_idle();
    CHECK(p.publish(note{"k", "v"}, {.topic = "b"}));
    p.breaker().reset();
    broker.announce({stentor::client_event::kind::broker_up, errc::none, {}});
    broker.run_until_idle();
    // One that a call moves, and one that it only finds moved.
    p.breaker().isolate("c");
    fails("b");
    constexpr std::string_view why = "open broker_unavailable: 1 failure: broker_unavailable: NOT_ENOUGH_REPLICAS";
    std::vector<std::string> expected{std::string("a ").append(why),
                                      std::string("b ").append(why),
                                      "a half open",
                                      "a closed",
                                      "b half open",
                                      "c open none: isolated by hand",
                                      "b closed",
                                      "c closed",
                                      std::string("b ").append(why),
                                      "c open none: isolated by hand"};
    std::vector<std::string> told_of;
    std::size_t i = 0;
    const auto all = moves(tracer);
    for (const auto& e : tracer.entries(recording_tracer::entry::kind::event)) {
        if (e.event == told::breaker_opened || e.event == told::breaker_half_opened || e.event == told::breaker_closed) {
            told_of.push_back(e.topic + " " + all[i++]);
        }
    }
    CHECK(told_of == expected);
}

TEST_CASE("credentials that are refused are the class of what they open", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer};
    broker.announce({stentor::client_event::kind::authentication_failed, errc::authentication, "wrong password"});
    broker.run_until_idle();
    CHECK(moves(tracer) == std::vector<std::string>{"open authentication: authentication: wrong password"});
}

TEST_CASE("a breaker that cannot say why it opened is told with the client's last word", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    bool is_open = false;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_retry{}, mute_breaker{&is_open},
                               tracer};
    broker.announce({stentor::client_event::kind::fault, errc::dns, "no such host"});
    broker.fail_next(1, errc::broker_unavailable);
    CHECK_FALSE(p.publish(note{"k", "v"}));
    CHECK(p.publish(note{"k", "v"}));
    CHECK(moves(tracer) == std::vector<std::string>{"open broker_unavailable: no such host", "closed"});
}
