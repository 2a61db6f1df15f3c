// One synchronous publish after the other on the mock cluster, against plain librdkafka with a condition variable.

#include <algorithm>
#include <memory>
#include <numeric>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "contest.hpp"
#include "plain_producer.hpp"
#include "task.hpp"

namespace bench {
namespace {

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
        // The first message of a client waits for its topic's metadata.
        (void)plain->send_and_wait(message);
        (void)ours->publish(static_cast<const task&>(message));
    }
};
std::unique_ptr<world> the;

constexpr int calls = 50;

template <class Call>
void one_by_one(benchmark::State& state, const std::string& name, Call&& call) {
    for (auto _ : state) {
        spin();
        double sum = 0;
        for (int i = 0; i < calls; ++i) {
            const auto begin = clock::now();
            if (!call()) {
                state.SkipWithError("a publish failed");
                return;
            }
            const double took = std::chrono::duration<double, std::micro>(clock::now() - begin).count();
            note(name, took);
            sum += took;
        }
        note(name + "/mean", sum / calls);
        state.SetIterationTime(sum * 1e-6);
    }
}

}  // namespace

void enter_latency() {
    the = std::make_unique<world>();
    enter("latency/plain", 1, [](benchmark::State& state) {
        one_by_one(state, "latency/plain", [] { return the->plain->send_and_wait(the->message); });
    });
    enter("latency/ours", 1, [](benchmark::State& state) {
        const task& t = the->message;
        one_by_one(state, "latency/ours", [&] { return the->ours->publish(t).has_value(); });
    });
}

void show_latency() {
    row("synchronous publish, p50 / librdkafka and a condition variable", "latency/ours", "latency/plain", "us",
        {goal::kind::at_most, 1000});
    row("  the same, mean of 50", "latency/ours/mean", "latency/plain/mean", "us", {goal::kind::at_most, 10000});
}

void close_latency() { the.reset(); }

}  // namespace bench
