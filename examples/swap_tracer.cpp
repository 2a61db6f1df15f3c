// The tracer watches every publish, and says which trace headers a record carries.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct payment {
    std::string id;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(payment, (), (id, cents))

}  // namespace app

template <>
struct stentor::message_traits<app::payment> {
    static constexpr std::string_view topic = "payments";
    static std::string_view key(const app::payment& p) { return p.id; }
};

namespace {

template <class Tracer>
void publish_with(std::string_view name, Tracer tracer, const stentor::trace_context& incoming) {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, tracer};
    if (!publisher.publish(app::payment{"p-1", 250}, {.trace = incoming})) {
        return;
    }
    std::cout << name << '\n';
    for (const stentor::header& h : broker.records("payments")[0].headers) {
        std::cout << "  " << h.name << ": " << h.value << '\n';
    }
}

}  // namespace

int main() {
    // From the request that is being served.
    const stentor::trace_context incoming{.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                          .tracestate = "vendor=1"};
    publish_with("w3c_tracer (the default) continues a trace:", stentor::w3c_tracer{}, incoming);
    publish_with("w3c_tracer starts one where there is none:", stentor::w3c_tracer{}, {});
    publish_with("no_tracer adds nothing:", stentor::no_tracer{}, incoming);
}
