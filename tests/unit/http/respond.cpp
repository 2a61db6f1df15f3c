#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/health.hpp>
#include <stentor/http/respond.hpp>
#include <stentor/metrics/metrics_registry.hpp>

using stentor::health_monitor;
using stentor::http_answer;
using stentor::http_endpoints;
using stentor::respond;

namespace {

/// A registry with one metric, and a monitor that watches one publisher that is gone, which is as ill as can be.
struct world {
    explicit world(stentor::health_options options = {}) : health(options) {
        health.watch("tasks", stentor::snapshot_source{});
        registry.counters("shop_orders_total", "Orders taken.").value().with().add(3);
        here.health = &health;
        here.metrics = registry;
    }
    [[nodiscard]] http_answer get(std::string_view target, std::string_view accept = {}) const {
        return respond(here, "GET", target, accept);
    }
    health_monitor health;
    stentor::metrics_registry registry{};
    http_endpoints here{};
};

[[nodiscard]] bool tells_of_kafka(const http_answer& a) { return a.body.find("\"checks\":{\"kafka\":{") != std::string::npos; }

}  // namespace

TEST_CASE("health: 200 while no restart would help, without Kafka unless that is wanted") {
    const world w;
    const http_answer a = w.get("/api/health");
    CHECK(a.status == 200);
    CHECK(a.content_type == "application/json");
    CHECK(a.body == R"({"status":"pass","checks":{}})");
    CHECK(w.get("/api/health/live").body == a.body);

    const world with_kafka{{.include_kafka = true}};
    CHECK(with_kafka.get("/api/health").status == 503);
    CHECK(tells_of_kafka(with_kafka.get("/api/health")));
    CHECK(with_kafka.get("/api/health/live").status == 200);
}

TEST_CASE("readiness and Kafka's own health fail with 503, and say why") {
    const world w;
    for (const std::string_view path : {"/api/health/ready", "/api/health/kafka"}) {
        const http_answer a = w.get(path);
        CHECK(a.status == 503);
        CHECK(a.body.starts_with(R"({"status":"fail",)"));
        CHECK(tells_of_kafka(a));
        CHECK(a.body.find("The publisher is gone.") != std::string::npos);
    }
}

TEST_CASE("in the detailed report Kafka is told of, and counts only when it should") {
    const world w;
    CHECK(w.get("/api/health/detailed").status == 200);
    CHECK(w.get("/api/health/detailed").body.starts_with(R"({"status":"pass",)"));
    CHECK(tells_of_kafka(w.get("/api/health/detailed")));
    const world with_kafka{{.include_kafka = true}};
    CHECK(with_kafka.get("/api/health/detailed").status == 503);
}

TEST_CASE("the cluster is asked only when a reader of Kafka's health wants it") {
    world w;
    int asked = 0;
    stentor::nanoseconds within{};
    w.health.set_probe([&](stentor::nanoseconds d) -> stentor::result<void> {
        ++asked;
        within = d;
        return {};
    });
    w.here.probe_within = std::chrono::seconds(3);
    for (const std::string_view no :
         {"/api/health/kafka", "/api/health/kafka?probe=0", "/api/health/kafka?xprobe", "/api/health?probe",
          "/api/health/ready?probe", "/api/health/kafka?probe=", "/api/health/kafka#?probe"}) {
        CHECK(w.get(no).body.find("\"probe\"") == std::string::npos);
    }
    CHECK(respond(w.here, "POST", "/api/health/kafka?probe").status == 405);
    CHECK(asked == 0);
    for (const std::string_view yes :
         {"/api/health/kafka?probe", "/api/health/kafka?a&probe=1", "/api/health/kafka?probe=true&b"}) {
        CHECK(w.get(yes).body.find(R"("probe":{"status":"pass"})") != std::string::npos);
    }
    CHECK(asked == 3);
    CHECK(within == std::chrono::seconds(3));
}

TEST_CASE("metrics come in the format that is asked for") {
    const world w;
    CHECK(w.get("/api/metrics").content_type == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(w.get("/api/metrics").body.find("\nshop_orders_total 3\n") != std::string::npos);
    const http_answer open = w.get("/api/metrics", "application/openmetrics-text; version=1.0.0");
    CHECK(open.content_type == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(open.body.ends_with("# EOF\n"));
    const http_answer json = w.get("/api/metrics/json", "text/plain");
    CHECK(json.content_type == "application/json");
    CHECK(json.body.starts_with("{"));
    CHECK(json.body.find("shop_orders_total") != std::string::npos);
}

TEST_CASE("HEAD is answered as GET; other methods, other paths, and what is not there are not") {
    const world w;
    CHECK(respond(w.here, "HEAD", "/api/health").body == w.get("/api/health").body);
    for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "get", ""}) {
        const http_answer a = respond(w.here, method, "/api/metrics");
        CHECK(a.status == 405);
        CHECK(a.allow == "GET, HEAD");
        CHECK(respond(w.here, method, "/api/other").status == 404);
    }
    for (const std::string_view path : {"", "*", "/", "/api", "/api/", "/api/health/", "/api/healthy", "/api/health/no",
                                        "/api/metrics/", "/API/health", "/xapi/health", "api/health", "/health"}) {
        CHECK(w.get(path).status == 404);
    }
    CHECK(w.get("http://host/api/health").status == 200);

    http_endpoints none;
    CHECK(respond(none, "GET", "/api/health").status == 404);
    CHECK(respond(none, "GET", "/api/metrics").status == 404);

    world bare;
    bare.here.prefix = "";
    CHECK(bare.get("/health").status == 200);
    CHECK(bare.get("/api/health").status == 404);
}
