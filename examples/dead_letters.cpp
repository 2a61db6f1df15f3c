// A message that the broker will never take goes to a dead-letter topic, with what befell it, where somebody can look at it.

#include <iostream>

#include <stentor/stentor.hpp>

namespace app {

struct document {
    std::string id;
    std::string text;
};
BOOST_DESCRIBE_STRUCT(document, (), (id, text))

}  // namespace app

template <>
struct stentor::message_traits<app::document> {
    static constexpr std::string_view topic = "documents";
    static std::string_view key(const app::document& d) { return d.id; }
};

int main() {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_tracer{},
                                       stentor::dead_letter<>{.inner = {.attempts = 3}, .topic = "documents-dead-letter"}};
    broker.script({.topic = "documents", .fault = stentor::memory_fault::answer(87)});  // INVALID_RECORD, each time

    const auto sent = publisher.publish(app::document{"d-1", "..."});

    std::cout << sent.error() << "\n\n";
    for (const stentor::memory_record& r : broker.records("documents-dead-letter")) {
        std::cout << "key " << r.key << ", value " << r.value << '\n';
        for (const stentor::header& h : r.headers) {
            std::cout << "  " << h.name << ": " << h.value << '\n';
        }
    }
}
