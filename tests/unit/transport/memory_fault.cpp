#include <stentor/transport/memory_fault.hpp>

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/detail/failure_class.hpp>
#include "memory_probe.hpp"

using namespace std::chrono_literals;
using probe::core;
using stentor::errc;
using stentor::memory_broker;
using stentor::memory_fault;
using stentor::outcome;

TEST_CASE("fail_next gives the next submits the outcome of the class table, under Kafka's own name") {
    struct row {
        errc code;
        int native;
        const char* name;
    };
    const row r = GENERATE(
        row{errc::authentication, -169, "_AUTHENTICATION"}, row{errc::authorization, 29, "TOPIC_AUTHORIZATION_FAILED"},
        row{errc::tls, -181, "_SSL"}, row{errc::dns, -193, "_RESOLVE"}, row{errc::broker_unavailable, 19, "NOT_ENOUGH_REPLICAS"},
        row{errc::unknown_topic, 3, "UNKNOWN_TOPIC_OR_PART"}, row{errc::message_too_large, 10, "MSG_SIZE_TOO_LARGE"},
        row{errc::rejected, 87, "INVALID_RECORD"}, row{errc::invalid_config, 35, "UNSUPPORTED_VERSION"},
        row{errc::fatal, -150, "_FATAL"}, row{errc::deadline_exceeded, -192, "_MSG_TIMED_OUT"});
    memory_broker broker;
    core c{broker};
    broker.fail_next(2, r.code);
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(c.send("k", "value"));
        broker.run_until_idle();
    }
    REQUIRE(c.reports.size() == 3);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(c.reports[i].outcome == outcome::not_persisted);
        CHECK(c.reports[i].native == r.native);
        CHECK(c.reports[i].code == r.code);
        CHECK(c.reports[i].cause == r.name);
        CHECK(c.reports[i].key == "k");
        CHECK(c.reports[i].value == "value");
        CHECK(c.reports[i].headers == 2);
        CHECK(stentor::detail::classify(r.native).code == r.code);
    }
    CHECK(c.reports[2].outcome == outcome::persisted);
    CHECK(broker.records("t").size() == 1);
    CHECK(broker.elapsed() == (r.code == errc::deadline_exceeded ? 18s : 0s));
}

TEST_CASE("fail_next with queue_full says not now, and resumes") {
    memory_broker broker{{.latency = 3ms}};
    core c{broker};
    broker.fail_next(1, errc::queue_full);
    const stentor::fault f = c.send("k");
    CHECK(f.again);
    CHECK(f.native == -184);
    CHECK(c.resumes.empty());
    broker.run_until_idle();
    CHECK(c.resumes == std::vector<stentor::nanoseconds>{3ms});
    CHECK_FALSE(c.send("k"));
}

TEST_CASE("fail_next throws for what no broker can cause") {
    memory_broker broker;
    const errc code = GENERATE(errc::none, errc::circuit_open, errc::serialization, errc::invalid_message, errc::closed,
                               errc::disabled, errc::would_deadlock, errc::out_of_memory);
    CHECK_THROWS_AS(broker.fail_next(1, code), std::invalid_argument);
}

TEST_CASE("several fail_next follow each other") {
    memory_broker broker;
    core c{broker};
    broker.fail_next(2, errc::broker_unavailable);
    broker.fail_next(1, errc::rejected);
    broker.fail_next(0, errc::rejected);
    for (int i = 0; i < 4; ++i) {
        CHECK_FALSE(c.send("k"));
    }
    broker.run_until_idle();
    CHECK(c.reports[1].native == 19);
    CHECK(c.reports[2].native == 87);
    CHECK(c.reports[3].outcome == outcome::persisted);
}

TEST_CASE("a refusal is answered by submit, and nothing follows") {
    memory_broker broker;
    core c{broker};
    broker.script({.fault = memory_fault::refuse(10)});
    const stentor::fault f = c.send("k");
    CHECK(f.code == errc::message_too_large);
    CHECK_FALSE(f.again);
    CHECK(f.text() == "MSG_SIZE_TOO_LARGE");
    broker.run_until_idle();
    CHECK(c.reports.empty());
    CHECK(broker.pending() == 0);
}

TEST_CASE("a lost request is unknown after the attempt timeout, and not in the log") {
    memory_broker broker{{.attempt_timeout = 2s}};
    core c{broker};
    broker.fail_next(1, memory_fault::lost_request());
    CHECK_FALSE(c.send("k"));
    broker.advance(1999ms);
    CHECK(c.reports.empty());
    broker.advance(1ms);
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == outcome::unknown);
    CHECK(c.reports[0].cause == "_MSG_TIMED_OUT");
    CHECK(broker.records("t").empty());
}

TEST_CASE("without idempotence a request that was given up is written later, behind newer records, and nobody hears of it") {
    memory_broker broker{{.latency = 1ms, .attempt_timeout = 2s, .idempotence = false}};
    core c{broker};
    const std::int32_t why = GENERATE(-192, -195);
    broker.fail_next(1, memory_fault::late_write(500ms, why));
    CHECK_FALSE(c.send("k", "given up"));
    const auto given_up = why == -192 ? 2000ms : 1ms;
    broker.advance(given_up);
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == outcome::unknown);
    CHECK(c.reports[0].native == why);
    CHECK(c.reports[0].at == given_up);
    CHECK(broker.records("t").empty());
    CHECK(broker.pending() == 0);
    CHECK_FALSE(c.send("k", "newer"));
    broker.advance(499ms);
    CHECK(broker.records("t").size() == 1);
    broker.advance(1ms);
    REQUIRE(broker.records("t").size() == 2);
    CHECK(broker.records("t")[0].value == "newer");
    CHECK(broker.records("t")[1].value == "given up");
    CHECK(broker.records("t")[1].offset == 1);
    CHECK(broker.run_until_idle());
    CHECK(c.reports.size() == 2);
}

TEST_CASE("what was given up is never written by an idempotent producer, while the broker is down, or to a topic that is gone") {
    const std::string_view why = GENERATE("idempotent", "down", "gone");
    memory_broker broker{{.attempt_timeout = 1s, .idempotence = why == "idempotent"}};
    core c{broker};
    broker.fail_next(1, memory_fault::late_write(1s));
    CHECK_FALSE(c.send("k"));
    broker.advance(1s);
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == outcome::unknown);
    if (why == "down") {
        broker.down(5s);
    } else if (why == "gone") {
        broker.delete_topic("t");
    }
    CHECK(broker.run_until_idle());
    CHECK(broker.records("t").empty());
    CHECK(c.reports.size() == 1);
}

TEST_CASE("a lost acknowledgement is unknown after the attempt timeout, and in the log at once") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    broker.fail_next(1, memory_fault::lost_acknowledgement());
    CHECK_FALSE(c.send("k"));
    broker.advance(1ms);
    CHECK(broker.records("t").size() == 1);
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 1);
    CHECK(c.reports[0].outcome == outcome::unknown);
    CHECK(c.reports[0].at == 9s);
    CHECK(broker.records("t").size() == 1);
}

TEST_CASE("a slow or late acknowledgement is a success after its time, and keeps its place in the log") {
    memory_broker broker{{.latency = 1ms}};
    core c{broker};
    broker.fail_next(1, memory_fault::late_acknowledgement(40s));
    CHECK_FALSE(c.send("slow"));
    CHECK_FALSE(c.send("quick"));
    broker.run_until_idle();
    REQUIRE(c.reports.size() == 2);
    CHECK(c.reports[0].which == 1);
    CHECK(c.reports[1].which == 0);
    CHECK(c.reports[1].outcome == outcome::persisted);
    CHECK(c.reports[1].offset == 0);
    CHECK(c.reports[1].at == 40s);
    CHECK(broker.records("t")[0].key == "slow");
}

TEST_CASE("a duplicate is in the log twice, at two offsets, and reported once") {
    memory_broker broker;
    core c{broker};
    broker.fail_next(1, memory_fault::duplicate());
    CHECK_FALSE(c.send("k", "twice"));
    CHECK_FALSE(c.send("k", "once"));
    broker.run_until_idle();
    CHECK(c.reports.size() == 2);
    const stentor::memory_log& log = broker.records("t");
    REQUIRE(log.size() == 3);
    CHECK((log[0].offset == 0 && log[1].offset == 1 && log[2].offset == 2));
    CHECK(log[1].value == "twice");
    CHECK(c.reports[0].offset == 0);
    CHECK(c.reports[1].offset == 2);
}

TEST_CASE("an error that leaves librdkafka in doubt is unknown, any outcome can be asked for") {
    memory_broker broker;
    core c{broker};
    broker.fail_next(1, memory_fault::answer(7));
    broker.fail_next(1, memory_fault::answer(7, outcome::not_persisted));
    CHECK_FALSE(c.send("k"));
    CHECK_FALSE(c.send("k"));
    broker.run_until_idle();
    CHECK(c.reports[0].outcome == outcome::unknown);
    CHECK(c.reports[1].outcome == outcome::not_persisted);
    CHECK(broker.records("t").empty());
}

TEST_CASE("a script picks topic, key and attempt") {
    memory_broker broker;
    core c{broker};
    broker.script({.topic = "t", .key = "k", .attempt = 2, .fault = memory_fault::answer(19)});
    broker.script({.topic = "u", .from = 2, .times = 1, .fault = memory_fault::answer(10)});
    for (int i = 0; i < 3; ++i) {
        CHECK_FALSE(c.send("k", "v", "t"));
        CHECK_FALSE(c.send("other", "v", "t"));
        CHECK_FALSE(c.send({}, "v", "u"));
    }
    broker.run_until_idle();
    std::string ends;
    for (const probe::told& t : c.reports) {
        ends += t.native == 19 ? 'N' : t.native == 10 ? 'L' : '.';
    }
    CHECK(ends == "...N.L...");
}

TEST_CASE("an unknown, a deleted and a denied topic answer as a broker does") {
    memory_broker broker{{.auto_create_topics = false}};
    core c{broker};
    broker.create_topic("t");
    broker.create_topic("gone");
    broker.create_topic("secret");
    broker.deny_topic("secret");
    CHECK_FALSE(c.send("k", "v", "gone"));
    broker.delete_topic("gone");
    CHECK_FALSE(c.send("k", "v", "gone"));
    CHECK_FALSE(c.send("k", "v", "missing"));
    CHECK_FALSE(c.send("k", "v", "secret"));
    CHECK_FALSE(c.send("k", "v", "t"));
    broker.run_until_idle();
    CHECK(c.reports[0].native == 3);
    CHECK(c.reports[1].native == 3);
    CHECK(c.reports[2].native == 3);
    CHECK(c.reports[3].native == 29);
    CHECK(c.reports[4].outcome == outcome::persisted);
    broker.allow_topic("secret");
    broker.create_topic("gone");
    CHECK_FALSE(c.send("k", "v", "secret"));
    CHECK_FALSE(c.send("k", "v", "gone"));
    broker.run_until_idle();
    CHECK(c.reports[5].outcome == outcome::persisted);
    CHECK(c.reports[6].outcome == outcome::persisted);
    CHECK_THROWS_AS(broker.create_topic("", 1), std::invalid_argument);
    CHECK_THROWS_AS(broker.create_topic("t", 0), std::invalid_argument);
}

TEST_CASE("the queue limit says not now, and resumes once there is room") {
    memory_broker broker{{.latency = 2ms, .queue_limit = 2}};
    core c{broker};
    core d{broker};
    CHECK_FALSE(c.send("k"));
    CHECK_FALSE(c.send("k"));
    CHECK(d.send("k").again);
    CHECK(d.send("k").again);
    broker.run_until_idle();
    CHECK(c.resumes.empty());
    CHECK(d.resumes == std::vector<stentor::nanoseconds>{2ms});
}
