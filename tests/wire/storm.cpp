#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <stentor/breaker.hpp>
#include <stentor/retry.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/kafka.hpp>

#include "support/storm.hpp"

using namespace std::chrono_literals;
using namespace stentor;

namespace {

using full_stack = basic_publisher<kafka_transport, raw_serializer, dead_letter<exponential_backoff>, failure_breaker, w3c_tracer>;

}  // namespace

TEST_CASE("sixteen threads do everything at once over one client: one answer each, and the account balances") {
    mock_cluster cluster(3);
    cluster.create_topic("storm", 6);
    cluster.create_topic("storm-letters", 1);
    const auto client = kafka_client::shared({.brokers = cluster.bootstrap(), .attempt_timeout = 500ms});
    std::vector<std::unique_ptr<full_stack>> all;
    for (int i = 0; i < 4; ++i) {
        all.push_back(std::make_unique<full_stack>(
            kafka_transport{client},
            dead_letter<exponential_backoff>{.inner = {.attempts = 4, .initial = 5ms}, .topic = "storm-letters"},
            failure_breaker{{.failures = 20, .open_for = 20ms}}, w3c_tracer{},
            publisher_options{.slots = 256, .parked_per_lane = 32}));
    }
    REQUIRE(all[0]->publish(storm::gust{"k", "first"}));
    storm::over storm{all, {.each = 250, .longest_deadline = 400ms}};
    storm::dice chance(7);
    storm.rage([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(1 + chance(10)));
        const auto broker = static_cast<std::int32_t>(1 + chance(3));
        switch (chance(12)) {
            case 0:
                cluster.fail_produce({7, 19, 20});
                break;  // REQUEST_TIMED_OUT, too few replicas, and too few after it was written
            case 1: cluster.fail_produce({-195}); break;
            case 2: cluster.leader("storm", static_cast<std::int32_t>(chance(6)), broker); break;
            case 3: cluster.down(broker); break;
            case 4: cluster.delay_produce(broker, 30ms); break;
            default: cluster.up(broker); break;
        }
    });
    cluster.up();
    std::vector<std::thread> closers;
    for (std::size_t i = 0; i < 2 * all.size(); ++i) {
        closers.emplace_back([&, i] { (void)all[i / 2]->close(5s); });
    }
    for (std::thread& t : closers) {
        t.join();
    }
    storm.check(1);
}
