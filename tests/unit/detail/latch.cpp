#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <ctime>
#include <memory>
#include <thread>

#include <stentor/detail/latch.hpp>

using namespace stentor;

namespace {
// What the latch's own sleep goes by; only here, because that is what these tests are about.
instant monotonic() {
    std::timespec t{};
    ::clock_gettime(CLOCK_MONOTONIC, &t);
    return instant(std::chrono::seconds(t.tv_sec) + nanoseconds(t.tv_nsec));
}
}  // namespace

TEST_CASE("a latch that is set does not wait, even for an instant long gone") {
    latch l;
    CHECK_FALSE(l.is_set());
    l.set();
    CHECK(l.is_set());
    CHECK(l.wait_until(instant{}));
}

TEST_CASE("a latch that nobody sets answers false once the instant has come") {
    latch l;
    CHECK_FALSE(l.wait_until(instant{}));
    const instant until = monotonic() + milliseconds(2);
    CHECK_FALSE(l.wait_until(until));
    CHECK(monotonic() >= until);
    l.set();
    CHECK(l.wait_until(instant{}));
}

TEST_CASE("a latch can be used again") {
    latch l;
    l.set();
    l.reset();
    CHECK_FALSE(l.is_set());
    CHECK_FALSE(l.wait_until(instant{}));
}

TEST_CASE("the waiter wakes when another thread sets it, and may destroy it then") {
    for (int i = 0; i < 2000; ++i) {
        auto l = std::make_unique<latch>();
        int written = 0;
        std::thread setter([&written, at = l.get()] {
            written = 1;
            at->set();
        });
        REQUIRE(l->wait_until(monotonic() + std::chrono::seconds(20)));
        REQUIRE(written == 1);
        l.reset();
        setter.join();
    }
}
