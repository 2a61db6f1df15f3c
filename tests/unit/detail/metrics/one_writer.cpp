#include <catch2/catch_test_macros.hpp>

#include <thread>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/metrics/one_writer.hpp>

using stentor::detail::event_scope;
using stentor::detail::metrics::ownership;

TEST_CASE("ownership: the first event thread that asks has it for ever, nobody else") {
    ownership o;
    CHECK_FALSE(o.mine());  // no event thread
    bool of_other = false;
    std::thread([&] {
        const event_scope here;
        of_other = o.mine();
    }).join();
    CHECK(of_other);
    ownership p;
    {
        const event_scope here;
        CHECK(p.mine());
    }
    CHECK(p.mine());  // once it has it, it need not be dispatching
    bool taken = true;
    std::thread([&] {
        const event_scope here;
        taken = p.mine();
    }).join();
    CHECK_FALSE(taken);
}
