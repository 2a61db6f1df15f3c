#include <catch2/catch_test_macros.hpp>

#include <sched.h>
#include <thread>
#include <vector>

#include <stentor/detail/spin_lock.hpp>

using stentor::detail::spin_guard;
using stentor::detail::spin_lock;

TEST_CASE("spin_lock: threads are never inside together") {
    spin_lock lock;
    int sum = 0;  // plain: a lost update or a data race would show
    constexpr int each = 5'000;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < each; ++i) {
                const spin_guard guard(lock);
                const int seen = sum;
                if (i % 16 == 0) {
                    ::sched_yield();  // with the lock held, so that others wait for it
                }
                sum = seen + 1;
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(sum == 4 * each);
}
