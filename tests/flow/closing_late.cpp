// close() when the event thread comes late: somebody else's handler had it, and has only just let go.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::instant;
using stentor::memory_fault;

namespace {

// Virtual time, brokers that never answer, and an event thread that is elsewhere during the first waits. Who waits no longer than
// to this very moment gives it no turn.
class busy_client {
public:
    explicit busy_client(int elsewhere) : world_(std::make_shared<world>(elsewhere)) {}

    void attach(stentor::events& core) noexcept { world_->core = &core; }
    stentor::fault submit(const stentor::record&, stentor::completion& which) noexcept {
        world_->inside = &which;
        return {};
    }
    stentor::moment now() noexcept { return world_->now(); }
    void wake_at(instant when) noexcept { world_->alarm = std::min(world_->alarm, when); }
    bool wait(stentor::latch& l, instant until) noexcept { return world_->wait(l, until); }
    void retire(std::shared_ptr<void>, instant) noexcept {
        if (stentor::completion* const c = std::exchange(world_->inside, nullptr)) {
            c->owner->completed(*c, {.outcome = stentor::outcome::unknown, .why = {.code = errc::closed}}, now());
        }
    }
    void ring() noexcept { world_->core->woken(now()); }
    void meanwhile(std::function<void()> f) { world_->meanwhile = std::move(f); }
    [[nodiscard]] stentor::nanoseconds elapsed() const noexcept { return world_->time - world::start; }

private:
    struct world {
        static constexpr instant start{1s};

        explicit world(int waits) : elsewhere(waits) {}

        [[nodiscard]] stentor::moment now() noexcept { return {time, ++drawn, stentor::timestamp{}}; }
        bool wait(stentor::latch& l, instant until) noexcept {
            if (elsewhere > 0) {
                --elsewhere;
                if (meanwhile) {
                    meanwhile();
                }
                time = std::max(time, until);
            }
            while (!l.is_set() && time < until) {
                time = std::max(time, std::min(alarm, until));
                if (alarm <= time) {
                    alarm = instant::max();
                    core->woken(now());
                }
            }
            return l.is_set();
        }

        stentor::events* core = nullptr;
        stentor::completion* inside = nullptr;
        instant time = start;
        instant alarm = instant::max();
        std::uint64_t drawn = 0;
        int elsewhere;
        std::function<void()> meanwhile{};
    };

    std::shared_ptr<world> world_;
};

using publisher_of_it =
    stentor::basic_publisher<busy_client, text_serializer, stentor::no_retry, stentor::no_breaker, stentor::no_tracer>;

}  // namespace

TEST_CASE("close gives the event thread its turn when a handler of another publisher has only just let it go", "[flow]") {
    busy_client client{1};
    publisher_of_it p{client};
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("inside")));
    CHECK(p.close(1s));
    CHECK(client.elapsed() <= 1250ms);
    CHECK(p.account().in_flight == 0);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::closed);
    CHECK(seen.all[0].result.error().outcome == stentor::outcome::unknown);
    check_balanced(p.account());
}

TEST_CASE("close says that not all has ended when the event thread does not come back", "[flow]") {
    busy_client client{1'000};
    publisher_of_it p{client};
    outcomes seen;
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("inside")));
    const auto r = p.close(1s);
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(client.elapsed() <= 1250ms);
    CHECK(p.account().in_flight == 1);
    CHECK(seen.all.empty());
}

TEST_CASE("close does not wait for handlers on another client's event thread", "[flow]") {
    std::atomic<bool> stop{false};
    std::atomic<int> run{0};
    busy_client client{1'000};
    publisher_of_it p{client};
    client.ring();  // on this thread, which is its event thread from now on
    REQUIRE(p.async_publish(note{"k", "v"}, [](const auto&) {}));
    std::thread others([&] {
        const stentor::memory_broker broker;
        publisher<> other{stentor::memory_transport{broker}};
        while (!stop) {
            (void)other.async_publish(note{"k", "w"}, [&](const auto&) { ++run; });
            (void)other.flush(1s);
        }
    });
    client.meanwhile([&] {
        for (const int before = run; run == before && !stop;) {
            std::this_thread::yield();
        }
    });
    CHECK_FALSE(p.close(1s));
    CHECK(client.elapsed() <= 1250ms);
    stop = true;
    others.join();
}

TEST_CASE("close waits for handlers of another publisher that hold up the event thread one behind the other", "[flow]") {
    stentor::memory_broker broker;
    publisher<> other{stentor::memory_transport{broker}};
    publisher<> p{stentor::memory_transport{broker}};
    outcomes seen;
    broker.fail_next(1, memory_fault::slow_acknowledgement(10s));
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("inside")));
    for (int i = 0; i < 4; ++i) {
        broker.fail_next(1, memory_fault::slow_acknowledgement(1150ms));
        REQUIRE(other.async_publish(note{std::to_string(i), "w"}, [&](const auto&) { broker.spend(400ms); }));
    }
    CHECK(p.close(1s));
    CHECK(p.account().in_flight == 0);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::closed);
    check_balanced(p.account());
}
