// A service's own unit tests (GoogleTest): what it does when Kafka fails. No broker, no sleep, the same result every time.

#include <gtest/gtest.h>

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

TEST(signups, survive_an_outage_of_20_s) {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    broker.down(20s);
    const auto sent = publisher.publish(app::signup{"ann@example.com"});
    ASSERT_TRUE(sent);
    EXPECT_EQ(broker.elapsed(), 20s);
    EXPECT_EQ(broker.records("signups").size(), 1U);
}

TEST(signups, are_not_sent_twice_when_an_acknowledgement_is_lost) {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    broker.fail_next(1, stentor::memory_fault::lost_acknowledgement());
    const auto sent = publisher.publish(app::signup{"bob@example.com"});
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().outcome, stentor::outcome::unknown);
    EXPECT_EQ(broker.records("signups").size(), 1U);
}

TEST(signups, open_the_circuit_after_5_failures_and_a_probe_closes_it) {
    stentor::memory_broker broker;
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::no_retry{},
                                       stentor::failure_breaker{{.failures = 5, .successes = 1, .open_for = 30s}}};
    broker.fail_next(5, errc::broker_unavailable);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(publisher.publish(app::signup{"eve@example.com"}).error(), errc::broker_unavailable);
    }
    EXPECT_EQ(publisher.publish(app::signup{"eve@example.com"}).error(), errc::circuit_open);
    broker.advance(30s);
    EXPECT_TRUE(publisher.publish(app::signup{"eve@example.com"}));
}
