#include <catch2/catch_test_macros.hpp>

#include <string>

#include <stentor/testing/recording_port.hpp>

using namespace stentor;

namespace {
struct created {
    std::string id;
};
struct removed {
    std::string id;
};
}  // namespace

TEST_CASE("recording_port keeps messages by type, in order") {
    recording_port<created, removed> out;
    port<created, removed>& as_port = out;
    CHECK(as_port.publish(created{"1"})->offset == 0);
    CHECK(as_port.publish(removed{"2"})->offset == 1);
    CHECK(as_port.publish(created{"3"})->offset == 2);
    REQUIRE(out.published<created>().size() == 2);
    CHECK(out.published<created>()[1].id == "3");
    REQUIRE(out.published<removed>().size() == 1);
    CHECK(out.published<removed>()[0].id == "2");
}

TEST_CASE("recording_port answers the errors that it was told to, then receipts again") {
    recording_port<created> out;
    out.fail_next(error(errc::broker_unavailable, "first"));
    out.fail_next(error(errc::closed, "second"));
    CHECK(out.publish(created{"1"}).error().cause == "first");
    std::string cause;
    REQUIRE(out.async_publish(created{"2"}, [&](const result<receipt>& r) { cause = r.error().cause; }));
    CHECK(cause == "second");
    CHECK(out.publish(created{"3"}));
    out.fail_next(errc::circuit_open);
    CHECK(out.publish(created{"4"}).error() == errc::circuit_open);
    CHECK(out.published<created>().size() == 4);
}

TEST_CASE("recording_port counts flushes and tells the time that it was given") {
    recording_port<created> out;
    moment m;
    m.random = 9;
    out.set_now(m);
    CHECK(out.now().random == 9);
    CHECK(out.flush(nanoseconds(1)));
    CHECK(out.flushes() == 1);
}
