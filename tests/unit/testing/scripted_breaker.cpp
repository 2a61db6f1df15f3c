#include <catch2/catch_test_macros.hpp>

#include <string>
#include <vector>

#include <stentor/testing/scripted_breaker.hpp>

using namespace stentor;

TEST_CASE("scripted_breaker answers its list, then yes, and counts its permits") {
    scripted_breaker kept{true, false};
    scripted_breaker given = kept;
    const auto first = given.allow("a", {});
    REQUIRE(first);
    CHECK_FALSE(given.allow("b", {}));
    const auto third = given.allow("c", {});
    REQUIRE(third);
    CHECK(first->slot != third->slot);
    CHECK(kept.asked() == std::vector<std::string>{"a", "b", "c"});
    CHECK(kept.permits_out() == 2);
    given.record(*third, {signal::trip, nanoseconds(5), errc::tls, "_SSL"}, {});
    CHECK(kept.permits_out() == 1);
    REQUIRE(kept.recorded().size() == 1);
    CHECK(kept.recorded()[0].permit == third->slot);
    CHECK(kept.recorded()[0].signal == signal::trip);
    CHECK(kept.recorded()[0].code == errc::tls);
    CHECK(kept.recorded()[0].cause == "_SSL");
}

TEST_CASE("scripted_breaker has the state that it was given, and remembers client events") {
    scripted_breaker b;
    CHECK(b.state() == circuit::closed);
    b.set_state(circuit::half_open);
    CHECK(b.state() == circuit::half_open);
    b.on_client({client_event::kind::broker_up, errc::none, {}}, {});
    CHECK(b.client_events() == std::vector{client_event::kind::broker_up});
}
