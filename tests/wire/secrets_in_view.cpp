// A canary in the configuration, in the message and in its headers: what operators look at has none of it, in an outage and in
// health.
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/http/respond.hpp>
#include <stentor/metrics.hpp>
#include <stentor/tracer/w3c.hpp>

#include "notes.hpp"
#include "prints.hpp"

using namespace std::chrono_literals;
using stentor::kafka_config;

namespace {

constexpr std::string_view sign = "cAn4ry";

// All that a service answers about a publisher, after a few publishes.
std::string view_of(const kafka_config& config) {
    stentor::health_monitor health;
    const stentor::metrics_registry metrics;
    const auto client = std::make_shared<stentor::kafka_client>(config);
    stentor::basic_publisher p{
        stentor::kafka_transport{client}, wire::text_serializer{},
        stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{metrics}, health.tracer("notes")},
        stentor::publisher_options{.deadline = 400ms}};
    health.watch("notes", p.snapshots());
    stentor::observe(metrics, p.snapshots(), {.name = "notes"});
    metrics.on_collect([client](stentor::metric_sink& to) {
        if (const auto said = client->statistics()) {
            (void)stentor::add_statistics(to, *said, "notes");
        }
    });
    for (int i = 0; i < 3; ++i) {
        (void)p.publish(wire::note{std::string(sign), std::string(sign)},
                        {.headers = {{"authorization", sign}, {"baggage", "token=cAn4ry"}, {sign, "x"}}});
    }
    (void)wire::eventually([&] { return client->statistics() != nullptr; });
    stentor::http_endpoints endpoints;
    endpoints.health = &health;
    endpoints.metrics = metrics;
    std::string all;
    for (const char* path :
         {"/api/health", "/api/health?probe", "/api/health/kafka", "/api/health/detailed", "/api/metrics", "/api/metrics/json"}) {
        for (const char* accept : {"*/*", "application/openmetrics-text"}) {
            const stentor::http_answer a = stentor::respond(endpoints, "GET", path, accept);
            INFO(path);
            CHECK(a.status != 404);
            all += a.body;
        }
    }
    return all;
}

}  // namespace

TEST_CASE("health and metrics show no secret, no key, no value and no header") {
    const stentor::mock_cluster cluster;
    wire::prints printed;  // the mock cluster's own words
    const std::vector<kafka_config> all{
        {.brokers = cluster.bootstrap()},
        {.brokers = cluster.bootstrap(), .security_protocol = "sasl_plaintext", .sasl_mechanism = "PLAIN"},
        {.brokers = cluster.bootstrap(), .security_protocol = "ssl"},
        {.brokers = "127.0.0.1:9"},
    };
    for (kafka_config c : all) {
        CAPTURE(c.brokers, c.security_protocol);
        if (c.security_protocol == "sasl_plaintext") {
            c.sasl_username = "bob";
            c.sasl_password = std::string(sign);
        }
        c.attempt_timeout = 300ms;
        c.properties = {{"statistics.interval.ms", "100"}};
        const std::string view = view_of(c);
        CHECK(view.find("kafka_rdkafka_") != std::string::npos);
        CHECK(view.find(sign) == std::string::npos);
    }
    CHECK(printed.stop().find(sign) == std::string::npos);
}
