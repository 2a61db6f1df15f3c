#include <stentor/transport/memory.hpp>

#include <stdexcept>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "memory_probe.hpp"

using namespace std::chrono_literals;
using probe::core;
using stentor::memory_broker;
using stentor::memory_fault;
using stentor::outcome;
using kind = stentor::client_event::kind;

TEST_CASE("a broker that is down takes nothing, says so, and goes on in order when it is up") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    CHECK_FALSE(c.send("a"));
    CHECK_FALSE(c.send("b"));
    broker.down(2s);
    CHECK_FALSE(broker.is_up());
    CHECK_FALSE(c.transport.up());
    const stentor::fault f = c.send("c");
    CHECK(f.again);
    CHECK(f.text() == "no broker is up");
    CHECK(c.news.empty());
    c.on_resumed = [&] { CHECK_FALSE(c.send("d")); };
    broker.advance(1s);
    CHECK(c.news == std::vector<kind>{kind::all_brokers_down});
    CHECK(c.reports.empty());
    CHECK(broker.pending() == 2);
    broker.run_until_idle();
    CHECK(c.news == std::vector<kind>{kind::all_brokers_down, kind::broker_up});
    CHECK(c.resumes == std::vector<stentor::nanoseconds>{2s});
    const stentor::memory_log& log = broker.records("t");
    REQUIRE(log.size() == 3);
    CHECK((log[0].key == "a" && log[1].key == "b" && log[2].key == "d"));
    CHECK(c.reports[0].at == 2s + 1ms);
}

TEST_CASE("what is inside when the broker goes times out: unknown if it was on the wire, else not persisted") {
    memory_broker broker{{.latency = 1ms, .attempt_timeout = 3s, .on_the_wire = 2}};
    core c{broker};
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(c.send("k"));
    }
    broker.down();
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 3);
    CHECK(c.reports[0].outcome == outcome::unknown);
    CHECK(c.reports[1].outcome == outcome::unknown);
    CHECK(c.reports[2].outcome == outcome::not_persisted);
    CHECK(c.reports[2].cause == "_MSG_TIMED_OUT");
    CHECK(c.reports[0].at == 3s);
    CHECK(broker.records("t").empty());
    broker.up();
    broker.run_until_idle();
    CHECK(c.reports.size() == 3);
}

TEST_CASE("take_back returns what was only queued, of the publisher that asks, and not from inside the call") {
    memory_broker broker{{.latency = 1ms, .on_the_wire = 1}};
    core c{broker};
    core d{broker};
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(c.send("k", "mine"));
    }
    CHECK_FALSE(d.send("k"));
    broker.down();
    broker.advance(100ms);
    c.transport.take_back();
    CHECK(c.reports.empty());
    broker.advance(0s);
    REQUIRE(c.reports.size() == 2);
    CHECK((c.reports[0].which == 1 && c.reports[1].which == 2));
    CHECK(c.reports[0].taken_back);
    CHECK(c.reports[0].outcome == outcome::not_persisted);
    CHECK(c.reports[0].native == -152);
    CHECK(c.reports[0].value == "mine");
    CHECK(d.reports.empty());
    c.transport.take_back();
    broker.up();
    broker.run_until_idle();
    CHECK(broker.records("t").size() == 2);
    CHECK(c.reports[2].outcome == outcome::persisted);
    CHECK_FALSE(c.reports[2].taken_back);
}

TEST_CASE("a client that was never up learns it, and when a broker comes") {
    memory_broker broker;
    broker.down();
    core c{broker};
    CHECK(c.send("k").again);
    broker.advance(1s);
    CHECK(c.news == std::vector<kind>{kind::all_brokers_down});
    broker.up();
    broker.up();
    broker.run_until_idle();
    CHECK(c.news.size() == 2);
    CHECK(c.resumes.size() == 1);
}

TEST_CASE("down again before it is up moves the end, up ends it early") {
    memory_broker broker;
    core c{broker};
    broker.down(1s);
    broker.down(5s);
    broker.advance(2s);
    CHECK_FALSE(broker.is_up());
    broker.up();
    broker.down(10s);
    broker.advance(4s);
    CHECK_FALSE(broker.is_up());
    broker.advance(6s);
    CHECK(broker.is_up());
}

TEST_CASE("a scripted outage begins with the record that it was scripted for") {
    memory_broker broker;
    core c{broker};
    broker.script({.key = "b", .fault = memory_fault::broker_down(1s)});
    CHECK_FALSE(c.send("a"));
    CHECK_FALSE(c.send("b"));
    CHECK(c.send("c").again);
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 2);
    CHECK(c.reports[1].outcome == outcome::persisted);
    CHECK(c.reports[1].at == 1s);
}

TEST_CASE("an acknowledgement that is due while the broker is down comes when it is up") {
    memory_broker broker;
    core c{broker};
    broker.fail_next(1, memory_fault::slow_acknowledgement(1s));
    CHECK_FALSE(c.send("k"));
    broker.advance(500ms);
    broker.down(2s);
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == outcome::persisted);
    CHECK(c.reports[0].at == 2500ms);
    CHECK(broker.records("t").size() == 1);
}

TEST_CASE("held records complete one by one, with or without a fault, and the rest on release") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    CHECK_FALSE(c.send("a"));
    broker.hold();
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE(c.send("b"));
    }
    broker.advance(1h);
    CHECK(c.reports.empty());
    CHECK(broker.pending() == 5);
    CHECK(broker.complete_next() == 1);
    CHECK(c.reports.size() == 1);
    CHECK(broker.complete_next(memory_fault::answer(19)) == 1);
    CHECK(c.reports.back().native == 19);
    CHECK(broker.complete_next(2) == 2);
    CHECK_THROWS_AS(broker.complete_next(memory_fault::refuse(10)), std::invalid_argument);
    broker.release();
    CHECK(c.reports.size() == 4);
    broker.advance(1ms);
    CHECK(c.reports.size() == 5);
    CHECK(broker.complete_next() == 0);
    CHECK(broker.records("t").size() == 4);
}

TEST_CASE("announced news reaches every publisher") {
    memory_broker broker;
    core c{broker};
    core d{broker};
    broker.announce({kind::tls_failed, stentor::errc::tls, std::string("certificate verify failed")});
    CHECK(c.news.empty());
    broker.advance(0s);
    CHECK(c.news == std::vector<kind>{kind::tls_failed});
    CHECK(d.news == std::vector<kind>{kind::tls_failed});
}
