#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka.hpp>

#include "task.hpp"

// The same over librdkafka and TCP. Two threads are ours there, the caller's and the event thread; whatever else allocates with
// operator new counts against us as well.

namespace {

using namespace std::chrono_literals;
using stentor::receipt;
using stentor::result;

// In flight at a time. A slot goes back a moment after its handler ran, so the warm-up must have used more of them than are
// measured.
constexpr int warm_burst = 200;
constexpr int measured_burst = 50;

struct world {
    stentor::mock_cluster cluster;
    stentor::basic_publisher<stentor::kafka_transport> publisher{stentor::kafka_transport{{.brokers = cluster.bootstrap()}}};

    world() { cluster.create_topic("task-status", 4); }
};

// Outlives the world, whose handlers write here.
struct heard {
    std::atomic<int> outcomes{0};
    int persisted = 0;             // this and what is below belong to the event thread until the outcome is counted
    std::uint64_t first_seen = 0;  // allocations of that thread when the first handler ran
    std::uint64_t last_seen = 0;
};

// False: refused, or no outcome within seconds.
bool publish_burst(world& w, heard& h, int burst) {
    const int wanted = h.outcomes.load() + burst;
    for (int i = 0; i < burst; ++i) {
        const auto begun = w.publisher.async_publish(allocations::new_task(i), [&h](const result<receipt>& r) {
            h.last_seen = allocations::so_far().here;
            h.persisted += r ? 1 : 0;
            if (h.outcomes.load() == 0) {
                h.first_seen = h.last_seen;
            }
            h.outcomes.fetch_add(1);
        });
        if (!begun) {
            return false;
        }
    }
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (h.outcomes.load() < wanted) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::yield();
    }
    return true;
}

bool publish_bursts(world& w, heard& h, int n, int burst) {
    for (int i = 0; i < n; i += burst) {
        if (!publish_burst(w, h, burst)) {
            return false;
        }
    }
    return true;
}

int publish_each(world& w, int n) {
    int persisted = 0;
    for (int i = 0; i < n; ++i) {
        persisted += w.publisher.publish(allocations::new_task(i)) ? 1 : 0;
    }
    return persisted;
}

}  // namespace

TEST_CASE("a warm publish over librdkafka allocates nothing of ours on any thread") {
    heard warm;
    world w;
    REQUIRE(publish_bursts(w, warm, allocations::warm_up, warm_burst));
    (void)publish_each(w, allocations::warm_up);
    const allocations::counts mark = allocations::so_far();
    const int persisted = publish_each(w, allocations::measured);
    const allocations::counts made = allocations::since(mark);
    CHECK(persisted == allocations::measured);
    CHECK(made.here == 0);
    CHECK(made.anywhere == 0);
}

TEST_CASE("a warm asynchronous publish over librdkafka allocates nothing of ours, neither here nor on the event thread") {
    heard warm;
    heard h;
    world w;
    REQUIRE(publish_bursts(w, warm, allocations::warm_up, warm_burst));
    const allocations::counts mark = allocations::so_far();
    const bool all = publish_bursts(w, h, allocations::measured, measured_burst);
    const allocations::counts made = allocations::since(mark);
    REQUIRE(all);
    CHECK(h.persisted == allocations::measured);
    CHECK(made.here == 0);
    CHECK(h.first_seen == warm.last_seen);
    CHECK(h.last_seen == warm.last_seen);
    CHECK(made.anywhere == 0);
}
