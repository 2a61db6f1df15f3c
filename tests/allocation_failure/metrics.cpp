// Memory runs out while a publish is counted: everything is counted once all the same, if need be under another label.

#include <cstdint>
#include <new>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/metrics.hpp>

#include "failing.hpp"

namespace {

using failing::each_allocation;
using failing::how;
using failing::memory;

double sum(const stentor::collected_metrics& all, std::string_view name) {
    double n = 0;
    if (const stentor::metric_family* const f = all.find(name)) {
        for (const stentor::metric_point& p : f->points) {
            n += p.value + static_cast<double>(p.count());
        }
    }
    return n;
}

}  // namespace

TEST_CASE("without memory a publish on a new topic is counted, whatever its labels are then") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        double sent = 0;
        double failed = 0;
        double unknown = 0;
        double durations = 0;
        double refusals = 0;
        double own = 0;
        double left_out = 0;
        bool again = false;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            const stentor::metrics_registry registry;
            stentor::exemplar_tracer tracer(registry);
            const auto own = registry.counters("own_total", "Own.", {"x"}).value();
            const stentor::result<stentor::receipt> failure =
                stentor::error(stentor::errc::rejected, "a cause that is too long for a short string");
            stentor::event full;
            full.what = stentor::event::kind::queue_full;
            full.topic = "another topic, with a name that is too long for a short string";
            m.fails_in([&] {
                stentor::header_sink sink;
                stentor::publish_context context;
                tracer.start({.topic = "a topic with a name that is too long for a short string"}, sink, context)
                    .finish(stentor::receipt{}, {});
                tracer.start({.topic = "tasks"}, sink, context).finish(failure, {});
                tracer.on_event(full);
                own.with("a label value that is too long for a short string").add();
            });
            const stentor::collected_metrics all = registry.collect();
            seen s;
            s.sent = sum(all, "kafka_producer_messages_sent_total");
            s.failed = sum(all, "kafka_producer_messages_failed_total");
            s.unknown = sum(all, "kafka_producer_messages_unknown_total");
            s.durations = sum(all, "kafka_producer_send_duration_seconds");
            s.refusals = sum(all, "kafka_producer_queue_full_total");
            s.own = sum(all, "own_total");
            s.left_out = sum(all, "stentor_metrics_left_out_total");
            own.with("new").add();
            s.again = registry.collect().value("own_total", {{"x", "new"}}) == 1;
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            INFO("allocation " << n);
            CHECK(s.sent == 1);
            CHECK(s.failed + s.unknown == 1);
            CHECK(s.durations == 1);
            CHECK(s.refusals == 1);
            CHECK(s.own == 1);
            CHECK(s.left_out == 0);
            CHECK(s.again);
            CHECK(leaked == 0);
        });
    CHECK(many > 20);
}
