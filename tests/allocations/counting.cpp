#include "counting.hpp"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

namespace {

constinit thread_local std::uint64_t here = 0;
constinit std::atomic<std::uint64_t> anywhere{0};

void* counted(void* p) {
    if (p == nullptr) {
        throw std::bad_alloc();
    }
    ++here;
    anywhere.fetch_add(1, std::memory_order_seq_cst);
    return p;
}

std::size_t up_to(std::size_t size, std::size_t alignment) { return (size + alignment - 1) / alignment * alignment; }

}  // namespace

allocations::counts allocations::so_far() noexcept { return {here, anywhere.load(std::memory_order_seq_cst)}; }

// Apart from all callers: a compiler that sees both takes malloc and free for a mismatch. The other forms, arrays and nothrow, are
// in the standard library and call these.
void* operator new(std::size_t size) { return counted(std::malloc(size != 0 ? size : 1)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
    const auto bytes = static_cast<std::size_t>(alignment);
    return counted(std::aligned_alloc(bytes, up_to(size != 0 ? size : 1, bytes)));
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
