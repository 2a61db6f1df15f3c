#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/metrics/one_writer.hpp>
#include <stentor/metrics/counter.hpp>

using namespace stentor;

TEST_CASE("counter: it begins at 0 and grows by 1 or by more") {
    counter c;
    CHECK(c.value() == 0);
    c.add();
    c.add(41);
    CHECK(c.value() == 42);
}

TEST_CASE("counter: what its one writer adds and what others add is one sum") {
    counter c;
    c.add(2);
    const detail::event_scope here;
    detail::metrics::one_writer().add(c, 40);
    CHECK(c.value() == 42);
}
