#pragma once

#include <atomic>
#include <chrono>
#include <cstdio>
#include <exception>
#include <random>
#include <stop_token>
#include <string>
#include <thread>

#include "../support/cluster.hpp"

// What is done to the cluster while messages are sent: one node at a time, so that two of three are there to acknowledge.

namespace soak {

class faults {
public:
    faults(const broker::cluster& kafka, unsigned seed) : kafka_(kafka), random_(seed) {}

    /// One after the other, until `over` or one cannot be made.
    void run(const std::stop_token& over) noexcept {
        try {
            while (!over.stop_requested()) {
                one(done_ % 4);
                ++done_;
                rest(over);
            }
        } catch (const std::exception& e) {
            failure_ = e.what();
            failed_ = true;
        }
    }

    [[nodiscard]] int done() const noexcept { return done_; }
    /// One could not be made: then the run proves nothing.
    [[nodiscard]] bool failed() const noexcept { return failed_; }
    /// Which command failed. To be read when `failed()`.
    [[nodiscard]] const std::string& failure() const noexcept { return failure_; }

private:
    void one(int kind) {
        const std::string node = std::to_string(std::uniform_int_distribution<>(1, 3)(random_));
        switch (kind) {
            case 0:
                tell("kill -9", node);
                kafka_.run("kill " + node);
                pause(500, 3000);
                kafka_.run("start " + node);
                break;
            case 1:
                tell("SIGSTOP", node);
                kafka_.run("stop " + node);
                pause(500, 6000);  // both sides of the session's time-out
                kafka_.run("cont " + node);
                break;
            case 2:
                tell("orderly restart", node);
                kafka_.run("term " + node);
                kafka_.run("start " + node);
                break;
            default:
                tell("leaders go back to where they were first", "");
                kafka_.run("tool org.apache.kafka.tools.LeaderElectionCommand --bootstrap-server " + kafka_.brokers() +
                           " --election-type PREFERRED --all-topic-partitions >/dev/null 2>&1 || true");
                break;
        }
    }
    void tell(const char* what, const std::string& node) const {
        const std::chrono::duration<double> at = std::chrono::steady_clock::now() - began_;
        std::printf("%7.1f s  %s%s\n", at.count(), what, node.empty() ? "" : (" of node " + node).c_str());
        std::fflush(stdout);
    }
    void pause(int from_ms, int to_ms) {
        std::this_thread::sleep_for(std::chrono::milliseconds(std::uniform_int_distribution<>(from_ms, to_ms)(random_)));
    }
    // Until the followers have caught up, and not much longer: faults in a row are harder.
    void rest(const std::stop_token& over) {
        const auto until =
            std::chrono::steady_clock::now() + std::chrono::milliseconds(std::uniform_int_distribution<>(500, 4000)(random_));
        while (!over.stop_requested() && std::chrono::steady_clock::now() < until) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    }

    const broker::cluster& kafka_;
    std::mt19937 random_;
    std::atomic<int> done_{0};
    std::string failure_;
    std::atomic<bool> failed_{false};
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

}  // namespace soak
