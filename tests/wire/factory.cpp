// kafka_client as a factory: one client a configuration, however many ask; the last one out closes it, or disconnect() does; what
// it logs in with may change.

#include <atomic>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <readme/loopback.hpp>

#include "notes.hpp"

using namespace wire;
using readme::loopback;
using stentor::errc;
using stentor::kafka_client;
using stentor::kafka_config;
using stentor::outcome;

namespace {

auto on(std::shared_ptr<kafka_client> client) {
    return stentor::basic_publisher{stentor::kafka_transport{std::move(client)}, text_serializer{}, stentor::no_retry{},
                                    stentor::no_breaker{}};
}

std::size_t threads() {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator("/proc/self/task"), {}));
}

struct counted_tokens final : stentor::token_source {
    std::atomic<int> fetched{0};
    stentor::result<stentor::bearer_token> answer;

    explicit counted_tokens(stentor::result<stentor::bearer_token> a) : answer(std::move(a)) {}
    stentor::result<stentor::bearer_token> fetch() override {
        ++fetched;
        return answer;
    }
};

kafka_config by_token(const loopback& broker, std::shared_ptr<stentor::token_source> tokens) {
    return {.brokers = "127.0.0.1:" + broker.port(),
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "OAUTHBEARER",
            .tokens = std::move(tokens)};
}

}  // namespace

TEST_CASE("factory: a singleton for each configuration, whoever asks and from where") {
    stentor::mock_cluster cluster;
    const kafka_config config{.brokers = cluster.bootstrap()};
    const auto first = kafka_client::shared(config);
    REQUIRE(first->wait_until_connected(5s));
    const std::size_t before = threads();
    std::vector<std::shared_ptr<kafka_client>> got(8);
    {
        std::vector<std::jthread> callers;
        for (auto& mine : got) {
            callers.emplace_back([&] { mine = kafka_client::shared(config); });
        }
    }
    for (const auto& one : got) {
        CHECK(one == first);
    }
    CHECK(threads() <= before);  // librdkafka may still be letting go of its first connection
    CHECK(kafka_client::shared({.brokers = cluster.bootstrap(), .client_id = "another"}) != first);
}

TEST_CASE("factory: publishers share its connections, and the last one out closes it") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    REQUIRE(eventually([before = threads()] { return threads() <= before; }));
    const std::size_t before = threads();
    std::weak_ptr<kafka_client> seen;
    {
        auto one = on(kafka_client::shared({.brokers = cluster.bootstrap()}));
        auto two = on(kafka_client::shared({.brokers = cluster.bootstrap()}));
        REQUIRE(one.publish(note{"k", "1"}));
        REQUIRE(two.publish(note{"k", "2"}));
        const auto client = kafka_client::shared({.brokers = cluster.bootstrap()});
        CHECK(&one.transport().client() == client.get());
        CHECK(&two.transport().client() == client.get());
        seen = client;
    }
    CHECK(eventually([&] { return seen.expired() && threads() <= before; }));
    CHECK(on(kafka_client::shared({.brokers = cluster.bootstrap()})).publish(note{"k", "3"}));
}

TEST_CASE("disconnect: what is on its way is answered, then nothing is accepted, and shared makes another") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const kafka_config config{.brokers = cluster.bootstrap()};
    const auto client = kafka_client::shared(config);
    auto p = on(client);
    REQUIRE(p.publish(note{"k", "0"}));
    cluster.delay_produce(1, 200ms);
    std::atomic<int> persisted{0};
    for (int i = 0; i < 10; ++i) {
        REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>& r) { persisted += r ? 1 : 0; }));
    }
    const auto began = clock_type::now();
    CHECK(client->disconnect(5s));
    CHECK(clock_type::now() - began < 2s);
    REQUIRE(eventually([&] { return p.account().in_flight == 0; }));
    CHECK(persisted == 10);
    const auto refused = p.publish(note{"k", "late"});
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::closed);
    CHECK(refused.error().outcome == outcome::not_persisted);
    CHECK_FALSE(client->up());
    CHECK(client->wait_until_connected(1s).error() == errc::closed);
    CHECK(client->check_topics({{"notes"}}, 1s).error() == errc::closed);
    CHECK(client->set_credentials("u", "p").error() == errc::closed);
    CHECK(client->disconnect(1s));
    check_balanced(p.account());
    const auto another = kafka_client::shared(config);
    CHECK(another != client);
    CHECK(on(another).publish(note{"k", "again"}));
}

TEST_CASE("disconnect: a broker that does not answer cannot hold it up") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap()}).value();
    auto p = on(client);
    REQUIRE(p.publish(note{"k", "0"}));
    cluster.round_trip_time(30s);
    std::atomic<bool> unknown{false};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>& r) {
        unknown = !r && r.error().outcome == outcome::unknown;
    }));
    std::this_thread::sleep_for(50ms);  // it is on the wire
    const auto began = clock_type::now();
    const auto ended = client->disconnect(300ms);
    CHECK(clock_type::now() - began < 550ms);
    REQUIRE_FALSE(ended);
    CHECK(ended.error() == errc::deadline_exceeded);
    REQUIRE(eventually([&] { return p.account().in_flight == 0; }));
    CHECK(unknown);
}

TEST_CASE("disconnect: any time may be given, also the longest there is") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const auto client = kafka_client::connect({.brokers = cluster.bootstrap()}, stentor::nanoseconds::max()).value();
    CHECK(client->check_topics({{"notes"}}, stentor::nanoseconds::max()));
    auto p = on(client);
    REQUIRE(p.publish(note{"k", "0"}));
    cluster.delay_produce(1, 200ms);
    std::atomic<bool> persisted{false};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>& r) { persisted = r.has_value(); }));
    CHECK(client->disconnect(stentor::nanoseconds::max()));
    REQUIRE(eventually([&] { return p.account().in_flight == 0; }));
    CHECK(persisted);
}

TEST_CASE("disconnect: what waits for a broker ends at once") {
    const loopback dead;
    const auto client = std::make_shared<kafka_client>(kafka_config{.brokers = "127.0.0.1:" + dead.port()});
    auto p = on(client);
    std::atomic<int> closed{0};
    for (int i = 0; i < 10; ++i) {
        REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>& r) {
            closed += !r && r.error() == errc::closed && r.error().outcome == outcome::not_persisted ? 1 : 0;
        }));
    }
    CHECK(client->disconnect(5s));
    CHECK(eventually([&] { return closed == 10; }, 1s));
}

TEST_CASE("disconnect: an event thread may not wait for it") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    const auto client = std::make_shared<kafka_client>(kafka_config{.brokers = cluster.bootstrap()});
    auto p = on(client);
    std::atomic<bool> deadlock{false};
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>&) {
        const auto inside = client->disconnect(1s);
        deadlock = !inside && inside.error() == errc::would_deadlock;
    }));
    REQUIRE(p.flush(5s));
    CHECK(deadlock);
    CHECK(p.publish(note{"k", "still there"}));
}

TEST_CASE("credentials: a client without a password has none to change, and half of them is none") {
    stentor::mock_cluster cluster;
    const auto client = std::make_shared<kafka_client>(kafka_config{.brokers = cluster.bootstrap()});
    CHECK(client->set_credentials("user", "password").error() == errc::invalid_config);
    const loopback broker{readme::refusing_broker{}};
    const auto login = std::make_shared<kafka_client>(kafka_config{.brokers = "127.0.0.1:" + broker.port(),
                                                                   .security_protocol = "sasl_plaintext",
                                                                   .sasl_mechanism = "PLAIN",
                                                                   .sasl_username = "u",
                                                                   .sasl_password = "p"});
    CHECK(login->set_credentials("user", "password"));
    CHECK(login->set_credentials("", "password").error() == errc::invalid_config);
    const auto cut = login->set_credentials("user", std::string("canary\0x", 8));
    CHECK(cut.error() == errc::invalid_config);
    CHECK(cut.error().message().find("canary") == std::string::npos);
}

TEST_CASE("credentials: that an old librdkafka's SCRAM is refused is told, however the mechanism is spelled") {
    const loopback broker{readme::refusing_broker{}};
    for (const char* mechanism : {"SCRAM-SHA-256", "scram-sha-256"}) {
        CAPTURE(mechanism);
        auto p = on(std::make_shared<kafka_client>(kafka_config{.brokers = "127.0.0.1:" + broker.port(),
                                                                .security_protocol = "sasl_plaintext",
                                                                .sasl_mechanism = mechanism,
                                                                .sasl_username = "u",
                                                                .sasl_password = "p"}));
        const auto r = p.publish(note{"k", "v"});
        REQUIRE_FALSE(r);
        CHECK(r.error() == errc::authentication);
        CHECK((r.error().cause.find("librdkafka before 2.6.1") != std::string::npos) !=
              stentor::detail::kafka::versions::scram_pleases_kafka_4());
    }
}

TEST_CASE("tokens: the source is asked for one, and a broker that refuses it is told of") {
    const loopback broker{readme::refusing_broker{}};
    const stentor::timestamp expires{std::chrono::duration_cast<stentor::milliseconds>(
        std::chrono::system_clock::now().time_since_epoch() + std::chrono::hours(1))};
    const auto tokens =
        std::make_shared<counted_tokens>(stentor::bearer_token{.token = "canary", .expires = expires, .principal = "gateway"});
    const auto r = kafka_client::connect(by_token(broker, tokens));
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::authentication);
    CHECK(r.error().cause.find("Authentication failed") != std::string::npos);
    CHECK(r.error().message().find("canary") == std::string::npos);
    CHECK(tokens->fetched == 1);
}

TEST_CASE("tokens: without one nothing waits for its deadline") {
    const loopback broker{readme::refusing_broker{}};
    const auto none = std::make_shared<counted_tokens>(stentor::error(errc::broker_unavailable, "the token endpoint is down"));
    const auto began = clock_type::now();
    const auto r = kafka_client::connect(by_token(broker, none));
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::authentication);
    CHECK(r.error().cause.find("the token endpoint is down") != std::string::npos);
    auto p = on(std::make_shared<kafka_client>(by_token(broker, none)));
    const auto published = p.publish(note{"k", "v"});
    REQUIRE_FALSE(published);
    CHECK(published.error() == errc::authentication);
    CHECK(clock_type::now() - began < 5s);
    struct thrower final : stentor::token_source {
        stentor::result<stentor::bearer_token> fetch() override { throw std::runtime_error("no such key file"); }
    };
    const auto thrown = kafka_client::connect(by_token(broker, std::make_shared<thrower>()));
    REQUIRE_FALSE(thrown);
    CHECK(thrown.error().cause.find("no such key file") != std::string::npos);
}
