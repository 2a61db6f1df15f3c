// The code of docs/*.md that needs librdkafka: a test on the wire, and configurations that are checked and never connected.
#include <catch2/catch_test_macros.hpp>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>
#include <stentor/testing/topic_reader.hpp>

using namespace std::chrono_literals;

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

TEST_CASE("docs/testing.md: a greeting on the wire") {
    stentor::mock_cluster cluster;
    cluster.create_topic("greetings", 4);
    stentor::publisher p{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    cluster.fail_produce({19});  // NOT_ENOUGH_REPLICAS, once

    REQUIRE(p.publish(app::greeting{"Ann"}));

    stentor::topic_reader reader{cluster.bootstrap(), "greetings"};
    const auto records = reader.read(1);
    REQUIRE(records.size() == 1);
    CHECK(records[0].value == R"({"to":"Ann"})");
}

TEST_CASE("docs/transport.md: two publishers on one client") {
    const stentor::mock_cluster cluster;
    const stentor::kafka_config config{.brokers = cluster.bootstrap()};
    const auto client = stentor::kafka_client::shared(config);
    stentor::publisher calm{stentor::kafka_transport{client}};
    stentor::basic_publisher strict{stentor::kafka_transport{client}, stentor::no_retry{},
                                    stentor::publisher_options{.deadline = 2s}};
    CHECK(client == stentor::kafka_client::shared(config));
    CHECK(calm.close(1s));
    CHECK(strict.close(1s));
}

namespace {

std::string start(const stentor::kafka_config& config) {
    const auto connected = stentor::kafka_client::connect(config, 10s);
    if (!connected) {
        return connected.error().message();  // condition, cause in the broker's own words, what to do
    }
    const auto there = (*connected)->check_topics({{.name = "greetings"}}, 10s);
    if (!there) {
        return there.error().message();  // all that is missing or denied
    }
    stentor::publisher p{stentor::kafka_transport{*connected}};
    return p.publish(app::greeting{"Ann"}) ? "published" : "not published";
}

}  // namespace

TEST_CASE("docs/connecting.md: a service that does not start without Kafka") {
    stentor::mock_cluster cluster;
    cluster.create_topic("greetings", 4);
    CHECK(start({.brokers = cluster.bootstrap()}) == "published");
    cluster.topic_error("greetings", 3);
    CHECK(start({.brokers = cluster.bootstrap()}).find("greetings: UNKNOWN_TOPIC_OR_PART") != std::string::npos);
    CHECK(start({.brokers = "127.0.0.1:9"}).find("127.0.0.1:9") != std::string::npos);
}

TEST_CASE("docs/transport.md: what is wrong with a configuration is said when the client is made") {
    try {
        const stentor::kafka_transport transport{stentor::kafka_config{.brokers = "localhost:9092", .acks = 0}};
        FAIL("it was taken");
    } catch (const stentor::publish_failure& e) {
        CHECK(e.error() == stentor::errc::invalid_config);
    }
}

TEST_CASE("docs/transport.md: TLS with a password") {
    stentor::kafka_config config;
    config.brokers = "broker-1.example.com:9093,broker-2.example.com:9093";
    config.security_protocol = "sasl_ssl";
    config.sasl_mechanism = "SCRAM-SHA-512";
    config.sasl_username = "gateway";
    config.sasl_password = "from your secret store";
    config.properties = {{"topic.metadata.refresh.interval.ms", "60000"}};
    CHECK_NOTHROW(stentor::detail::kafka::check(config));
}

// What README.md and docs/transport.md call the defaults.
TEST_CASE("docs/transport.md: the defaults that the table names") {
    const stentor::kafka_config c;
    CHECK((c.brokers.empty() && c.client_id == "stentor" && c.attempt_timeout == 9s && c.acks == stentor::kafka_config::all));
    CHECK((c.idempotence && c.linger == 0s && c.batch_size == 1'000'000 && c.batch_messages == 10'000));
    CHECK((c.compression == stentor::compression::none && c.request_timeout == 0s && c.connection_timeout == 10s));
    CHECK((!c.create_topics && c.security_protocol.empty() && c.ssl_ca_location.empty() && c.sasl_mechanism.empty()));
    CHECK((c.recycle_headers && c.properties.empty()));
}
