// What happens to messages, as one line of JSON each: for whatever reads the log of a service. Here the lines go to standard
// output, by a function; stderr_sink and spdlog_sink are ready-made.

#include <iostream>

#include <stentor/log.hpp>
#include <stentor/stentor.hpp>

namespace app {

struct shipment {
    std::string parcel, customer;
};
BOOST_DESCRIBE_STRUCT(shipment, (), (parcel, customer))

}  // namespace app

template <>
struct stentor::message_traits<app::shipment> {
    static constexpr std::string_view topic = "shipments";
    static void headers(const app::shipment& s, auto&& add) { add("correlation-id", std::string_view(s.parcel)); }
};

int main() {
    using namespace std::chrono_literals;
    stentor::function_sink to_stdout([](stentor::log_level, std::string_view line) { std::cout << line << '\n'; });
    stentor::log_tracer log{std::move(to_stdout), {.correlation_header = "correlation-id", .burst = 1}};

    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker},
                                       stentor::exponential_backoff{.attempts = 2, .initial = 100ms},
                                       stentor::tracer_chain{stentor::w3c_tracer{}, log}};
    // What succeeds is not logged, unless the level is debug; values never are.
    (void)publisher.publish(app::shipment{"p-1", "Ada"});
    broker.fail_next(1, stentor::errc::broker_unavailable);
    (void)publisher.publish(app::shipment{"p-2", "Ada"});
    // Many failures at once are a line and a number.
    broker.fail_next(3, stentor::errc::rejected);
    for (const char* parcel : {"p-3", "p-4", "p-5"}) {
        (void)publisher.publish(app::shipment{parcel, "Ada"});
    }
    log.summarize();
}
