#pragma once

#include <cstdlib>
#include <ctime>

#include <pthread.h>

#include <stentor/detail/kafka/sync.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

// What is one per process: the lock of the shared clients, and the count of event threads that exit() waits for.

namespace stentor::inline v0::detail::kafka {

class process_state {
public:
    // Never destroyed: event threads that are left behind at exit may still touch it.
    [[nodiscard]] static process_state& instance() {
        static process_state* const the_one = new process_state;
        return *the_one;
    }

    mutex registry;  // guards the list of shared clients; here, because fork has to hold it

    void winding_down() noexcept {
        const guard g(lock_);
        ++leaving_;
    }
    void wound_down() noexcept {
        const guard g(lock_);
        --leaving_;
        changed_.notify_all();
    }

private:
    process_state() {
        ::pthread_atfork([] { instance().before_fork(); }, [] { instance().after_fork(); }, [] { instance().in_child(); });
        std::atexit([] { instance().at_exit(); });
    }

    void before_fork() noexcept {
        registry.lock();
        lock_.lock();
    }
    void after_fork() noexcept {
        lock_.unlock();
        registry.unlock();
    }
    // The parent's event threads do not exist here, so there is nobody to wait for.
    void in_child() noexcept {
        leaving_ = 0;
        after_fork();
    }

    // Clients that are being wound down get two seconds; then they are left behind, so that a hanging name server or broker never
    // keeps a process from ending.
    void at_exit() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        const instant until{std::chrono::seconds(t.tv_sec + 2) + nanoseconds(t.tv_nsec)};
        const guard g(lock_);
        while (leaving_ > 0) {
            ::clock_gettime(CLOCK_MONOTONIC, &t);
            if (instant{std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec)} >= until) {
                return;
            }
            changed_.wait_until(lock_, until);
        }
    }

    mutex lock_;
    condition changed_;
    int leaving_ = 0;
};

}  // namespace stentor::inline v0::detail::kafka
