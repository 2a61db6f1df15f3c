// A tracer of one's own: counts outcomes, for a metrics endpoint. tracer_chain keeps the default one, and its headers, beside it.

#include <atomic>
#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct publish_metrics {
    std::atomic<int> persisted{0}, failed{0}, retries{0}, breaker_openings{0};
};

// A tracer: adds up what happens, in counters that outlive the publisher.
struct metrics_tracer {
    publish_metrics* metrics;

    struct span {
        publish_metrics* metrics;
        void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept { ++metrics->retries; }
        void finish(const stentor::result<stentor::receipt>& end, const stentor::moment&) noexcept {
            ++(end ? metrics->persisted : metrics->failed);
        }
    };
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {metrics}; }

    void on_event(const stentor::event& what) noexcept {
        metrics->breaker_openings += what.what == stentor::event::kind::breaker_opened ? 1 : 0;
    }
};

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
    app::publish_metrics metrics;
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker},
                                       stentor::failure_breaker{{.failures = 4, .open_for = 10s}},
                                       stentor::tracer_chain{stentor::w3c_tracer{}, app::metrics_tracer{&metrics}}};
    broker.fail_next(4, stentor::errc::broker_unavailable);
    for (const std::string parcel : {"p-1", "p-2", "p-3"}) {
        std::cout << parcel << ' ' << (publisher.publish(app::shipment{parcel}) ? "sent" : "lost") << '\n';
    }
    std::cout << metrics.persisted << " persisted, " << metrics.failed << " failed, " << metrics.retries << " retries, "
              << metrics.breaker_openings << " opening of the circuit\n";
}
