// Does the counter count? All the other tests here say 0.

#include <atomic>
#include <cstdint>
#include <new>
#include <thread>

#include <catch2/catch_test_macros.hpp>

#include "counting.hpp"

TEST_CASE("every form of operator new is counted, once, on its thread") {
    constexpr std::align_val_t wide{64};
    // Function calls and not expressions: compilers may leave out the latter.
    const allocations::counts mark = allocations::so_far();
    void* const all[] = {::operator new(1),
                         ::operator new[](1),
                         ::operator new(1, std::nothrow),
                         ::operator new[](1, std::nothrow),
                         ::operator new(1, wide),
                         ::operator new[](1, wide),
                         ::operator new(1, wide, std::nothrow),
                         ::operator new[](1, wide, std::nothrow)};
    const allocations::counts counted = allocations::since(mark);
    ::operator delete(all[0]);
    ::operator delete[](all[1]);
    ::operator delete(all[2], std::nothrow);
    ::operator delete[](all[3], std::nothrow);
    ::operator delete(all[4], wide);
    ::operator delete[](all[5], wide);
    ::operator delete(all[6], wide, std::nothrow);
    ::operator delete[](all[7], wide, std::nothrow);
    CHECK(counted.here == 8);
    CHECK(counted.anywhere == 8);
}

TEST_CASE("what another thread allocates is counted as anywhere, and not as here") {
    std::uint64_t there = 0;
    allocations::counts mark;
    allocations::counts counted;
    std::atomic<int> turn{0};
    std::thread other([&] {
        turn.wait(0);
        const allocations::counts before = allocations::so_far();
        ::operator delete(::operator new(1));
        there = allocations::since(before).here;
        turn.store(2);
        turn.notify_one();
    });
    mark = allocations::so_far();
    turn.store(1);
    turn.notify_one();
    turn.wait(1);
    counted = allocations::since(mark);
    other.join();
    CHECK(there == 1);
    CHECK(counted.here == 0);
    CHECK(counted.anywhere == 1);
}
