#include <catch2/catch_test_macros.hpp>

#include <optional>
#include <string>

#include <stentor/metrics/family.hpp>
#include <stentor/metrics/metrics_registry.hpp>

using namespace stentor;

TEST_CASE("family: the same labels are the same metric, others are another") {
    const metrics_registry r;
    const auto f = r.counters("a_total", "A.", {"x", "y"}).value();
    counter& one = f.with("1", "2");
    CHECK(&one == &f.with(std::string("1"), std::string("2")));
    CHECK(&one != &f.with("2", "1"));
    CHECK(&one != &f.with("12", ""));
}

TEST_CASE("family: one without labels is there from the start") {
    const metrics_registry r;
    const auto f = r.gauges("a", "A.").value();
    CHECK(r.collect().value("a") == 0);
    f->set(3);
    (*f).add(1);
    CHECK(r.collect().value("a") == 4);
}

TEST_CASE("family: values beyond the limit are counted with the others, label by label, and that is counted") {
    const metrics_registry r(metrics_options{.max_label_values = 2});
    const auto f = r.counters("a_total", "A.", {"topic", "error"}).value();
    f.with("t1", "e1").add();
    f.with("t2", "e1").add();
    CHECK(r.collect().find("stentor_metrics_overflow_total") == nullptr);
    f.with("t3", "e1").add(10);
    f.with("t4", "e2").add(20);
    f.with("t4", "e3").add(30);
    f.with("t1", "e1").add();  // those that are in stay in
    f.with("t1", "e3").add(5);
    const collected_metrics all = r.collect();
    CHECK(all.value("a_total", {{"topic", "t1"}, {"error", "e1"}}) == 2);
    CHECK(all.value("a_total", {{"topic", "t2"}, {"error", "e1"}}) == 1);
    CHECK(all.value("a_total", {{"topic", "_other"}, {"error", "e1"}}) == 10);
    CHECK(all.value("a_total", {{"topic", "_other"}, {"error", "e2"}}) == 20);
    CHECK(all.value("a_total", {{"topic", "_other"}, {"error", "_other"}}) == 30);
    CHECK(all.value("a_total", {{"topic", "t1"}, {"error", "_other"}}) == 5);
    CHECK(all.find("a_total")->points.size() == 6);
    CHECK(all.value("stentor_metrics_overflow_total", {{"metric", "a_total"}}) == 4);
}

TEST_CASE("family: values that differ in bytes that cannot be shown are one, which counts for the limit once") {
    const metrics_registry r(metrics_options{.max_label_values = 2});
    const auto f = r.counters("a_total", "A.", {"x", "y"}).value();
    f.with("caf\xe9", "\xff").add(3);
    f.with("caf\xe8", "\xfe").add(5);
    f.with("caf\xef\xbf\xbd", "\xef\xbf\xbd").add(7);  // U+FFFD itself
    f.with("caf\xc3\xa9", "\xff").add(1);
    f.with("cafe", "\xff").add(20);
    const collected_metrics all = r.collect();
    const std::string bad = "\xef\xbf\xbd";
    CHECK(all.value("a_total", {{"x", "caf" + bad}, {"y", bad}}) == 15);
    CHECK(all.value("a_total", {{"x", "caf\xc3\xa9"}, {"y", bad}}) == 1);
    CHECK(all.value("a_total", {{"x", "_other"}, {"y", bad}}) == 20);
    CHECK(all.find("a_total")->points.size() == 3);
    CHECK(all.value("stentor_metrics_left_out_total") == 0);
    CHECK(all.value("stentor_metrics_overflow_total", {{"metric", "a_total"}}) == 1);
}

TEST_CASE("family: the rest is not shown before it has something") {
    const metrics_registry r;
    const auto f = r.counters("a_total", "A.", {"topic"}).value();
    counter& rest = f.with("_other");
    CHECK(r.collect().value("a_total", {{"topic", "_other"}}) == std::nullopt);
    rest.add();
    CHECK(r.collect().value("a_total", {{"topic", "_other"}}) == 1);
}

TEST_CASE("family: its metrics live as long as its handle") {
    std::optional<family<counter, 1>> kept;
    {
        const metrics_registry r;
        kept = r.counters("a_total", "A.", {"topic"}).value();
        kept->with("t").add();
    }
    CHECK(kept->with("t").value() == 1);
}
