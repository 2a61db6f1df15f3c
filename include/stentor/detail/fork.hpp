#pragma once

#include <pthread.h>
#include <atomic>
#include <cstdint>

#include <stentor/version.hpp>

// A forked child has the publisher's memory but none of its threads: whatever it hands over is never sent. So a publisher remembers
// in which process it was made. A counter that the child's fork handler moves costs one load to compare; getpid() is a system call.

namespace stentor::inline v0::detail {

inline std::atomic<std::uint32_t> fork_count{0};

// How often this process is a child of a fork since the library was first used.
[[nodiscard]] inline std::uint32_t process_generation() noexcept {
    static const int registered = ::pthread_atfork(nullptr, nullptr, [] { fork_count.fetch_add(1, std::memory_order_relaxed); });
    (void)registered;
    return fork_count.load(std::memory_order_relaxed);
}

}  // namespace stentor::inline v0::detail
