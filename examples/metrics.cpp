// Metrics: what publishers do is counted, and rendered for Prometheus.

#include <iostream>
#include <sstream>

#include <stentor/metrics.hpp>
#include <stentor/stentor.hpp>

namespace app {

struct task {
    std::string id;
};
BOOST_DESCRIBE_STRUCT(task, (), (id))

}  // namespace app

template <>
struct stentor::message_traits<app::task> {
    static constexpr std::string_view topic = "tasks";
};

int main() {
    using namespace std::chrono_literals;
    stentor::memory_broker broker{{.latency = 30ms}};
    const std::string_view accept = "text/plain;version=0.0.4";
    const stentor::metrics_registry registry;
    stentor::basic_publisher p{stentor::memory_transport{broker},
                               stentor::tracer_chain{stentor::w3c_tracer{}, stentor::metrics_tracer{registry}}};
    stentor::observe(registry, p.snapshots(), {.name = "tasks"});

    const auto logins = registry.counters("shop_logins_total", "Logins.", {"country"}).value();
    logins.with("is").add();

    broker.fail_next(1, stentor::errc::broker_unavailable);
    for (const char* const id : {"t-1", "t-2", "t-3"}) {
        std::cout << id << ' ' << (p.publish(app::task{id}) ? "sent" : "lost") << '\n';
    }

    const stentor::metrics_format format = stentor::negotiate(accept);  // of GET /api/metrics
    const std::string body = render(registry, format);                  // sent as content_type(format)

    std::cout << content_type(format) << '\n';
    std::istringstream page(body);
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with('#') && !line.ends_with(" 0") && line.find("_bucket") == std::string::npos) {
            std::cout << line << '\n';
        }
    }
}
