// What a real broker refuses for good: told at once and by its name, the breaker stays closed, and a missing or denied topic raises
// an event that an alert can stand on.

#include <algorithm>
#include <random>
#include <string>

#include <stentor/testing/recording_tracer.hpp>

#include "support/gateway.hpp"

using namespace broker;
using stentor::errc;
using stentor::outcome;
using stentor::recording_tracer;

namespace {

const stentor::formats::gateway::new_task task{"key", "user@example.com", "q", "https://shop.example/"};

stentor::kafka_config guest() {
    const cluster& kafka = cluster::shared();
    return {.brokers = kafka["SASL_PLAINTEXT"],
            .security_protocol = "sasl_plaintext",
            .sasl_mechanism = "PLAIN",
            .sasl_username = kafka["GUEST"],
            .sasl_password = kafka["GUEST_PASSWORD"]};
}

std::size_t events(const recording_tracer& traced, stentor::event::kind what, const std::string& topic) {
    const auto all = traced.entries(recording_tracer::entry::kind::event);
    return static_cast<std::size_t>(
        std::count_if(all.begin(), all.end(), [&](const auto& e) { return e.event == what && e.topic == topic; }));
}

/// Refused for good: at once, not in the log, no retry, and no mark against the broker, however often.
template <class Publisher>
void check_refused(Publisher& p, errc condition, const std::string& cause, const stentor::publish_options& options) {
    for (int i = 0; i < 8; ++i) {
        const auto began = clock_type::now();
        const auto r = p.publish(task, options);
        REQUIRE_FALSE(r);
        INFO(r.error().message());
        CHECK(r.error() == condition);
        CHECK(r.error().outcome == outcome::not_persisted);
        CHECK(r.error().cause.find(cause) != std::string::npos);
        CHECK_FALSE(r.error().hint.empty());
        CHECK(r.error().attempts <= 1);
        CHECK(clock_type::now() - began < 3s);
    }
    CHECK(p.breaker().state() == stentor::circuit::closed);
    check_balanced(p.account());
}

}  // namespace

TEST_CASE("a message that is too large for its topic is refused by the broker") {
    const std::string topic = make_topic(cluster::shared().brokers(), "small", 1, {{"max.message.bytes", "2000"}});
    auto p = gateway(topic);
    REQUIRE(p.publish(task));
    const std::string large(3000, 'x');
    const stentor::header header{.name = "large", .value = large};
    check_refused(p, errc::message_too_large, "MSG_SIZE_TOO_LARGE", {.headers = {header}});
    CHECK(p.publish(task));
    CHECK(stentor::topic_reader(cluster::shared().brokers(), topic).read(3, 1s).size() == 2);
}

TEST_CASE("a topic that does not exist, with auto-creation off") {
    const recording_tracer traced;
    auto p = gateway("missing-topic", {}, {}, traced);
    check_refused(p, errc::unknown_topic, "UNKNOWN_TOPIC", {});
    CHECK(events(traced, stentor::event::kind::topic_missing, "missing-topic") >= 1);
}

TEST_CASE("a topic that is to be created, and that the broker does not create, ends with the reason") {
    const std::string name = "three-copies-" + std::to_string(std::random_device{}());
    auto p = gateway(name, {}, {.topics = {{.name = name, .partitions = 1, .replication = 3}}, .create_topics = true});
    check_refused(p, errc::unknown_topic, "it cannot be created: INVALID_REPLICATION_FACTOR", {});
}

TEST_CASE("an invalid topic name") {
    auto p = gateway("a topic with blanks");
    check_refused(p, errc::rejected, "a topic's name is 1 to 249", {});
}

TEST_CASE("a topic that this user may not even see") {
    const std::string topic = make_topic(cluster::shared().brokers(), "private");
    const recording_tracer traced;
    auto p = gateway(topic, {}, guest(), traced);
    check_refused(p, errc::authorization, "TOPIC_AUTHORIZATION_FAILED", {});
    CHECK(events(traced, stentor::event::kind::topic_denied, topic) >= 1);
}

TEST_CASE("a topic that this user may see, but not write to") {
    const std::string topic = make_topic(cluster::shared().brokers(), "closed-to-guests");
    const recording_tracer traced;
    auto p = gateway(topic, {}, guest(), traced);
    check_refused(p, errc::authorization, "TOPIC_AUTHORIZATION_FAILED", {});
    CHECK(events(traced, stentor::event::kind::topic_denied, topic) >= 1);
}

TEST_CASE("a user with a right to one topic writes to it while another is denied") {
    const std::string allowed = make_topic(cluster::shared().brokers(), "open-to-guests");
    const std::string denied = make_topic(cluster::shared().brokers(), "closed-to-guests");
    auto p = gateway(allowed, {}, guest());
    for (int i = 0; i < 10; ++i) {
        CHECK(p.publish(task));
        CHECK(p.publish(task, {.topic = denied}).error() == errc::authorization);
    }
    CHECK(stentor::topic_reader(cluster::shared().brokers(), allowed).read(11, 1s).size() == 10);
}

TEST_CASE("dead letters land, with their headers") {
    const std::string& brokers = cluster::shared().brokers();
    const std::string small = make_topic(brokers, "small", 1, {{"max.message.bytes", "2000"}});
    const std::string letters = make_topic(brokers, "letters");
    auto p = gateway(small, {}, {}, stentor::dead_letter<>{.topic = letters});
    const std::string large(3000, 'x');
    const auto r = p.publish(task, {.trace = {"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", ""},
                                    .headers = {{.name = "large", .value = large}}});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::message_too_large);
    REQUIRE(r.error().dead_letter.what == stentor::dead_letter_result::state::written);
    CHECK(r.error().dead_letter.where.topic == letters);
    const auto got = stentor::topic_reader(brokers, letters).read(2, 1s);
    REQUIRE(got.size() == 1);
    CHECK(got[0].key == "key");
    CHECK(field(got[0], "taskId") == "key");
    CHECK(got[0].header("large") == large);
    CHECK(got[0].header("traceparent") == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    CHECK(got[0].header("task-type") == "web-crawl");
    CHECK(got[0].header("stentor-dlq-original-topic") == small);
    CHECK(got[0].header("stentor-dlq-error") == "message_too_large");
    CHECK(got[0].header("stentor-dlq-attempts") == "1");
    CHECK(got[0].header("stentor-dlq-message").value_or("").find("MSG_SIZE_TOO_LARGE") != std::string::npos);
    CHECK(got[0].header("stentor-dlq-time").has_value());
    CHECK(stentor::topic_reader(brokers, small).read(1, 500ms).empty());
}
