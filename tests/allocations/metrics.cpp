#include <catch2/catch_test_macros.hpp>

#include <string_view>

#include <stentor/metrics.hpp>
#include <stentor/publisher.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/memory.hpp>

#include "task.hpp"

// What it costs to be counted, once everything has been met.

TEST_CASE("a warm publish that is counted, with and without exemplars, allocates nothing") {
    const stentor::metrics_registry registry;
    stentor::memory_broker broker{{.keep_history = false}};
    const auto made = [&](auto&& publisher) {
        int persisted = 0;
        allocations::counts mark;
        for (int i = 0; i < allocations::warm_up + allocations::measured; ++i) {
            if (i == allocations::warm_up) {
                mark = allocations::so_far();
            }
            persisted += publisher.publish(allocations::new_task(i)) ? 1 : 0;
        }
        const allocations::counts c = allocations::since(mark);
        CHECK(persisted == allocations::warm_up + allocations::measured);
        return c.anywhere;
    };
    CHECK(made(stentor::basic_publisher{stentor::memory_transport{broker}, stentor::metrics_tracer{registry}}) == 0);
    CHECK(made(stentor::basic_publisher{stentor::memory_transport{broker},
                                        stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}}}) == 0);
    CHECK(registry.collect().find("kafka_producer_send_duration_seconds")->points[0].count() ==
          2 * (allocations::warm_up + allocations::measured));
}

TEST_CASE("metrics of one's own, and events, allocate nothing once their labels were met, nor do those beyond the limit") {
    const stentor::metrics_registry registry(stentor::metrics_options{.max_label_values = 1});
    stentor::metrics_tracer tracer(registry);
    const auto counters = registry.counters("a_total", "A.", {"x", {"y", 10}}).value();
    const auto gauge = registry.gauges("g", "G.").value();
    const auto histogram = registry.histograms("h_seconds", "H.", {"x"}).value();
    stentor::event happened;
    happened.what = stentor::event::kind::late_report;
    happened.topic = "a topic that is too long for a short string";
    const auto record_all = [&](std::string_view x) {
        counters.with(x, "y").add();
        gauge->set(1);
        histogram.with(x).observe(0.5);
        tracer.on_event(happened);
    };
    record_all("known");
    record_all("one label value too many");
    const allocations::counts mark = allocations::so_far();
    for (int i = 0; i < allocations::measured; ++i) {
        record_all(i % 2 == 0 ? "known" : "one label value too many");
    }
    CHECK(allocations::since(mark).anywhere == 0);
    CHECK(counters.with("_other", "y").value() == 1 + allocations::measured / 2);
}
