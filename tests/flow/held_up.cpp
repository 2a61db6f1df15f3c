// A transport with a real event thread, which a user's handler holds up: nobody else may have to wait for that, and what has
// expired meanwhile must not go out.

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <stentor/detail/event_thread.hpp>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::instant;
using stentor::outcome;

namespace {

// Runs what it is given, one at a time, on a thread of its own; records are persisted as soon as it comes to them, while a broker
// is up. Several publishers may share one.
class loop {
public:
    loop() : thread_([this] { run(); }) {}
    ~loop() {
        {
            const std::lock_guard guard(lock_);
            stop_ = true;
        }
        changed_.notify_all();
        thread_.join();
    }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    static stentor::moment now() noexcept {
        static std::atomic<std::uint64_t> drawn{0};
        const auto t = std::chrono::steady_clock::now().time_since_epoch();
        return {instant{t}, drawn.fetch_add(0x9e3779b97f4a7c15U), stentor::timestamp{std::chrono::milliseconds(1)}};
    }
    void post(instant at, std::function<void()> what) {
        {
            const std::lock_guard guard(lock_);
            tasks_.emplace_back(at, std::move(what));
        }
        changed_.notify_all();
    }
    std::atomic<bool> up{true};

private:
    void run() {
        std::unique_lock guard(lock_);
        while (!stop_ || !tasks_.empty()) {
            auto first = std::min_element(tasks_.begin(), tasks_.end(), [](auto& a, auto& b) { return a.first < b.first; });
            if (first == tasks_.end()) {
                changed_.wait(guard);
            } else if (first->first > now().now && !stop_) {
                changed_.wait_until(guard, std::chrono::steady_clock::time_point{first->first.time_since_epoch()});
            } else {
                const auto what = std::move(first->second);
                tasks_.erase(first);
                guard.unlock();
                what();
                guard.lock();
            }
        }
    }

    std::mutex lock_;
    std::condition_variable changed_;
    std::deque<std::pair<instant, std::function<void()>>> tasks_;
    bool stop_ = false;
    std::thread thread_;
};

class threaded_transport {
public:
    explicit threaded_transport(loop& l) : loop_(&l), port_(std::make_shared<port>()) {}

    void attach(stentor::events& core) noexcept { port_->core = &core; }
    stentor::fault submit(const stentor::record&, stentor::completion& which) noexcept {
        if (!loop_->up) {
            return stentor::fault::not_now("no broker is up");
        }
        ++port_->inside;
        loop_->post(instant::min(), [p = port_, c = &which] {
            --p->inside;
            c->owner->completed(*c, stentor::report{}, loop::now());
            let_go(*p);
        });
        return {};
    }
    stentor::moment now() noexcept { return loop::now(); }
    void wake_at(instant at) noexcept {
        loop_->post(at, [p = port_] {
            if (p->core != nullptr && !p->gone) {
                p->core->woken(loop::now());
            }
            let_go(*p);
        });
    }
    bool wait(stentor::latch& l, instant until) noexcept { return l.wait_until(until); }
    void retire(std::shared_ptr<void> keep, instant) noexcept {
        loop_->post(instant::min(), [p = port_, keep = std::move(keep)]() mutable {
            p->gone = true;
            p->keep = std::move(keep);
            let_go(*p);
        });
    }
    void come_back() {
        loop_->up = true;
        loop_->post(instant::min(), [p = port_] { p->core->resumed(loop::now()); });
    }

private:
    struct port {
        stentor::events* core = nullptr;
        std::atomic<int> inside{0};
        bool gone = false;
        std::shared_ptr<void> keep;
    };
    static void let_go(port& p) {
        if (p.gone && p.inside == 0) {
            const auto last = std::move(p.keep);
        }
    }

    loop* loop_;
    std::shared_ptr<port> port_;
};

using held_publisher =
    stentor::basic_publisher<threaded_transport, text_serializer, stentor::no_retry, stentor::no_breaker, stentor::no_tracer>;

// A handler that stays until it is let go.
class guest {
public:
    auto handler() {
        return [this](const auto&) {
            inside_.set();
            (void)leave_.wait_until(loop::now().now + 20s);
        };
    }
    void await() { CHECK(inside_.wait_until(loop::now().now + 20s)); }
    void leave() { leave_.set(); }

private:
    stentor::latch inside_;
    stentor::latch leave_;
};

}  // namespace

TEST_CASE("what expired parked while a handler held the event thread never goes out", "[flow]") {
    loop events;
    guest visitor;
    threaded_transport wire{events};
    held_publisher p{wire};
    REQUIRE(p.async_publish(note{"a", "blocks"}, visitor.handler()));
    visitor.await();
    events.up = false;
    stentor::latch told;
    std::atomic<int> definite{0};
    REQUIRE(p.async_publish(note{"b", "parked"},
                            [&](const stentor::result<stentor::receipt>& r) {
                                definite = !r && r.error().outcome == outcome::not_persisted && r.error() == errc::deadline_exceeded
                                               ? 1
                                               : 2;
                                told.set();
                            },
                            {.deadline = 20ms}));
    stentor::latch passed;
    (void)passed.wait_until(loop::now().now + 30ms);  // the deadline passes while the thread is held up
    p.transport().come_back();
    visitor.leave();
    REQUIRE(told.wait_until(loop::now().now + 20s));
    CHECK(definite == 1);
    CHECK(p.account().unknown == 0);
}

TEST_CASE("who waits for an event thread that is held up is told by what", "[flow]") {
    guest visitor;
    loop events;
    held_publisher p{threaded_transport{events}};
    REQUIRE(p.publish(note{"k", "before"}));
    const auto waits = [&] {
        const auto r = p.publish(note{"k", "waits"}, {.deadline = 20ms});
        visitor.leave();
        return r ? "it was not held up" : r.error().cause + ". " + r.error().hint;
    };
    SECTION("a handler") {
        REQUIRE(p.async_publish(note{"k", "blocks"}, visitor.handler()));
        visitor.await();
        const std::string said = waits();
        CHECK(
            said.starts_with("a handler of this client has kept the event thread past the deadline. "
                             "Do slow work in a thread of your own, not in a handler."));
    }
    SECTION("not by the handler of another client, as long as this one's event thread is not known") {
        loop elsewhere;
        guest of_the_other;
        held_publisher other{threaded_transport{elsewhere}};
        held_publisher fresh{threaded_transport{events}};
        REQUIRE(other.async_publish(note{"k", "blocks"}, of_the_other.handler()));
        of_the_other.await();
        events.post(instant::min(), [&] { visitor.handler()(0); });
        visitor.await();
        const auto r = fresh.publish(note{"k", "waits"}, {.deadline = 20ms});
        visitor.leave();
        of_the_other.leave();
        REQUIRE_FALSE(r);
        CHECK(r.error().cause == "the event thread of this client was held up past the deadline");
    }
    SECTION("whatever that is") {
        events.post(instant::min(), [&] { visitor.handler()(0); });
        visitor.await();
        const std::string said = waits();
        CHECK(
            said.starts_with("the event thread of this client was held up past the deadline. Slow handlers do that, "
                             "whose work belongs in a thread of your own, and a machine that is overloaded."));
    }
}

TEST_CASE("calls that wait answer would_deadlock on any transport's event thread", "[flow]") {
    loop events;
    held_publisher p{threaded_transport{events}};
    stentor::latch told;
    std::atomic<int> right{0};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const auto&) {
        right += p.publish(note{"k", "w"}).error() == errc::would_deadlock ? 1 : 0;
        right += p.flush(1s).error() == errc::would_deadlock ? 1 : 0;
        right += p.close(1s).error() == errc::would_deadlock ? 1 : 0;
        told.set();
    }));
    REQUIRE(told.wait_until(loop::now().now + 20s));
    CHECK(right == 3);
}

TEST_CASE("a publisher may be destroyed by the handler of a record that is still being published", "[flow]") {
    loop events;
    for (int i = 0; i < 300; ++i) {
        auto p = std::make_shared<std::unique_ptr<held_publisher>>();
        *p = std::make_unique<held_publisher>(threaded_transport{events});
        stentor::latch gone;
        held_publisher& before = **p;
        events.up = i % 3 != 0;
        if (!events.up) {
            before.transport().come_back();
        }
        REQUIRE(before.async_publish(note{"k", "v"}, [p, &gone](const auto&) {
            p->reset();
            gone.set();
        }));
        REQUIRE(gone.wait_until(loop::now().now + 20s));
    }
}

TEST_CASE("close waits for the handler of another publisher that holds up the same client, and ours are told", "[flow]") {
    loop events;
    guest visitor;
    held_publisher other{threaded_transport{events}};
    held_publisher p{threaded_transport{events}};
    REQUIRE(other.async_publish(note{"k", "blocks"}, visitor.handler()));
    visitor.await();
    std::atomic<int> told{0};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const auto&) { ++told; }));
    std::thread lets_go([&] {
        stentor::latch never;
        (void)never.wait_until(loop::now().now + 400ms);
        visitor.leave();
    });
    CHECK(p.close(50ms));
    CHECK(told == 1);
    lets_go.join();
}

TEST_CASE("close ends a synchronous publish, too, while a handler holds the event thread", "[flow]") {
    loop events;
    guest visitor;
    held_publisher p{threaded_transport{events}};
    REQUIRE(p.async_publish(note{"k", "blocks"}, visitor.handler()));
    visitor.await();
    std::string said;
    stentor::latch answered;
    std::thread caller([&] {
        const auto r = p.publish(note{"k", "v"}, {.deadline = 15s});
        said = r ? "it was not ended" : r.error() == errc::closed ? r.error().cause + ". " + r.error().hint : r.error().message();
        answered.set();
    });
    while (p.account().in_flight == 0) {
        std::this_thread::yield();
    }
    std::thread closer([&] { (void)p.close(10ms); });
    CHECK(answered.wait_until(loop::now().now + 10s));
    visitor.leave();
    caller.join();
    closer.join();
    CHECK(
        said.starts_with("a handler of this client has kept the event thread past the time given to close(). "
                         "Do slow work in a thread of your own, not in a handler."));
}
