// The whole stack over librdkafka against the plain call: what the calling thread pays for one asynchronous publish. Both talk to
// the same mock cluster over TCP, in bursts that are acknowledged before the next one begins.

#include <memory>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "contest.hpp"
#include "plain_producer.hpp"
#include "task.hpp"

namespace bench {
namespace {

constexpr int burst = 1000;

struct world {
    stentor::mock_cluster cluster{1};
    std::unique_ptr<plain_producer> plain;
    std::unique_ptr<stentor::basic_publisher<stentor::kafka_transport>> ours;
    prebuilt message;

    world() {
        cluster.create_topic("task-status", 4);
        stentor::buffer value;
        (void)stentor::json_serializer{}.serialize(static_cast<const task&>(message), value);
        message.value = value.view();
        plain = std::make_unique<plain_producer>(cluster.bootstrap());
        ours = std::make_unique<stentor::basic_publisher<stentor::kafka_transport>>(
            stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}});
    }
};
std::unique_ptr<world> the;

}  // namespace

void enter_kafka() {
    the = std::make_unique<world>();
    enter("kafka/raw", 2, [](benchmark::State& state) {
        bool fine = true;
        time_bursts(
            state, "kafka/raw", burst,
            [&](int n) {
                for (int i = 0; i < n; ++i) {
                    fine = the->plain->send(the->message) && fine;
                }
            },
            [] { the->plain->drain(); });
        if (!fine) {
            state.SkipWithError("librdkafka refused a message");
        }
    });
    enter("kafka/ours", 2, [](benchmark::State& state) {
        bool fine = true;
        time_bursts(
            state, "kafka/ours", burst,
            [&](int n) {
                const task& t = the->message;
                for (int i = 0; i < n; ++i) {
                    fine = the->ours->async_publish(t, [](const stentor::result<stentor::receipt>&) {}).has_value() && fine;
                }
            },
            [&] { fine = the->ours->flush(std::chrono::seconds(20)).has_value() && fine; });
        if (!fine || the->ours->account().persisted != the->ours->account().accepted) {
            state.SkipWithError("a publish failed");
        }
    });
}

void show_kafka() { row("async_publish over librdkafka, against the raw call", "kafka/ours", "kafka/raw", "ns", "<= 1.00"); }

void close_kafka() { the.reset(); }

}  // namespace bench
