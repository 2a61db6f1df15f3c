// The whole stack over librdkafka against the plain call: what the calling thread pays for one asynchronous publish. Both talk to
// the same mock cluster over TCP, in bursts that are acknowledged before the next one begins. Every message of a burst has an id of
// its own, which is its key.

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "contest.hpp"
#include "plain_producer.hpp"
#include "task.hpp"

namespace bench {
namespace {

// In a short burst nothing comes back before it is over: that is the call alone. In a long one reports come meanwhile, and their
// threads want the same locks, cache lines and cores. Between the two it is now the one and now the other.
constexpr int short_burst = 200;
constexpr int long_burst = 5000;

struct world {
    stentor::mock_cluster cluster{1};
    std::unique_ptr<plain_producer> plain;
    std::unique_ptr<stentor::basic_publisher<stentor::kafka_transport>> ours;
    std::vector<prebuilt> messages{long_burst};

    world() {
        cluster.create_topic("task-status", 4);
        stentor::buffer value;
        int id = 0;
        for (prebuilt& m : messages) {
            const std::string digits = std::to_string(++id);
            m.task_id.replace(m.task_id.size() - digits.size(), digits.size(), digits);
            value.clear();
            (void)stentor::json_serializer{}.serialize(static_cast<const task&>(m), value);
            m.value = value.view();
        }
        plain = std::make_unique<plain_producer>(cluster.bootstrap());
        ours = std::make_unique<stentor::basic_publisher<stentor::kafka_transport>>(
            stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}});
    }
};
std::unique_ptr<world> the;

void enter_raw(const std::string& name, int burst, int bursts) {
    enter(name, bursts, [name, burst](benchmark::State& state) {
        bool fine = true;
        time_bursts(
            state, name, burst,
            [&](int n) {
                for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
                    fine = the->plain->send(the->messages[i]) && fine;
                }
            },
            [] { the->plain->drain(); });
        if (!fine || the->plain->failed() != 0) {
            state.SkipWithError("librdkafka refused a message, or lost one");
        }
    });
}

void enter_ours(const std::string& name, int burst, int bursts) {
    enter(name, bursts, [name, burst](benchmark::State& state) {
        bool fine = true;
        time_bursts(
            state, name, burst,
            [&](int n) {
                for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
                    const task& t = the->messages[i];
                    fine = the->ours->async_publish(t, [](const stentor::result<stentor::receipt>&) {}).has_value() && fine;
                }
            },
            [&] { fine = the->ours->flush(std::chrono::seconds(20)).has_value() && fine; });
        if (!fine || the->ours->account().persisted != the->ours->account().accepted) {
            state.SkipWithError("a publish failed");
        }
    });
}

}  // namespace

void enter_kafka() {
    the = std::make_unique<world>();
    enter_raw("kafka/raw", short_burst, 6);
    enter_ours("kafka/ours", short_burst, 6);
    enter_raw("kafka/raw/long", long_burst, 2);
    enter_ours("kafka/ours/long", long_burst, 2);
}

void show_kafka() {
    row("async_publish over librdkafka / raw call, bursts of 200", "kafka/ours", "kafka/raw", "ns", {goal::kind::ratio, 1});
    row("  the same, processor time of the calling thread", "kafka/ours/cpu", "kafka/raw/cpu", "ns");
    row("async_publish over librdkafka / raw call, bursts of 5,000", "kafka/ours/long", "kafka/raw/long", "ns",
        {goal::kind::ratio, 1});
    row("  the same, processor time of the calling thread", "kafka/ours/long/cpu", "kafka/raw/long/cpu", "ns");
}

void close_kafka() { the.reset(); }

}  // namespace bench
