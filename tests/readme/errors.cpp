// README's "When something goes wrong", text by text: each mistake is made, and what is printed must be what stands there. Only two
// values may differ, and each test names them: the port, and how long was waited where the real clock would take 30 s.

#include <chrono>
#include <cmath>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "loopback.hpp"
#include "page.hpp"

using namespace std::chrono_literals;

namespace app {

struct task {
    std::string id;
    double score = 0;
    std::string text = {};
};
BOOST_DESCRIBE_STRUCT(task, (), (id, score, text))

}  // namespace app

template <>
struct stentor::message_traits<app::task> {
    static constexpr std::string_view topic = "tasks";
    static std::string_view key(const app::task& t) { return t.id; }
};

namespace {

const app::task good{"42", 1.5};

const readme::page& page() {
    static const readme::page the_page(STENTOR_README, "When something goes wrong");
    return the_page;
}

/// What a service would log.
std::string printed(const stentor::result<stentor::receipt>& r) { return r ? "it was persisted" : r.error().message(); }

stentor::kafka_config at(const std::string& port) { return {.brokers = "127.0.0.1:" + port}; }

/// A client that has tried: what it publishes has the cause then, however soon its deadline comes.
std::shared_ptr<stentor::kafka_client> not_connected(const std::string& port) {
    auto client = std::make_shared<stentor::kafka_client>(at(port));
    CHECK_FALSE(client->wait_until_connected(20s));
    return client;
}

/// The default stack, with nobody but a memory broker outside.
auto on(stentor::memory_broker& broker) { return stentor::basic_publisher{stentor::memory_transport{broker}}; }

/// As large as that, with its text.
app::task large(std::size_t bytes) { return {"42", 1.5, std::string(bytes, 'x')}; }

}  // namespace

TEST_CASE("README shows ten mistakes, and each has its test here") {
    CHECK(page().names() == std::vector<std::string>{"Broker not there", "Wrong port", "Wrong password", "No such topic",
                                                     "Message too large", "Queue full", "Breaker open", "Deadline",
                                                     "Bad JSON value", "Closed"});
}

TEST_CASE("broker not there") {
    const readme::loopback nobody;
    stentor::publisher p{stentor::kafka_transport{not_connected(nobody.port())}};
    CHECK(printed(p.publish(good, {.deadline = 1s})) ==
          page().text("Broker not there", {{":9092", ":" + nobody.port()}, {"30 s", "1 s"}}));
}

TEST_CASE("wrong port") {
    const readme::loopback web_server{&readme::talk_http};
    stentor::publisher p{stentor::kafka_transport{not_connected(web_server.port())}};
    CHECK(printed(p.publish(good, {.deadline = 1s})) ==
          page().text("Wrong port", {{":8080", ":" + web_server.port()}, {"30 s", "1 s"}}));
}

TEST_CASE("wrong password") {
    const readme::loopback broker{readme::refusing_broker{}};
    stentor::kafka_config config = at(broker.port());
    config.security_protocol = "sasl_plaintext";
    config.sasl_mechanism = "PLAIN";
    config.sasl_username = "ann";
    config.sasl_password = "not-the-right-secret";
    // The refusal opens a breaker at once, which may be before the publish.
    stentor::basic_publisher p{stentor::kafka_transport{config}, stentor::no_breaker{}};
    const std::string text = printed(p.publish(good));
    CHECK(text == page().text("Wrong password", {{":9092", ":" + broker.port()}}));
    CHECK(text.find(config.sasl_password.reveal()) == std::string::npos);
}

TEST_CASE("no such topic") {
    stentor::mock_cluster cluster;
    cluster.create_topic("tasks", 1);
    cluster.topic_error("tasks", 3);
    stentor::publisher p{stentor::kafka_transport{{.brokers = cluster.bootstrap()}}};
    CHECK(printed(p.publish(good)) == page().text("No such topic"));

    stentor::memory_broker fake{{.auto_create_topics = false}};
    CHECK(printed(on(fake).publish(good)) == page().text("No such topic"));
}

TEST_CASE("message too large") {
    stentor::mock_cluster cluster;
    cluster.create_topic("tasks", 1);
    stentor::publisher p{stentor::kafka_transport{{.brokers = cluster.bootstrap()}}};
    CHECK(printed(p.publish(large(1'200'000))) == page().text("Message too large"));

    stentor::memory_broker fake;
    fake.fail_next(1, stentor::errc::message_too_large);
    CHECK(printed(on(fake).publish(large(1'200'000))) == page().text("Message too large"));
}

TEST_CASE("queue full") {
    stentor::memory_broker broker;
    auto p = on(broker);
    broker.hold();
    for (int i = 0; i < 8192; ++i) {
        REQUIRE(p.try_async_publish(app::task{std::to_string(i)}, [](const stentor::result<stentor::receipt>&) {}));
    }
    const auto refused = p.try_async_publish(good, [](const stentor::result<stentor::receipt>&) {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message() == page().text("Queue full"));
}

TEST_CASE("breaker open") {
    stentor::memory_broker broker;
    auto p = on(broker);
    broker.down();
    for (int i = 0; i < 5; ++i) {
        CHECK(p.publish(good).error() == stentor::errc::deadline_exceeded);
    }
    CHECK(printed(p.publish(good)) == page().text("Breaker open"));
}

TEST_CASE("deadline") {
    stentor::memory_broker fake;
    fake.hold();
    CHECK(printed(on(fake).publish(good)) == page().text("Deadline"));

    stentor::mock_cluster cluster;
    cluster.create_topic("tasks", 1);
    stentor::publisher p{stentor::kafka_transport{{.brokers = cluster.bootstrap()}}};
    REQUIRE(p.publish(good));
    cluster.delay_produce(1, 1s);
    CHECK(printed(p.publish(good, {.deadline = 300ms})) == page().text("Deadline", {{"30 s", "300 ms"}}));
}

TEST_CASE("bad JSON value") {
    stentor::memory_broker broker;
    CHECK(printed(on(broker).publish(app::task{"42", std::nan("")})) == page().text("Bad JSON value"));
}

TEST_CASE("closed") {
    stentor::memory_broker broker;
    auto p = on(broker);
    REQUIRE(p.close(1s));
    CHECK(printed(p.publish(good)) == page().text("Closed"));
}
