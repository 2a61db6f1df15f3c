#include <catch2/catch_test_macros.hpp>

#include <thread>

#include <stentor/detail/event_thread.hpp>

using stentor::detail::event_scope;
using stentor::detail::on_event_thread;

TEST_CASE("event_thread: a thread is one inside a dispatch, however deep, and not after it") {
    CHECK_FALSE(on_event_thread());
    {
        const event_scope outer;
        CHECK(on_event_thread());
        {
            const event_scope inner;
            CHECK(on_event_thread());
        }
        CHECK(on_event_thread());
    }
    CHECK_FALSE(on_event_thread());
}

TEST_CASE("event_thread: only the thread that dispatches is one") {
    const event_scope here;
    bool there = true;
    std::thread([&] { there = on_event_thread(); }).join();
    CHECK_FALSE(there);
}
