#include "failing.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t until = 0;
constinit thread_local bool keeps_failing = false;
constinit thread_local bool has_failed = false;
constinit std::atomic<std::int64_t> alive{0};
constinit std::atomic<std::uint64_t> failed{0};
constinit std::atomic<bool> others_fail{false};
constinit std::atomic<std::uint64_t> left_elsewhere{0};
constinit thread_local bool spared = false;

void* counted(void* p) {
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    alive.fetch_add(1, std::memory_order_relaxed);
    return p;
}

void perhaps_fail() {
    if (until != 0 && --until == 0) {
        has_failed = true;
        failed.fetch_add(1, std::memory_order_relaxed);
        until = keeps_failing ? 1 : 0;
        throw std::bad_alloc();
    }
    if (others_fail.load(std::memory_order_relaxed) && !spared) {
        failed.fetch_add(1, std::memory_order_relaxed);
        throw std::bad_alloc();
    }
    if (left_elsewhere.load(std::memory_order_relaxed) != 0 && !spared && left_elsewhere.fetch_sub(1) == 1) {
        failed.fetch_add(1, std::memory_order_relaxed);
        throw std::bad_alloc();
    }
}

void released(void* p) noexcept {
    if (p != nullptr) {
        alive.fetch_sub(1, std::memory_order_relaxed);
        std::free(p);
    }
}

}  // namespace

void failing::arm(std::uint64_t nth, how h) noexcept {
    until = nth;
    keeps_failing = h == how::from_then_on;
    has_failed = false;
}
bool failing::disarm() noexcept {
    until = 0;
    return has_failed;
}
failing::gone_elsewhere::gone_elsewhere() noexcept {
    spared = true;
    others_fail = true;
}
failing::gone_elsewhere::~gone_elsewhere() {
    others_fail = false;
    spared = false;
}
failing::one_elsewhere::one_elsewhere(std::uint64_t nth) noexcept {
    spared = true;
    left_elsewhere = nth;
}
failing::one_elsewhere::~one_elsewhere() {
    left_elsewhere = 0;
    spared = false;
}
void failing::spare() noexcept { spared = true; }
std::int64_t failing::blocks() noexcept { return alive.load(std::memory_order_relaxed); }
std::uint64_t failing::failures() noexcept { return failed.load(std::memory_order_relaxed); }

// The other forms, arrays and nothrow, are in the standard library and call these.
void* operator new(std::size_t size) {
    perhaps_fail();
    return counted(std::malloc(size != 0 ? size : 1));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    perhaps_fail();
    const auto bytes = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(bytes, (size + bytes - 1) / bytes * bytes));
}
void operator delete(void* p) noexcept { released(p); }
void operator delete(void* p, std::size_t) noexcept { released(p); }
void operator delete(void* p, std::align_val_t) noexcept { released(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { released(p); }
