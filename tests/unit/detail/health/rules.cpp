#include <catch2/catch_test_macros.hpp>

#include <chrono>

#include <stentor/detail/health/rules.hpp>

using namespace std::chrono_literals;
using namespace stentor;

namespace {

// Of a publisher whose client said something bad at second 10.
publisher_health look(timestamp persisted, bool knows_brokers, std::size_t brokers_up) {
    detail::health_notes notes;
    event fault;
    fault.what = event::kind::client;
    fault.code = errc::dns;
    fault.cause = "no such host";
    fault.at.wall = timestamp(10s);
    notes.heard(fault);
    notes.succeeded(persisted);
    publisher_snapshot seen;
    seen.gone = false;
    seen.at.wall = timestamp(60s);
    seen.knows_brokers = knows_brokers;
    seen.brokers_up = brokers_up;
    return detail::examine("tasks", seen, notes, {});
}

}  // namespace

TEST_CASE("what a client said last is told until a message is persisted after it") {
    CHECK(look(timestamp(9s), true, 1).last_client_fault);
    CHECK(look(timestamp(10s), true, 1).last_client_fault);  // which of them was first nobody knows
    CHECK_FALSE(look(timestamp(10'001ms), true, 1).last_client_fault);
    const publisher_health of_unknown_brokers = look(timestamp(11s), false, 0);
    CHECK_FALSE(of_unknown_brokers.last_client_fault);
    CHECK(of_unknown_brokers.reasons.empty());
}

TEST_CASE("while no broker is up, what the client said last is told as the reason, whatever was persisted since") {
    const publisher_health h = look(timestamp(11s), true, 0);
    REQUIRE(h.last_client_fault);
    CHECK(h.last_client_fault->error == "dns");
    CHECK(h.status == health_status::fail);
    REQUIRE(h.reasons.size() == 1);
    CHECK(h.reasons[0] == "No broker is up: no such host.");
}
