#include <stentor/breaker.hpp>
#include <stentor/retry.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/memory.hpp>

#include "support/storm.hpp"

// Real threads on a shared memory_broker: its time is moved by the one that disturbs.

using namespace std::chrono_literals;
using namespace stentor;

namespace {

using full_stack = basic_publisher<memory_transport, raw_serializer, dead_letter<exponential_backoff>, failure_breaker, w3c_tracer>;

constexpr std::size_t slots = 128;

// Nothing has leaked, neither a slot nor a byte of theirs: all that it may take at once is taken and persisted. If not, why.
std::string not_taken(full_stack& p, memory_broker& broker) {
    p.breaker().reset();
    broker.run_until_idle();
    p.breaker().reset();  // what came to its end just now may have opened it
    broker.hold();
    std::string wrong;
    std::size_t ended = 0;
    for (std::size_t i = 0; i < slots; ++i) {
        const storm::gust g{.key = "free" + std::to_string(i), .text = std::string(800, 'x')};
        const auto ends = [&](const stentor::result<stentor::receipt>& r) {
            ++ended;
            wrong = r ? wrong : r.error().message();
        };
        if (const auto taken = p.try_async_publish(g, ends, {.topic = "calm"}); !taken) {
            wrong = taken.error().message();
        }
    }
    broker.release();
    broker.run_until_idle();
    return wrong.empty() && ended != slots ? std::to_string(ended) + " have ended" : wrong;
}

}  // namespace

TEST_CASE("sixteen threads do everything at once on a shared memory broker: one answer each, and the account balances", "[flow]") {
    memory_broker broker{{.shared = true, .partitions = 3, .latency = 1ms, .attempt_timeout = 50ms, .queue_limit = 200}};
    broker.random_faults({.probability = 0.15, .slow = 20ms});
    std::vector<std::unique_ptr<full_stack>> all;
    for (int i = 0; i < 4; ++i) {
        all.push_back(std::make_unique<full_stack>(
            memory_transport{broker},
            dead_letter<exponential_backoff>{.inner = {.attempts = 4, .initial = 2ms}, .topic = "storm-letters"},
            failure_breaker{{.failures = 20, .open_for = 10ms}}, w3c_tracer{},
            publisher_options{.slots = slots, .bytes = slots * 1000, .parked_per_lane = 16}));
    }
    storm::over storm{all, {.each = 1500, .longest_deadline = 2s}};
    storm::dice chance(7);
    storm.rage([&] {
        broker.advance(std::chrono::microseconds(200 + chance(3000)));
        switch (chance(60)) {
            case 0: broker.down(milliseconds(chance(30))); break;
            case 1: broker.up(); break;
            case 2: broker.announce({.what = client_event::kind::authentication_failed, .code = errc::authentication}); break;
            case 3: broker.announce({.what = client_event::kind::broker_up}); break;
            case 4: broker.hold(); break;
            case 5: broker.deny_topic("storm"); break;
            case 6: broker.allow_topic("storm"); break;
            default: broker.release(); break;
        }
    });
    broker.random_faults({});
    broker.allow_topic("storm");
    broker.release();
    broker.up();
    CHECK(not_taken(*all[2], broker) == "");
    CHECK(not_taken(*all[3], broker) == "");
    // Two at a time, each publisher by two threads, and time has to go on meanwhile.
    std::atomic<int> closed{0};
    std::vector<std::thread> closers;
    for (std::size_t i = 0; i < 2 * all.size(); ++i) {
        closers.emplace_back([&, i] {
            (void)all[i / 2]->close(5s);
            ++closed;
        });
    }
    while (closed < static_cast<int>(2 * all.size())) {
        broker.advance(1ms);
    }
    for (std::thread& t : closers) {
        t.join();
    }
    storm.check(2 * slots);
    CHECK(broker.pending() == 0);
}
