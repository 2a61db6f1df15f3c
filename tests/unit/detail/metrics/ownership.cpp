#include <catch2/catch_test_macros.hpp>

#include <thread>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/metrics/ownership.hpp>

using stentor::detail::event_scope;
using stentor::detail::metrics::ownership;
using stentor::detail::metrics::this_thread;

TEST_CASE("ownership: the first event thread that asks has it for ever, nobody else") {
    ownership o;
    CHECK_FALSE(o.mine(&this_thread));  // no event thread
    bool of_other = false;
    std::thread([&] {
        const event_scope here;
        of_other = o.mine(&this_thread);
    }).join();
    CHECK(of_other);
    ownership p;
    {
        const event_scope here;
        CHECK(p.mine(&this_thread));
    }
    CHECK(p.mine(&this_thread));  // once it has it, it need not be dispatching
    bool taken = true;
    std::thread([&] {
        const event_scope here;
        taken = p.mine(&this_thread);
    }).join();
    CHECK_FALSE(taken);
}
