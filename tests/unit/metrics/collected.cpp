#include <catch2/catch_test_macros.hpp>

#include <optional>

#include <stentor/metrics/collected.hpp>

using namespace stentor;

TEST_CASE("collected_metrics: values are found by name and labels, and a histogram has none") {
    collected_metrics all;
    metric_family g{"g", "G.", metric_type::gauge, {}, {}};
    g.points = {{{}, 1, {}}, {{{"a", "1"}}, 2, {}}};
    metric_family h{"h", "H.", metric_type::histogram, {1}, {}};
    h.points = {{{}, 0, {{2, 3}, 4.5, {}}}};
    all.families = {g, h};
    CHECK(all.value("g") == 1);
    CHECK(all.value("g", {{"a", "1"}}) == 2);
    CHECK(all.value("g", {{"a", "2"}}) == std::nullopt);
    CHECK(all.value("x") == std::nullopt);
    CHECK(all.value("h") == std::nullopt);
    REQUIRE(all.find("h") != nullptr);
    CHECK(all.find("h")->find({})->count() == 5);
}

TEST_CASE("metric_type: its names are those of the formats") {
    CHECK(to_string(metric_type::counter) == "counter");
    CHECK(to_string(metric_type::gauge) == "gauge");
    CHECK(to_string(metric_type::histogram) == "histogram");
    CHECK(to_string(metric_type::unknown) == "unknown");
}
