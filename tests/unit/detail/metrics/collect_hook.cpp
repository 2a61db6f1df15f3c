#include <catch2/catch_test_macros.hpp>

#include <stdexcept>

#include <stentor/detail/metrics/collect_hook.hpp>

using stentor::metric_sink;
using stentor::detail::metrics::collect_hook;

TEST_CASE("collect_hook: it is called until it is forgotten, also one that throws, and one that is nothing") {
    metric_sink sink;
    int calls = 0;
    collect_hook h([&](metric_sink&) {
        if (++calls == 2) {
            throw std::runtime_error("the second time");
        }
    });
    h.run(sink);
    CHECK_THROWS_AS(h.run(sink), std::runtime_error);
    h.run(sink);
    CHECK_FALSE(h.forgotten());
    CHECK(h.forget());
    CHECK(h.forgotten());
    h.run(sink);
    CHECK(h.forget());
    CHECK(calls == 3);
    collect_hook nothing({});
    nothing.run(sink);
    CHECK(nothing.forget());
}

TEST_CASE("collect_hook: it says when it forgets itself, and goes when it has ended") {
    metric_sink sink;
    int calls = 0;
    collect_hook* self = nullptr;
    collect_hook h([&](metric_sink&) {
        ++calls;
        CHECK_FALSE(self->forget());
        CHECK_FALSE(self->forget());
    });
    self = &h;
    h.run(sink);
    h.run(sink);
    CHECK(calls == 1);
    CHECK(h.forget());
}
