#include <catch2/catch_test_macros.hpp>

#include <limits>

#include <stentor/metrics/gauge.hpp>

using namespace stentor;

TEST_CASE("gauge: it begins at 0, is set, and goes up and down") {
    gauge g;
    CHECK(g.value() == 0);
    g.set(5);
    g.add(1.5);
    g.add(-3);
    CHECK(g.value() == 3.5);
    g.set(std::numeric_limits<double>::infinity());
    CHECK(g.value() == std::numeric_limits<double>::infinity());
}
