#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <array>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <stentor/metrics/metrics_registry.hpp>

using namespace stentor;

namespace {

constexpr std::array<double, 2> bounds{1, 2};

template <class Result>
std::string why(const Result& r) {
    return r ? std::string() : r.error().cause;
}

}  // namespace

TEST_CASE("metrics_registry: who asks twice for a name gets the same family, also from a copy") {
    const metrics_registry r;
    const metrics_registry copy = r;
    r.counters("a_total", "A.", {"x"}).value().with("1").add();
    copy.counters("a_total", "Something else.", {"x"}).value().with("1").add();
    CHECK(r.collect().value("a_total", {{"x", "1"}}) == 2);
    CHECK(r.collect().find("a_total")->help == "A.");
    r.histograms("h_seconds", "H.", bounds).value()->observe(1);
    r.histograms("h_seconds", "H.", bounds).value()->observe(1);
    CHECK(r.collect().find("h_seconds")->points[0].count() == 2);
}

TEST_CASE("metrics_registry: a name that is something else already is an error that says what") {
    const metrics_registry r;
    (void)r.gauges("a", "A.", {"x"}).value();
    (void)r.histograms("h", "H.", bounds).value();
    const auto wrong = r.histograms("a", "A.", {"x"});
    REQUIRE(wrong.has_error());
    CHECK(wrong.error() == errc::invalid_config);
    CHECK(wrong.error().cause == "metric a: it is a gauge already, and no histogram");
    CHECK(why(r.gauges("a", "A.")) == "metric a: it has other labels already");
    CHECK(why(r.gauges("a", "A.", {"y"})) == "metric a: it has other labels already");
    CHECK(why(r.counters("a_total", "A.")) == "metric a_total: OpenMetrics cannot tell it from a");
    CHECK(why(r.histograms("h", "H.")) == "metric h: it has other bounds already");
}

TEST_CASE("metrics_registry: names and bounds that break a rule are errors that say which") {
    const metrics_registry r;
    CHECK(why(r.counters("a", "A.")) == "metric a: the name of a counter ends in _total");
    CHECK(why(r.counters("a b_total", "A.")) == "metric a b_total: a name is of letters, digits and _, and no digit is first");
    CHECK(why(r.gauges("1a", "A.")) == "metric 1a: a name is of letters, digits and _, and no digit is first");
    CHECK(why(r.gauges("a:b", "A.")) == "metric a:b: a name is of letters, digits and _, and no digit is first");
    CHECK(why(r.gauges("a_count", "A.")).starts_with("metric a_count: only a counter's name ends in _total"));
    CHECK(why(r.counters("a_total", "A.", {"x-y"})) ==
          "metric a_total: label x-y: a label's name is of letters, digits and _, and no digit is first");
    CHECK(why(r.counters("a_total", "A.", {"x", "x"})) == "metric a_total: label x: it is there twice");
    CHECK(why(r.histograms("h", "H.", {"le"})) == "metric h: label le: this label is the histogram's own");
    for (const auto& wrong : {std::array<double, 2>{2, 1}, std::array<double, 2>{1, 1},
                              std::array<double, 2>{1, std::numeric_limits<double>::infinity()},
                              std::array<double, 2>{std::numeric_limits<double>::quiet_NaN(), 1}}) {
        CHECK(why(r.histograms("h", "H.", wrong)) == "metric h: bounds are increasing and finite, at least one");
    }
    CHECK(why(r.histograms("h", "H.", std::span<const double>{})) == "metric h: bounds are increasing and finite, at least one");
    CHECK(r.collect().families.size() == 1);  // what counts what was left out
}

TEST_CASE("metrics_registry: hooks are asked each time that somebody collects, until they are forgotten") {
    const metrics_registry r;
    double next = 1;
    const auto id = r.on_collect([&](metric_sink& to) { to.add_gauge("g", "G.", next++); });
    CHECK(r.collect().value("g") == 1);
    CHECK(r.collect().value("g") == 2);
    r.forget(id + 1);
    CHECK(r.collect().value("g") == 3);
    r.forget(id);
    r.forget(id);
    CHECK_FALSE(r.collect().value("g"));
    CHECK(next == 4);
}

TEST_CASE("metrics_registry: a hook may forget itself: it goes when it has ended, with what it holds") {
    const metrics_registry r;
    const bool throws = GENERATE(false, true);
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> seen = held;
    metrics_registry::hook_id id = 0;
    id = r.on_collect([&id, &r, throws, held = std::move(held)](metric_sink& to) {
        r.forget(id);
        r.forget(id);
        to.add_gauge("g", "G.", ++*held);
        if (throws) {
            throw std::runtime_error("no more");
        }
    });
    CHECK(r.collect().value("g") == 1);
    CHECK(seen.expired());
    CHECK_FALSE(r.collect().value("g"));
    r.forget(id);
}

TEST_CASE("metrics_registry: what a hook holds is gone once it is forgotten") {
    const metrics_registry r;
    auto held = std::make_shared<int>(0);
    const std::weak_ptr<int> seen = held;
    const auto id = r.on_collect([held = std::move(held)](metric_sink&) {});
    CHECK_FALSE(seen.expired());
    r.forget(id);
    CHECK(seen.expired());
}

TEST_CASE("metrics_registry: what a hook says wrongly, and what it throws, is counted, and the rest is there") {
    const metrics_registry r;
    (void)r.counters("a_total", "A.").value();
    (void)r.on_collect([](metric_sink& to) {
        to.add_gauge("g", "G.", 1);
        to.add_gauge("g", "G.", 2);
        to.add_gauge("a_total", "A.", 3);
        throw std::runtime_error("no more");
    });
    (void)r.on_collect([](metric_sink& to) { to.add_gauge("last", "L.", 1); });
    const collected_metrics first = r.collect();
    CHECK(first.value("g").has_value());
    CHECK(first.value("a_total") == 0);
    CHECK(first.value("last") == 1);
    CHECK(first.value("stentor_metrics_left_out_total") == 2);  // the duplicate is seen last
    CHECK(r.collect().value("stentor_metrics_left_out_total") == 5);
}
