#include <catch2/catch_test_macros.hpp>

#include <stentor/stentor.hpp>

namespace app {

struct greeting {
    std::string to;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to))

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";
    static std::string_view key(const app::greeting& g) { return g.to; }
};

using namespace std::chrono_literals;

TEST_CASE("a greeting survives two failures of the broker") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::exponential_backoff{.attempts = 3, .initial = 1s}};
    broker.fail_next(2, stentor::errc::broker_unavailable);

    const auto r = p.publish(app::greeting{"Ann"});

    REQUIRE(r);
    CHECK(r->attempts == 3);
    CHECK(broker.elapsed() == 3s);  // 1 s and 2 s of back-off, in no time at all
    CHECK(broker.records("greetings")[0].value == R"({"to":"Ann"})");
}

TEST_CASE("policies are swapped one by one") {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_breaker{}, stentor::dead_letter<>{.topic = "failed"}};
    CHECK(p.publish(app::greeting{"Bob"}));
}
