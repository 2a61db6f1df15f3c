// close() by several threads at once, while others publish. Time is virtual, and the main thread moves it.

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "support.hpp"

using namespace flow;
using stentor::errc;

namespace {

// What one publisher, and who closes it, went through.
struct run_of_three {
    std::atomic<int> accepted{0};
    std::atomic<int> told{0};
    std::atomic<int> told_behind{0};  // after a close had returned
    std::atomic<int> not_closed{0};   // refusals for another reason
    std::atomic<int> failed{0};       // closes that did
    std::atomic<int> through{0};      // threads that have published their last
    std::atomic<int> done{0};         // threads that have closed it
    std::atomic<bool> closed{false};
};

template <class Publisher>
void publish_until_closed(Publisher& p, run_of_three& r, const std::string& key) {
    for (;;) {
        const auto taken = p.async_publish(note{key, "v"}, [&r](auto) {
            r.told_behind += r.closed ? 1 : 0;
            ++r.told;
        });
        if (!taken) {
            r.not_closed += taken.error() == errc::closed ? 0 : 1;
            break;
        }
        ++r.accepted;
    }
    ++r.through;
}

template <class Publisher>
void close_in_the_middle(Publisher& p, run_of_three& r, stentor::nanoseconds within) {
    while (r.accepted < 40) {
        std::this_thread::yield();
    }
    r.failed += p.close(within) ? 0 : 1;
    r.closed = true;
    ++r.done;
}

}  // namespace

TEST_CASE("three threads close a publisher at once while others publish: with all ended for each, and no handler behind the first",
          "[flow]") {
    int cut_off = 0;
    for (int i = 0; i < 20; ++i) {
        stentor::memory_broker broker{{.shared = true, .latency = 5ms}};
        broker.script({.from = 30, .times = 3, .fault = stentor::memory_fault::lost_request()});
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, stentor::no_breaker{},
                                   stentor::publisher_options{.slots = 64}};
        run_of_three r;
        std::vector<std::thread> running;
        for (const char* const key : {"a", "b", ""}) {
            running.emplace_back([&p, &r, key] { publish_until_closed(p, r, key); });
        }
        for (const auto within : {0ms, 50ms, 2000ms}) {
            running.emplace_back([&p, &r, within] { close_in_the_middle(p, r, within); });
        }
        // Time stands still until nobody publishes any more: who is not scheduled for a while must not miss his deadline.
        while (r.through < 3) {
            std::this_thread::yield();
        }
        while (r.done < 3) {
            broker.advance(1ms);
        }
        for (std::thread& t : running) {
            t.join();
        }
        CHECK(r.failed == 0);
        CHECK(r.not_closed == 0);
        CHECK(r.told == r.accepted);
        CHECK(r.told_behind == 0);
        const stentor::account a = p.account();
        CHECK(a.accepted == static_cast<std::uint64_t>(r.accepted));
        CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown);
        cut_off += static_cast<int>(a.unknown);
        // What the wire says now, nobody hears.
        broker.run_until_idle();
        CHECK(r.told == r.accepted);
    }
    // Some were in flight when it was closed.
    CHECK(cut_off > 0);
}
