#include <catch2/catch_test_macros.hpp>

#include <thread>

#include <stentor/detail/handler_calls.hpp>

using stentor::detail::all_handler_calls;
using stentor::detail::handler_calls;
using stentor::detail::handler_threads;
using stentor::detail::handlers_here;
using stentor::detail::serving_thread;

namespace {

template <class Call>
void on_a_new_thread(Call&& call) {
    std::thread(call).join();
}

}  // namespace

TEST_CASE("handler_calls: one inside another runs until both have ended, and both are counted") {
    handler_calls c;
    CHECK_FALSE(c.running());
    c.begin();
    c.begin();
    c.end();
    CHECK(c.running());
    c.end();
    CHECK_FALSE(c.running());
    CHECK(c.begun() == 2);
}

TEST_CASE("handler_calls: a publisher whose thread is known cares for no other, one of several threads for all") {
    serving_thread ours;
    serving_thread anyones;
    handler_calls* theirs = nullptr;
    on_a_new_thread([&] {
        theirs = &handlers_here();
        anyones.is_this_one();
    });
    CHECK_FALSE(ours.may_run_a_handler());
    theirs->begin();
    CHECK(ours.may_run_a_handler());  // its thread is not known yet
    CHECK_FALSE(ours.surely_runs_a_handler());
    CHECK(anyones.surely_runs_a_handler());
    ours.is_this_one();
    anyones.is_this_one();
    CHECK_FALSE(ours.may_run_a_handler());
    CHECK(anyones.may_run_a_handler());
    CHECK_FALSE(anyones.surely_runs_a_handler());
    const auto begun = ours.handlers_begun();
    CHECK(anyones.handlers_begun() > begun);
    theirs->end();
    CHECK_FALSE(anyones.may_run_a_handler());

    SECTION("and nothing is sure any more when so many threads have been there that they share places") {
        handlers_here().begin();
        CHECK(ours.surely_runs_a_handler());
        while (handler_threads <= all_handler_calls.size()) {
            on_a_new_thread([] { (void)handlers_here(); });
        }
        CHECK(ours.may_run_a_handler());
        CHECK_FALSE(ours.surely_runs_a_handler());
        handlers_here().end();
    }
}
