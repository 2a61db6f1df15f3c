#pragma once

#include <cstdint>
#include <ctime>
#include <new>

#include <pthread.h>
#include <signal.h>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

// pthread wrappers: <mutex>, <condition_variable> and <thread> cost every user 0.4 s of compile time, and std::thread can neither
// be named nor be started with signals blocked.

namespace stentor::inline v0::detail::kafka {

class mutex {
public:
    mutex() noexcept = default;
    mutex(const mutex&) = delete;
    mutex& operator=(const mutex&) = delete;
    ~mutex() { ::pthread_mutex_destroy(&handle_); }
    void lock() noexcept { ::pthread_mutex_lock(&handle_); }
    void unlock() noexcept { ::pthread_mutex_unlock(&handle_); }
    [[nodiscard]] pthread_mutex_t* native() noexcept { return &handle_; }

private:
    pthread_mutex_t handle_ = PTHREAD_MUTEX_INITIALIZER;
};

class [[nodiscard]] guard {
public:
    explicit guard(mutex& m) noexcept : mutex_(m) { mutex_.lock(); }
    ~guard() { mutex_.unlock(); }
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

private:
    mutex& mutex_;
};

// A condition on the monotonic clock: wall time may jump.
class condition {
public:
    condition() noexcept {
        pthread_condattr_t attributes{};
        ::pthread_condattr_init(&attributes);
        ::pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        ::pthread_cond_init(&handle_, &attributes);
        ::pthread_condattr_destroy(&attributes);
    }
    condition(const condition&) = delete;
    condition& operator=(const condition&) = delete;
    ~condition() { ::pthread_cond_destroy(&handle_); }
    void notify_all() noexcept { ::pthread_cond_broadcast(&handle_); }
    void wait(mutex& held) noexcept { ::pthread_cond_wait(&handle_, held.native()); }
    void wait_until(mutex& held, instant until) noexcept {
        const auto ns = until.time_since_epoch().count();
        const std::timespec absolute{static_cast<std::time_t>(ns / 1'000'000'000), static_cast<long>(ns % 1'000'000'000)};
        ::pthread_cond_timedwait(&handle_, held.native(), &absolute);
    }

private:
    pthread_cond_t handle_;
};

// Starts a thread with all signals blocked, so that the application's handlers never run on it. It has its name from its first
// moment: it gives it to itself, also because it may be gone before this returns. False: no thread was made.
[[nodiscard]] inline bool start_thread(pthread_t& made, void* (*body)(void*), void* argument, const char* name) noexcept {
    struct start {
        void* (*body)(void*);
        void* argument;
        const char* name;
    };
    auto* const first = new (std::nothrow) start{body, argument, name};
    if (first == nullptr) {
        return false;
    }
    sigset_t all;
    sigset_t before;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    const int failed = ::pthread_create(
        &made, nullptr,
        [](void* given) -> void* {
            const start mine = *static_cast<start*>(given);
            delete static_cast<start*>(given);
            ::pthread_setname_np(::pthread_self(), mine.name);
            return mine.body(mine.argument);
        },
        first);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    if (failed != 0) {
        delete first;
    }
    return failed == 0;
}

}  // namespace stentor::inline v0::detail::kafka
