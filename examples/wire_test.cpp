// A service's own test over the real wire protocol (Catch2): brokers inside the test's process, read back by another client.

#include <catch2/catch_test_macros.hpp>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

namespace app {

struct bid {
    std::string auction;
    std::int64_t cents;
};
BOOST_DESCRIBE_STRUCT(bid, (), (auction, cents))

}  // namespace app

template <>
struct stentor::message_traits<app::bid> {
    static constexpr std::string_view topic = "bids";
    static std::string_view key(const app::bid& b) { return b.auction; }
};

using namespace std::chrono_literals;

TEST_CASE("bids of one auction arrive in order, with key, value and trace") {
    stentor::mock_cluster cluster;
    cluster.create_topic("bids", 4);
    stentor::publisher publisher{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    for (const auto& sent : publisher.publish_all(std::vector<app::bid>{{"lot-7", 100}, {"lot-7", 150}})) {
        REQUIRE(sent);
    }
    const auto read = stentor::topic_reader{cluster.bootstrap(), "bids"}.read(2);
    REQUIRE(read.size() == 2);
    CHECK(read[0].partition == read[1].partition);
    CHECK(read[0].key == "lot-7");
    CHECK(read[0].value == R"({"auction":"lot-7","cents":100})");
    CHECK(read[1].value == R"({"auction":"lot-7","cents":150})");
    CHECK(read[0].header("traceparent").has_value());
}

TEST_CASE("a bid waits for brokers that are down, and expires as certainly not persisted") {
    stentor::mock_cluster cluster;
    cluster.create_topic("bids", 1);
    stentor::publisher publisher{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    cluster.down();
    const auto late = publisher.publish(app::bid{"lot-7", 200}, {.deadline = 300ms});
    REQUIRE_FALSE(late);
    CHECK(late.error().outcome == stentor::outcome::not_persisted);
    cluster.up();
    CHECK(publisher.publish(app::bid{"lot-7", 250}));
}
