#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/scripted_retry.hpp>

using namespace std::chrono_literals;
using namespace stentor;

TEST_CASE("scripted_retry answers its list, then gives up, and remembers the questions") {
    const scripted_retry kept{retry_in(1s), redirect_to("dlq", 2s)};
    const scripted_retry given = kept;
    failure f;
    f.attempt = 4;
    f.remaining = 3s;
    f.code = errc::tls;
    f.cause = "_SSL";
    f.transient = false;
    CHECK(given.next(f).delay == 1s);
    CHECK(given.next({}).topic == "dlq");
    CHECK(given.next({}).what == verdict::kind::give_up);
    REQUIRE(kept.questions().size() == 3);
    CHECK(kept.questions()[0].attempt == 4);
    CHECK(kept.questions()[0].remaining == 3s);
    CHECK(kept.questions()[0].code == errc::tls);
    CHECK(kept.questions()[0].cause == "_SSL");
    CHECK_FALSE(kept.questions()[0].transient);
}
