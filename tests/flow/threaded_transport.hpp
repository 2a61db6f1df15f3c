// A transport with a real event thread, which others may share, and a handler that stays on it until it is let go.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "support.hpp"

namespace flow {

using stentor::instant;

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

}  // namespace flow
