// Metrics of a publisher on librdkafka: what it counts over the wire, and what librdkafka says of itself.

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <stentor/metrics.hpp>
#include <stentor/tracer/w3c.hpp>

#include "notes.hpp"
#include "topic_errors.hpp"

using namespace wire;
using stentor::collected_metrics;
using stentor::errc;

namespace {

using label = stentor::metric_label;

std::optional<double> of_topic(const stentor::metrics_registry& r, std::string_view name, const char* topic) {
    return r.collect().value(std::string("kafka_producer_").append(name), {label{"topic", topic}});
}

}  // namespace

TEST_CASE("what a publisher does over the wire is counted") {
    stentor::mock_cluster cluster(2);
    cluster.create_topic("notes", 2);
    const stentor::metrics_registry r;
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::tracer_chain{stentor::w3c_tracer{}, stentor::metrics_tracer{r}});
    stentor::observe(r, p.snapshots(), {.name = "p"});
    for (int i = 0; i < 20; ++i) {
        CHECK(p.publish(note{"k", "text"}));
    }
    CHECK(of_topic(r, "messages_sent_total", "notes") == 20);
    CHECK(of_topic(r, "attempts_total", "notes") == 20);
    CHECK(r.collect().find("kafka_producer_send_duration_seconds")->points.at(0).count() == 20);
    CHECK(r.collect().value("kafka_connections_total") == 1);
    CHECK(eventually([&] { return r.collect().value("kafka_brokers_up", {label{"publisher", "p"}}) == 2; }));
    cluster.down();
    CHECK(eventually([&] { return r.collect().value("kafka_brokers_up", {label{"publisher", "p"}}) == 0; }));
    CHECK(eventually([&] { return r.collect().value("kafka_client_events_total", {label{"event", "all_brokers_down"}}) == 1; }));
    // What is lost is told by some versions of librdkafka, what cannot be had again by all.
    CHECK(
        eventually([&] { return r.collect().value("kafka_connection_errors_total", {label{"error", "broker_unavailable"}}) > 0; }));
    cluster.up();
    CHECK(eventually([&] { return r.collect().value("kafka_connections_total") == 2; }));
}

TEST_CASE("a topic that is not there is counted as that, and as what its alert stands on") {
    skip_where_topic_errors_crash();
    stentor::mock_cluster cluster;
    cluster.topic_error("not-there", 3);
    const stentor::metrics_registry r;
    auto p = publisher({.brokers = cluster.bootstrap()}, stentor::metrics_tracer{r});
    CHECK(p.publish(note{"k", "text"}, {.topic = "not-there"}).error() == errc::unknown_topic);
    CHECK(of_topic(r, "topic_missing_total", "not-there") == 1);
    CHECK(of_topic(r, "messages_failed_total", "not-there") == 1);
    CHECK(of_topic(r, "messages_sent_total", "not-there") == 0);
}

TEST_CASE("librdkafka's statistics are metrics, as long as the client is there") {
    stentor::mock_cluster cluster(2);
    cluster.create_topic("notes", 2);
    const stentor::metrics_registry r;
    auto client = std::make_shared<stentor::kafka_client>(
        stentor::kafka_config{.brokers = cluster.bootstrap(), .properties = {{"statistics.interval.ms", "50"}}});
    stentor::observe(r, client, {.name = "c"});
    {
        stentor::basic_publisher p{stentor::kafka_transport{client}, text_serializer{}};
        for (int i = 0; i < 30; ++i) {
            CHECK(p.publish(note{"k", "text"}));
        }
        const label of_client{"client", "c"};
        CHECK(eventually([&] { return r.collect().value("kafka_rdkafka_sent_messages_total", {of_client}) == 30; }));
        const collected_metrics all = r.collect();
        CHECK(all.value("kafka_rdkafka_topic_sent_messages_total", {of_client, label{"topic", "notes"}}) == 30);
        CHECK(all.value("kafka_rdkafka_messages", {of_client}) == 0);
        CHECK(all.value("kafka_rdkafka_sent_bytes_total", {of_client}) > 30);
        CHECK(all.value("kafka_rdkafka_age_seconds", {of_client}) > 0);
        CHECK(all.value("kafka_rdkafka_left_out", {of_client}) == 0);
        double up = 0;
        for (const stentor::metric_point& b : all.find("kafka_rdkafka_broker_up")->points) {
            up += b.value;
        }
        CHECK(up == 2);
        REQUIRE(all.find("kafka_rdkafka_broker_rtt_seconds") != nullptr);
        CHECK(all.value("stentor_metrics_left_out_total") == 0);
    }
    client.reset();
    // The event thread may hold it for a moment longer.
    CHECK(eventually([&] { return r.collect().find("kafka_rdkafka_messages") == nullptr; }));
}
