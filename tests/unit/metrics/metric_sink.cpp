#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>
#include <vector>

#include <stentor/metrics/metric_sink.hpp>

using namespace stentor;

TEST_CASE("metric_sink: families are sorted by name, points by labels, and the sink is empty again") {
    metric_sink s;
    s.add_gauge("b", "B.", 1, {{"x", "2"}});
    s.add_counter("a_total", "A.", 2);
    s.add_gauge("b", "B.", 3, {{"x", "1"}});
    const collected_metrics all = s.take();
    REQUIRE(all.families.size() == 2);
    CHECK(all.families[0].name == "a_total");
    CHECK(all.families[0].type == metric_type::counter);
    CHECK(all.families[1].points[0].value == 3);
    CHECK(all.families[1].points[1].value == 1);
    CHECK(s.left_out() == 0);
    CHECK(s.take().families.empty());
}

TEST_CASE("metric_sink: what cannot be rendered is left out and counted") {
    metric_sink s;
    s.add_gauge("9", "", 1);
    s.add_gauge("a_total", "", 1);
    s.add_counter("a", "", 1);
    s.add_gauge("g", "", 1, {{"__x", ""}});
    s.add_gauge("g", "", 1, {{"le", ""}});
    s.add_gauge("g", "", 1, {{"x", "1"}, {"x", "2"}});
    CHECK(s.left_out() == 6);
    s.add_gauge("g", "", 1);
    s.add_counter("g_total", "", 1);  // OpenMetrics calls both g
    CHECK(s.left_out() == 7);
    s.add("g", "", metric_type::histogram, {}, {1});
    CHECK(s.left_out() == 8);
    s.add_gauge("g", "", 2);  // the same labels again
    const collected_metrics all = s.take();
    CHECK(s.left_out() == 9);
    REQUIRE(all.families.size() == 1);
    CHECK(all.families[0].points.size() == 1);
}

TEST_CASE("metric_sink: counters below 0, and histograms whose buckets do not fit their bounds, are left out and counted") {
    metric_sink s;
    constexpr double infinity = std::numeric_limits<double>::infinity();
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    s.add_counter("a_total", "A.", -1);
    s.add_counter("a_total", "A.", nan);
    CHECK(s.left_out() == 2);
    metric_point p;
    p.histogram.buckets = {1, 2};
    for (const std::vector<double>& bounds : {std::vector<double>{}, {1, 2}, {nan}, {infinity}}) {
        s.add("h", "H.", metric_type::histogram, p, bounds);
    }
    CHECK(s.left_out() == 6);
    p.histogram.buckets = {1, 2, 3};
    s.add("h", "H.", metric_type::histogram, p, {2, 1});
    s.add("h", "H.", metric_type::histogram, p, {1, 1});
    CHECK(s.left_out() == 8);
    CHECK(s.take().families.empty());
    s.add("h", "H.", metric_type::histogram, p, {1, 2});
    s.add_counter("a_total", "A.", 0);
    s.add_gauge("g", "G.", nan);  // a gauge may be that
    CHECK(s.take().families.size() == 3);
    CHECK(s.left_out() == 8);
}

TEST_CASE("metric_sink: a histogram of a family has that family's bounds, or is left out and counted") {
    metric_sink s;
    metric_point p;
    p.histogram.buckets = {1, 2};
    s.add("h", "H.", metric_type::histogram, p, {1});
    p.labels = {{"x", "other bounds"}};
    s.add("h", "H.", metric_type::histogram, p, {2});
    p.labels = {{"x", "the same"}};
    s.add("h", "H.", metric_type::histogram, p, {1});
    CHECK(s.left_out() == 1);
    const collected_metrics all = s.take();
    REQUIRE(all.families.size() == 1);
    CHECK(all.families[0].bounds == std::vector<double>{1});
    CHECK(all.families[0].find({{"x", "other bounds"}}) == nullptr);
    CHECK(all.families[0].points.size() == 2);
}

TEST_CASE("metric_sink: bytes that are no UTF-8 are replaced, all else stays") {
    metric_sink s;
    s.add_gauge("g", "h\xff", 1, {{"x", "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 \xc3(\xed\xa0\x80\x80z"}});
    const collected_metrics all = s.take();
    const std::string bad = "\xef\xbf\xbd";
    CHECK(all.families[0].help == "h" + bad);
    CHECK(all.families[0].points[0].labels[0].value ==
          "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80 " + bad + "(" + bad + bad + bad + bad + "z");
}
