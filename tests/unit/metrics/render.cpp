#include <catch2/catch_test_macros.hpp>

#include <array>
#include <limits>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <stentor/metrics/render.hpp>

using namespace stentor;

namespace {

constexpr std::array<double, 3> bounds{0.5, 1, 1e21};

// One of each kind, with everything that must be escaped.
metrics_registry with_all() {
    const metrics_registry r;
    r.counters("orders_total", "Orders: \\ \"quoted\"\nsecond line.", {"shop"}).value().with("a\\b\"c\nd").add(3);
    r.gauges("heat_celsius", "Heat.").value()->set(-0.5);
    const auto h = r.histograms("wait_seconds", "Wait.", {"q"}, bounds).value();
    h.with("1").observe(0.25);
    exemplar e;
    e.trace_id.fill('a');
    e.span_id.fill('b');
    e.at = timestamp{milliseconds(1'767'225'600'007)};
    h.with("1").observe(0.75, e);
    h.with("1").observe(1e22);
    return r;
}

}  // namespace

TEST_CASE("render: Prometheus' text format") {
    CHECK(render(with_all(), metrics_format::prometheus) ==
          "# HELP heat_celsius Heat.\n"
          "# TYPE heat_celsius gauge\n"
          "heat_celsius -0.5\n"
          "# HELP orders_total Orders: \\\\ \"quoted\"\\nsecond line.\n"
          "# TYPE orders_total counter\n"
          "orders_total{shop=\"a\\\\b\\\"c\\nd\"} 3\n"
          "# HELP stentor_metrics_left_out_total What hooks said that cannot be rendered, and hooks that failed.\n"
          "# TYPE stentor_metrics_left_out_total counter\n"
          "stentor_metrics_left_out_total 0\n"
          "# HELP wait_seconds Wait.\n"
          "# TYPE wait_seconds histogram\n"
          "wait_seconds_bucket{q=\"1\",le=\"0.5\"} 1\n"
          "wait_seconds_bucket{q=\"1\",le=\"1\"} 2\n"
          "wait_seconds_bucket{q=\"1\",le=\"1e+21\"} 2\n"
          "wait_seconds_bucket{q=\"1\",le=\"+Inf\"} 3\n"
          "wait_seconds_sum{q=\"1\"} 1e+22\n"
          "wait_seconds_count{q=\"1\"} 3\n");
}

TEST_CASE("render: OpenMetrics, with units and exemplars") {
    CHECK(render(with_all(), metrics_format::openmetrics) ==
          "# HELP heat_celsius Heat.\n"
          "# TYPE heat_celsius gauge\n"
          "# UNIT heat_celsius celsius\n"
          "heat_celsius -0.5\n"
          "# HELP orders Orders: \\\\ \\\"quoted\\\"\\nsecond line.\n"
          "# TYPE orders counter\n"
          "orders_total{shop=\"a\\\\b\\\"c\\nd\"} 3\n"
          "# HELP stentor_metrics_left_out What hooks said that cannot be rendered, and hooks that failed.\n"
          "# TYPE stentor_metrics_left_out counter\n"
          "stentor_metrics_left_out_total 0\n"
          "# HELP wait_seconds Wait.\n"
          "# TYPE wait_seconds histogram\n"
          "# UNIT wait_seconds seconds\n"
          "wait_seconds_bucket{q=\"1\",le=\"0.5\"} 1\n"
          "wait_seconds_bucket{q=\"1\",le=\"1.0\"} 2 # {trace_id=\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\","
          "span_id=\"bbbbbbbbbbbbbbbb\"} 0.75 1767225600.007\n"
          "wait_seconds_bucket{q=\"1\",le=\"1e+21\"} 2\n"
          "wait_seconds_bucket{q=\"1\",le=\"+Inf\"} 3\n"
          "wait_seconds_sum{q=\"1\"} 1e+22\n"
          "wait_seconds_count{q=\"1\"} 3\n"
          "# EOF\n");
}

TEST_CASE("render: JSON, which any parser reads") {
    const metrics_registry r = with_all();
    r.gauges("odd", "Odd.").value()->set(std::numeric_limits<double>::quiet_NaN());
    const boost::json::value all = boost::json::parse(render(r, metrics_format::json));
    const boost::json::array& list = all.at("metrics").as_array();
    REQUIRE(list.size() == 5);  // heat, odd, orders, what was left out, wait
    CHECK(list[0] == boost::json::parse(R"({"name":"heat_celsius","type":"gauge","help":"Heat.","unit":"celsius",
                                            "points":[{"labels":{},"value":-0.5}]})"));
    CHECK(list[2].at("points") == boost::json::parse(R"([{"labels":{"shop":"a\\b\"c\nd"},"value":3}])"));
    CHECK(list[1].at("points") == boost::json::parse(R"([{"labels":{},"value":"NaN"}])"));
    CHECK(list[4].at("points") == boost::json::parse(R"([{"labels":{"q":"1"},"count":3,"sum":1e22,"buckets":[{"le":0.5,"count":1},
                                                         {"le":1,"count":2},{"le":1e21,"count":2},{"le":"+Inf","count":3}]}])"));
}

TEST_CASE("render: numbers that are none") {
    const metrics_registry r;
    const auto g = r.gauges("g", "G.", {"x"}).value();
    g.with("1").set(std::numeric_limits<double>::quiet_NaN());
    g.with("2").set(std::numeric_limits<double>::infinity());
    g.with("3").set(-std::numeric_limits<double>::infinity());
    g.with("4").set(9007199254740993.0);
    g.with("5").set(100000);
    const std::string text = to_prometheus(r.collect());
    CHECK(text.find("g{x=\"1\"} NaN\ng{x=\"2\"} +Inf\ng{x=\"3\"} -Inf\ng{x=\"4\"} 9007199254740992\ng{x=\"5\"} 100000\n") !=
          std::string::npos);
    const std::string json = to_json(r.collect());
    CHECK(json.find(
              R"({"labels":{"x":"1"},"value":"NaN"},{"labels":{"x":"2"},"value":"+Inf"},{"labels":{"x":"3"},"value":"-Inf"})") !=
          std::string::npos);
}

TEST_CASE("render: families without points are not there, and nothing at all is a page") {
    const metrics_registry r;
    (void)r.counters("a_total", "A.", {"x"}).value();
    CHECK(render(r, metrics_format::prometheus).find("a_total") == std::string::npos);
    CHECK(to_prometheus({}).empty());
    CHECK(to_openmetrics({}) == "# EOF\n");
    CHECK(to_json({}) == R"({"metrics":[]})");
}

TEST_CASE("render: the documents' bare names by option, but not in OpenMetrics, where they are the counters' own") {
    const metrics_registry r;
    r.counters("kafka_connections_total", "C.").value()->add(2);
    r.counters("kafka_connection_errors_total", "E.", {"error"}).value().with("dns").add(3);
    const render_options bare{.bare_names = true};
    const std::string text = render(r, metrics_format::prometheus, bare);
    CHECK(text.find("# TYPE kafka_connections untyped\nkafka_connections 2\n") != std::string::npos);
    CHECK(text.find("# TYPE kafka_connection_errors untyped\nkafka_connection_errors{error=\"dns\"} 3\n") != std::string::npos);
    CHECK(text.find("kafka_connections_total 2\n") != std::string::npos);
    CHECK(text.find("kafka_producer_init_failures") == std::string::npos);
    CHECK(render(r, metrics_format::prometheus).find("\nkafka_connections ") == std::string::npos);
    CHECK(render(r, metrics_format::openmetrics, bare) == render(r, metrics_format::openmetrics));
}
