// A service's health and metrics, as its web server answers for them: `respond` is a function, and fits any server.

#include <iostream>
#include <string_view>

#include <stentor/health.hpp>
#include <stentor/http/respond.hpp>
#include <stentor/metrics.hpp>
#include <stentor/stentor.hpp>

namespace app {

struct shipment {
    std::string parcel;
};
BOOST_DESCRIBE_STRUCT(shipment, (), (parcel))

}  // namespace app

template <>
struct stentor::message_traits<app::shipment> {
    static constexpr std::string_view topic = "shipments";
};

int main() {
    using namespace std::chrono_literals;
    stentor::memory_broker broker;
    stentor::metrics_registry metrics;
    stentor::health_monitor health{{.include_kafka = true}};
    stentor::tracer_chain tracers{stentor::w3c_tracer{}, stentor::metrics_tracer{metrics}, health.tracer("shipments")};
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_retry{},
                                       stentor::failure_breaker{{.failures = 2, .open_for = 10s}}, tracers};
    health.watch("shipments", publisher.snapshots());
    stentor::observe(metrics, publisher.snapshots(), {.name = "shipments"});

    const stentor::http_endpoints endpoints{.health = &health, .metrics = metrics};
    const auto get = [&](std::string_view path) {
        const stentor::http_answer a = stentor::respond(endpoints, "GET", path);
        std::cout << path << ": " << a.status << '\n';
        return a.body;
    };

    (void)publisher.publish(app::shipment{"p-1"});
    get("/api/health");
    broker.fail_next(2, stentor::errc::broker_unavailable);
    (void)publisher.publish(app::shipment{"p-2"});
    (void)publisher.publish(app::shipment{"p-3"});
    get("/api/health");
    get("/api/health/live");
    const stentor::health_report report = health.ready();
    for (const std::string& reason : report.checks.kafka->publishers[0].reasons) {
        std::cout << "  " << reason << '\n';
    }
    const std::string text = get("/api/metrics");
    for (const std::string_view name : {"kafka_producer_messages_sent_total{", "kafka_producer_messages_failed_total{"}) {
        const std::size_t at = text.find(std::string("\n").append(name)) + 1;
        std::cout << "  " << text.substr(at, text.find('\n', at) - at) << '\n';
    }
}
