#include <stentor/transport/memory_broker.hpp>

#include <cstdint>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>

#include "memory_probe.hpp"

using namespace std::chrono_literals;
using probe::core;
using stentor::memory_broker;
using stentor::memory_fault;
using stentor::outcome;

namespace {

struct run {
    std::uint64_t hash = 0;
    std::string trace;
    std::string log;
    std::size_t unlike_success = 0;
};

run chaotic(std::uint64_t seed, bool keep = true) {
    memory_broker broker{{.seed = seed, .partitions = 3, .latency = 1ms, .keep_history = keep}};
    core c{broker};
    broker.random_faults({.probability = 0.3});
    for (int i = 0; i < 300; ++i) {
        (void)c.send(std::to_string(i % 7), std::to_string(i));
        broker.advance(100us);
    }
    broker.run_until_idle();
    run r{broker.trace_hash(), broker.trace(), {}, 0};
    for (const stentor::memory_record& m : broker.records("t")) {
        r.log.append(m.value).append("@").append(std::to_string(m.offset)).append(" ");
    }
    for (const probe::told& t : c.reports) {
        r.unlike_success += t.outcome != outcome::persisted;
    }
    return r;
}

}  // namespace

TEST_CASE("the same seed gives the same run, another one another") {
    const run a = chaotic(7);
    const run b = chaotic(7);
    const run other = chaotic(8);
    CHECK(a.unlike_success > 10);
    CHECK(a.hash == b.hash);
    CHECK(a.trace == b.trace);
    CHECK(a.log == b.log);
    CHECK(a.hash != other.hash);
    CHECK(a.log != other.log);
}

TEST_CASE("the hash does not depend on what is kept") {
    const run kept = chaotic(7);
    const run bare = chaotic(7, false);
    CHECK(kept.hash == bare.hash);
    CHECK(bare.trace.empty());
    CHECK(bare.log.empty());
}

// Whoever changes what a seed means changes this.
TEST_CASE("the hash does not depend on the compiler", "[pinned]") { CHECK(chaotic(7).hash == 0x29840d7bc929d736ULL); }

TEST_CASE("randomness comes from the seed and differs from moment to moment") {
    memory_broker broker{{.seed = 3}};
    memory_broker same{{.seed = 3}};
    memory_broker another{{.seed = 4}};
    core a{broker};
    core b{same};
    core c{another};
    const std::uint64_t first = a.transport.now().random;
    CHECK(first == b.transport.now().random);
    CHECK(first != c.transport.now().random);
    CHECK(first != a.transport.now().random);
    CHECK_FALSE(a.send("k"));
    CHECK_FALSE(a.send("k"));
    broker.run_until_idle();
    CHECK(a.reports[0].random != a.reports[1].random);
}

TEST_CASE("each random fault can be chosen") {
    memory_broker broker;
    core c{broker};
    broker.random_faults({.probability = 1, .faults = {memory_fault::answer(10)}});
    CHECK_FALSE(c.send("k"));
    broker.random_faults({});
    CHECK_FALSE(c.send("k"));
    broker.run_until_idle();
    CHECK(c.reports[0].native == 10);
    CHECK(c.reports[1].outcome == outcome::persisted);
}

TEST_CASE("the trace tells the whole story, a line each") {
    memory_broker broker{{.latency = 5ms}};
    core c{broker};
    broker.fail_next(1, memory_fault::refuse(10));
    broker.fail_next(1, memory_fault::answer(19));
    CHECK(c.send("a"));
    CHECK_FALSE(c.send("b\n"));
    CHECK_FALSE(c.send({}));
    c.transport.wake_at(c.in(1s));
    broker.run_until_idle();
    broker.down(1ms);
    CHECK(c.send("c"));
    broker.run_until_idle();
    CHECK(broker.trace() ==
          "+0.000000000 publisher 1 refuse t [a] MSG_SIZE_TOO_LARGE (10)\n"
          "+0.000000000 publisher 1 submit #1 t-0 [b\\x0a]\n"
          "+0.000000000 publisher 1 submit #2 t-0\n"
          "+0.005000000 publisher 1 report not_persisted #1 t-0 [b\\x0a] NOT_ENOUGH_REPLICAS (19)\n"
          "+0.005000000 publisher 1 log #2 t-0 @0\n"
          "+0.005000000 publisher 1 report persisted #2 t-0\n"
          "+1.000000000 publisher 1 alarm\n"
          "+1.000000000 down\n"
          "+1.000000000 publisher 1 again t [c] _ALL_BROKERS_DOWN (-187)\n"
          "+1.000000000 publisher 1 told all_brokers_down\n"
          "+1.001000000 up\n"
          "+1.001000000 publisher 1 told broker_up\n"
          "+1.001000000 publisher 1 resumed\n");
}

TEST_CASE("without history memory is used again and reports still hand the record back") {
    memory_broker broker{{.keep_history = false}};
    core c{broker};
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 40; ++i) {
            CHECK_FALSE(c.send("k", std::string(1000, 'x')));
        }
        broker.advance(1ms);
    }
    CHECK(c.reports.back().offset == 1999);
    CHECK(broker.records("t").empty());
    broker.fail_next(1, memory_fault::answer(19));
    CHECK_FALSE(c.send("key", "value"));
    broker.advance(1ms);
    CHECK(c.reports.back().value == "value");
    CHECK(c.reports.back().headers == 2);
}
