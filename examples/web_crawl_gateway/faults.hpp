#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include <stentor/testing/mock_cluster.hpp>

#include "plan.hpp"

namespace demo {

/// What the embedded broker is made to do to us, on a thread of its own: it refuses, moves its leaders, goes away and denies a
/// topic.
class faults {
public:
    static constexpr int brokers = 3;
    static constexpr int partitions = 16;  // of the topic that carries nearly everything

    /// How many partitions a topic of the embedded broker has.
    [[nodiscard]] static constexpr int partitions_of(std::string_view topic) noexcept {
        return topic == status_topic ? partitions : 1;
    }

    /// Makes the topics. `say` is told what happens, as it happens; `troubled` is true while it does. All must outlive it.
    faults(stentor::mock_cluster& cluster, std::function<void(const std::string&)> say, std::atomic<bool>& troubled);
    faults(const faults&) = delete;
    faults& operator=(const faults&) = delete;
    ~faults() { heal(); }

    void begin();
    /// Ends the schedule, wherever it is, and leaves a broker that behaves.
    void heal();

private:
    using duration = std::chrono::milliseconds;

    void run();
    // Sleeps until that time after the beginning; false: it is over.
    [[nodiscard]] bool sleep_until(duration since_begin);
    void refuse_writes();
    void move_leaders();
    void take_brokers_down();
    void deny_a_topic();

    stentor::mock_cluster& cluster_;
    std::function<void(const std::string&)> say_;
    std::atomic<bool>& troubled_;
    std::atomic<bool> over_{false};
    std::chrono::steady_clock::time_point begin_{};
    std::thread thread_;
};

}  // namespace demo
