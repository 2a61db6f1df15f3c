#include <catch2/catch_test_macros.hpp>

#include <string_view>
#include <thread>
#include <type_traits>

#include <stentor/tracer/trace_scope.hpp>

using stentor::trace_context;
using stentor::trace_scope;

static_assert(std::is_nothrow_constructible_v<trace_scope, const trace_context&>);
static_assert(!std::is_copy_constructible_v<trace_scope> && !std::is_move_constructible_v<trace_scope>);

TEST_CASE("the innermost scope of a thread counts, and the one around it again when it has ended") {
    CHECK(trace_scope::current() == nullptr);
    {
        const trace_scope outer({.traceparent = "a"});
        REQUIRE(trace_scope::current() != nullptr);
        CHECK(trace_scope::current()->traceparent == "a");
        {
            const trace_scope inner({.traceparent = "b", .correlation_id = "c"});
            CHECK(trace_scope::current()->traceparent == "b");
            CHECK(trace_scope::current()->correlation_id == "c");
            const trace_scope none({});
            REQUIRE(trace_scope::current() != nullptr);
            CHECK(trace_scope::current()->traceparent.empty());
        }
        CHECK(trace_scope::current()->traceparent == "a");
    }
    CHECK(trace_scope::current() == nullptr);
}

TEST_CASE("a scope is its thread's alone") {
    const trace_scope here({.traceparent = "a"});
    bool seen = true;
    std::thread([&] { seen = trace_scope::current() != nullptr; }).join();
    CHECK_FALSE(seen);
}

TEST_CASE("handlers do not see the scope around the call that runs them, and may have their own") {
    const trace_scope outside({.traceparent = "a"});
    {
        const stentor::detail::event_scope handler_runs;
        CHECK(trace_scope::current() == nullptr);
        {
            const trace_scope own({.traceparent = "h"});
            REQUIRE(trace_scope::current() != nullptr);
            CHECK(trace_scope::current()->traceparent == "h");
        }
        CHECK(trace_scope::current() == nullptr);
    }
    REQUIRE(trace_scope::current() != nullptr);
    CHECK(trace_scope::current()->traceparent == "a");
}
