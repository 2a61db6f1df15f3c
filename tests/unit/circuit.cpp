#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <sstream>

#include <stentor/circuit.hpp>

using namespace std::chrono_literals;
using namespace stentor;

TEST_CASE("circuit: a state prints as it is spelled in code") {
    CHECK(to_string(circuit::closed) == "closed");
    CHECK(to_string(circuit::open) == "open");
    CHECK(to_string(circuit::half_open) == "half_open");
    std::ostringstream out;
    out << circuit::open;
    CHECK(out.str() == "open");
}

TEST_CASE("the defaults: five failures, two successes, 30 s, two probes, no rates") {
    const failure_breaker_options o;
    CHECK(o.failures == 5);
    CHECK(o.successes == 2);
    CHECK(o.open_for == 30s);
    CHECK(o.probes == 2);
    CHECK(o.probe_timeout == 9500ms);
    CHECK(o.failure_rate == 0.0);
    CHECK(o.slow_call_rate == 0.0);
}
