#include <catch2/catch_test_macros.hpp>

#include <set>
#include <string>
#include <string_view>

#include <stentor/detail/metrics/publish_metrics.hpp>
#include <stentor/detail/topic_names.hpp>
#include <stentor/metrics/metrics_registry.hpp>

using stentor::metrics_registry;
using stentor::detail::topic_names;
using stentor::detail::metrics::publish_metrics;
using stentor::detail::metrics::topic_metrics;

TEST_CASE("publish_metrics: a topic's metrics are the same by its interned name and by any other text") {
    publish_metrics metrics{metrics_registry{}};
    const std::string_view interned = topic_names::intern("publish-metrics-a").text;
    const std::string elsewhere = "publish-metrics-a";
    topic_metrics* const first = &metrics.of(elsewhere);
    CHECK(first->label == "publish-metrics-a");
    for (int i = 0; i < 2; ++i) {  // the second time it is found by its address
        CHECK(&metrics.of(interned) == first);
        CHECK(&metrics.of(elsewhere) == first);
    }
}

TEST_CASE("publish_metrics: what begins at the same address is another topic when it ends elsewhere") {
    publish_metrics metrics{metrics_registry{}};
    const std::string_view interned = topic_names::intern("publish-metrics-b").text;
    (void)metrics.of(interned);
    (void)metrics.of(interned);
    CHECK(metrics.of(interned.substr(0, 7)).label == "publish");
    CHECK(metrics.of(interned.substr(0, 0)).label.empty());
    CHECK(metrics.of(interned).label == "publish-metrics-b");
}

TEST_CASE("publish_metrics: more topics than there are cells keep apart, and text that changes in its place is read anew") {
    publish_metrics metrics{metrics_registry{{.max_label_values = 1000}}};
    std::set<const topic_metrics*> met;
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 600; ++i) {
            const std::string name = "topic-" + std::to_string(i);
            const topic_metrics& m = metrics.of(topic_names::intern(name).text);
            CHECK(m.label == name);
            met.insert(&m);
        }
    }
    CHECK(met.size() == 600);
    std::string text = "topic-1";
    CHECK(metrics.of(text).label == "topic-1");
    text.back() = '2';
    CHECK(metrics.of(text).label == "topic-2");
}

TEST_CASE("publish_metrics: topics over the limit share one") {
    publish_metrics metrics{metrics_registry{{.max_label_values = 1}}};
    CHECK(metrics.of(topic_names::intern("publish-metrics-c").text).label == "publish-metrics-c");
    for (int i = 0; i < 2; ++i) {
        CHECK(metrics.of(topic_names::intern("publish-metrics-d").text).label == "_other");
    }
    CHECK(metrics.of("_other").label == "_other");
}
