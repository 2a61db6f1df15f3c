// Prints what a service with a bit of everything answers to who asks for its metrics. page [prometheus|openmetrics|json]

#include <cstdio>
#include <string>
#include <string_view>

#include <boost/describe.hpp>

#include <stentor/metrics.hpp>
#include <stentor/publisher.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/memory.hpp>

namespace {

using namespace std::chrono_literals;

// Of librdkafka, in short: each kind of thing once.
constexpr std::string_view statistics =
    R"({"age":2500000,"replyq":0,"msg_cnt":7,"msg_size":700,"metadata_cache_cnt":1,"simple_cnt":0,
"brokers":{"localhost:9092/1":{"state":"UP","stateage":1,"outbuf_cnt":2,"outbuf_msg_cnt":2,"waitresp_cnt":3,"waitresp_msg_cnt":3,
"tx":40,"txbytes":4000,"txerrs":1,"txretries":2,"req_timeouts":4,"rx":39,"rxbytes":3900,"rxerrs":0,"connects":5,"disconnects":4,
"int_latency":{"avg":5},"outbuf_latency":{"avg":5},"rtt":{"avg":1500,"p99":3000},"throttle":{"avg":250}}},
"topics":{"t":{"batchsize":{"avg":2000},"batchcnt":{"avg":20},"partitions":{"0":{"msgq_cnt":1,"msgq_bytes":10,"xmit_msgq_cnt":2,
"txmsgs":100,"txbytes":1000}}}},"tx":50,"tx_bytes":5000,"rx":49,"rx_bytes":4900,"txmsgs":301,"txmsg_bytes":3001})";

struct note {
    std::string text;
};
BOOST_DESCRIBE_STRUCT(note, (), (text))

template <class Publisher>
void publish_some(Publisher& p, stentor::memory_broker& broker) {
    broker.fail_next(1, stentor::errc::broker_unavailable);
    (void)p.publish(note{"retried"});
    broker.fail_next(1, stentor::errc::message_too_large);
    (void)p.publish(note{"dead letter"});
    broker.fail_next(1, stentor::memory_fault::lost_acknowledgement());
    (void)p.publish(note{"unknown"});
    broker.fail_next(9, stentor::errc::broker_unavailable);
    (void)p.publish(note{"opens the circuit"}, {.deadline = 20s});
    (void)p.publish(note{"refused"}, {.topic = "odd\n\xff"});
    broker.announce({stentor::client_event::kind::fault, stentor::errc::dns, "no such host"});
}

}  // namespace

template <>
struct stentor::message_traits<note> {
    static constexpr std::string_view topic = "notes";
};

int main(int argc, char** argv) {
    const std::string_view wanted = argc > 1 ? argv[1] : "prometheus";
    const stentor::metrics_registry registry;
    const auto own = registry.counters("shop_orders_total", "Orders: \\ and\nlines.", {"country"});
    own.value().with("is").add(3);
    registry.gauges("shop_heat_celsius", "Heat.").value()->set(-1.5);
    stentor::memory_broker broker{{.latency = 20ms}};
    stentor::basic_publisher p{stentor::memory_transport{broker},
                               stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}},
                               stentor::dead_letter<>{}, stentor::failure_breaker{{.failures = 3}}};
    stentor::observe(registry, p.snapshots(), {.name = "a \"quoted\" \\ name"});
    publish_some(p, broker);
    (void)registry.on_collect([](stentor::metric_sink& to) { (void)stentor::add_statistics(to, statistics, "c"); });
    const auto format = wanted == "openmetrics" ? stentor::metrics_format::openmetrics
                        : wanted == "json"      ? stentor::metrics_format::json
                                                : stentor::metrics_format::prometheus;
    const std::string page = render(registry, format, {.bare_names = true});
    std::fwrite(page.data(), 1, page.size(), stdout);
}
