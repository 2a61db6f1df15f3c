// A service's own unit tests (Catch2): what it does when Kafka fails. No broker, no sleep, the same result every time.

#include <catch2/catch_test_macros.hpp>

#include <stentor/stentor.hpp>

namespace app {

struct signup {
    std::string email;
};
BOOST_DESCRIBE_STRUCT(signup, (), (email))

}  // namespace app

template <>
struct stentor::message_traits<app::signup> {
    static constexpr std::string_view topic = "signups";
    static std::string_view key(const app::signup& s) { return s.email; }
};

using namespace std::chrono_literals;
using stentor::errc;

TEST_CASE("an outage of 20 s costs 20 s and no signup") {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    broker.down(20s);
    const auto sent = publisher.publish(app::signup{"ann@example.com"});
    REQUIRE(sent);
    CHECK(broker.elapsed() == 20s);
    CHECK(broker.records("signups").size() == 1);
}

TEST_CASE("a lost acknowledgement is reported as unknown, and the signup is not sent twice") {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    broker.fail_next(1, stentor::memory_fault::lost_acknowledgement());
    const auto sent = publisher.publish(app::signup{"bob@example.com"});
    REQUIRE_FALSE(sent);
    CHECK(sent.error().outcome == stentor::outcome::unknown);
    CHECK(broker.records("signups").size() == 1);
}

TEST_CASE("five failures open the circuit; after 30 s a probe closes it") {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_retry{},
                                       stentor::failure_breaker{{.failures = 5, .successes = 1, .open_for = 30s}}};
    broker.fail_next(5, errc::broker_unavailable);
    for (int i = 0; i < 5; ++i) {
        CHECK(publisher.publish(app::signup{"eve@example.com"}).error() == errc::broker_unavailable);
    }
    CHECK(publisher.publish(app::signup{"eve@example.com"}).error() == errc::circuit_open);
    broker.advance(30s);
    CHECK(publisher.publish(app::signup{"eve@example.com"}));
}
