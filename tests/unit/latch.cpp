#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <thread>

#include <stentor/latch.hpp>

using namespace stentor;

TEST_CASE("a latch that is set does not wait, even for an instant long gone") {
    latch l;
    CHECK_FALSE(l.is_set());
    l.set();
    CHECK(l.is_set());
    CHECK(l.wait_until(instant{}));
}

TEST_CASE("a latch that nobody sets answers false when the instant is past, and still works afterwards") {
    latch l;
    CHECK_FALSE(l.wait_until(instant{}));
    CHECK_FALSE(l.wait_until(instant(nanoseconds(-5))));
    CHECK_FALSE(l.is_set());
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
        REQUIRE(l->wait_until(instant::max()));
        REQUIRE(written == 1);
        l.reset();
        setter.join();
    }
}
