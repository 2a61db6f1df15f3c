#pragma once

#include <atomic>
#include <functional>
#include <utility>

#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/metrics/ownership.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::metrics {

// A user's function, which one thread at a time is in. It may take as long as it likes, so who waits for it sleeps.
class collect_hook {
public:
    explicit collect_hook(std::function<void(metric_sink&)> call) noexcept : call_(std::move(call)) {}
    collect_hook(const collect_hook&) = delete;
    collect_hook& operator=(const collect_hook&) = delete;

    // Throws what the function throws.
    void run(metric_sink& to) {
        const turn mine(*this);
        if (call_ && !forgotten()) {
            call_(to);
        }
    }

    // Once this has returned the function is not called any more, and gone. False: it is the function that calls this, and it goes
    // when it ends.
    [[nodiscard]] bool forget() noexcept {
        forgotten_.store(true, std::memory_order_relaxed);  // so that this waits for no more than one call
        if (runner_.load(std::memory_order_relaxed) == &this_thread) {
            return false;
        }
        const turn mine(*this);
        return true;
    }
    [[nodiscard]] bool forgotten() const noexcept { return forgotten_.load(std::memory_order_relaxed); }

private:
    class turn {
    public:
        explicit turn(collect_hook& of) noexcept : of_(of), held_(of.running_) {
            of_.runner_.store(&this_thread, std::memory_order_relaxed);
        }
        ~turn() {
            if (of_.forgotten()) {
                of_.call_ = nullptr;
            }
            of_.runner_.store(nullptr, std::memory_order_relaxed);
        }
        turn(const turn&) = delete;
        turn& operator=(const turn&) = delete;

    private:
        collect_hook& of_;
        kafka::guard held_;
    };

    kafka::mutex running_{};
    std::atomic<const void*> runner_{nullptr};  // whose turn it is: a thread finds itself there, or it is not the one
    std::atomic<bool> forgotten_{false};
    std::function<void(metric_sink&)> call_;
};

}  // namespace stentor::inline v0::detail::metrics
