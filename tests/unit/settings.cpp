#include <stentor/settings.hpp>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "settings/reading.hpp"

using namespace std::chrono_literals;
using namespace settings_test;

TEST_CASE("an empty environment gives the defaults, and says which broker that is") {
    const settings s = read({});
    CHECK(s.client.brokers == "localhost:9092");
    CHECK(s.notes == names{"KAFKA_BROKERS is not set: localhost:9092 is used"});
    CHECK(s.client.enabled);
    CHECK(s.publisher.enabled);
    CHECK(s.client.security_protocol == "plaintext");
    CHECK(s.client.connection_timeout == 10s);
    CHECK(s.publisher.deadline == 30s);
    CHECK(s.retry.attempts == 4);
    CHECK(s.retry.initial == 100ms);
    CHECK(s.dead_letter_topic == "dead-letter");
    CHECK(s.outbox_batch == 100);
    CHECK_FALSE(s.validate_on_startup);
    CHECK_FALSE(s.health);
    CHECK(s.publisher.topics.empty());
    CHECK(s.ignored.empty());
}

TEST_CASE("the task manager's variables are read") {
    const settings s = read({{"KAFKA_BROKERS", "kafka-1:9093, kafka-2:9093"},
                             {"KAFKA_CLIENT_ID", "task-manager"},
                             {"KAFKA_GROUP_ID", "task-manager-group"},
                             {"TASK_STATUS_TOPIC", "status"},
                             {"WEB_CRAWL_REQUEST_TOPIC", "requests"},
                             {"KAFKA_SSL_ENABLED", "true"},
                             {"KAFKA_SASL_ENABLED", "true"},
                             {"KAFKA_SASL_USERNAME", "your-username"},
                             {"KAFKA_SASL_PASSWORD", "your-password"},
                             {"KAFKA_SASL_MECHANISM", "scram-sha-256"},
                             {"KAFKA_CONNECTION_TIMEOUT", "3000"},
                             {"KAFKA_REQUEST_TIMEOUT", "30000"},
                             {"KAFKA_SESSION_TIMEOUT", "31000"},
                             {"KAFKA_HEARTBEAT_INTERVAL", "4000"},
                             {"KAFKA_RETRY_BACKOFF", "200"},
                             {"KAFKA_MAX_RETRY_ATTEMPTS", "5"}});
    CHECK(s.client.brokers == "kafka-1:9093,kafka-2:9093");
    CHECK(s.client.client_id == "task-manager");
    CHECK(s.consumer.group_id == "task-manager-group");
    REQUIRE(s.publisher.topics.size() == 2);
    CHECK(s.publisher.topics[0].from == "task-status");
    CHECK(s.publisher.topics[0].to == "status");
    CHECK(s.publisher.topics[1].from == "requests-web-crawl");
    CHECK(s.publisher.topics[1].to == "requests");
    CHECK(s.client.security_protocol == "sasl_ssl");
    CHECK(s.client.sasl_username == "your-username");
    CHECK(s.client.sasl_password == "your-password");
    CHECK(s.client.sasl_mechanism == "scram-sha-256");
    CHECK(s.client.connection_timeout == 3s);
    CHECK(s.client.request_timeout == 30s);
    CHECK(s.consumer.session_timeout == 31s);
    CHECK(s.consumer.heartbeat_interval == 4s);
    CHECK(s.retry.initial == 200ms);
    CHECK(s.retry.attempts == 6);  // five retries
    CHECK(s.notes.empty());
}

TEST_CASE("the event bus's variables are read") {
    const settings s = read({{"KAFKA_ENABLED", "true"},
                             {"KAFKA_BROKERS", "broker1:9092,broker2:9092,broker3:9092"},
                             {"KAFKA_TLS", "true"},
                             {"KAFKA_SASL_MECHANISM", "plain"},
                             {"KAFKA_SASL_USERNAME", "username"},
                             {"KAFKA_SASL_PASSWORD", "password"},
                             {"KAFKA_EVENTS_TOPIC", "events"},
                             {"KAFKA_DLQ_TOPIC", "dlq"},
                             {"KAFKA_VALIDATE_ON_STARTUP", "true"},
                             {"HEALTH_INCLUDE_KAFKA", "true"},
                             {"OUTBOX_BATCH_SIZE", "50"}});
    CHECK(s.client.security_protocol == "sasl_ssl");
    REQUIRE(s.publisher.topics.size() == 1);
    CHECK(s.publisher.topics[0].from == "holdwall-events");
    CHECK(s.publisher.topics[0].to == "events");
    CHECK(s.dead_letter_topic == "dlq");
    CHECK(s.validate_on_startup);
    CHECK(s.health);
    CHECK(s.outbox_batch == 50);
    CHECK(s.notes.empty());
}

TEST_CASE("a topic from the environment takes the place of the service's own choice for it, and leaves the others") {
    settings own;
    own.publisher.topics = {{"task-status", "status"}, {"holdwall-events", "own-events"}};
    const auto s = settings::from({{"KAFKA_BROKERS", "a"}, {"KAFKA_EVENTS_TOPIC", "events"}}, own);
    REQUIRE(s);
    REQUIRE(s->publisher.topics.size() == 2);
    CHECK(s->publisher.topics[0].to == "status");
    CHECK(s->publisher.topics[1].from == "holdwall-events");
    CHECK(s->publisher.topics[1].to == "events");
}

TEST_CASE("librdkafka's names are read by Confluent's rule, into members where there are any") {
    const settings s = read({{"KAFKA_BOOTSTRAP_SERVERS", "a:1"},
                             {"KAFKA_LINGER_MS", "0.5"},
                             {"KAFKA_ACKS", "1"},
                             {"KAFKA_ENABLE_IDEMPOTENCE", "false"},
                             {"KAFKA_COMPRESSION_TYPE", "LZ4"},
                             {"KAFKA_BATCH_SIZE", "1000"},
                             {"KAFKA_BATCH_NUM_MESSAGES", "10"},
                             {"KAFKA_MESSAGE_TIMEOUT_MS", "5000"},
                             {"KAFKA_ALLOW_AUTO_CREATE_TOPICS", "true"},
                             {"KAFKA_RETRY_BACKOFF_MS", "50"},
                             {"KAFKA_LOG__LEVEL", "7"},
                             {"KAFKA_AUTO_OFFSET_RESET", "earliest"}});
    CHECK(s.client.brokers == "a:1");
    CHECK(s.client.linger == 500us);
    CHECK(s.client.acks == stentor::kafka_config::leader);
    CHECK_FALSE(s.client.idempotence);
    CHECK(s.client.compression == stentor::compression::lz4);
    CHECK(s.client.batch_size == 1000);
    CHECK(s.client.batch_messages == 10);
    CHECK(s.client.attempt_timeout == 5s);
    CHECK(s.breaker.probe_timeout == 5500ms);
    CHECK(s.client.create_topics);
    using pairs = std::vector<std::pair<std::string, std::string>>;
    CHECK(s.client.properties == pairs{{"retry.backoff.ms", "50"}, {"log_level", "7"}});
    CHECK(s.consumer.properties == pairs{{"auto.offset.reset", "earliest"}});
    CHECK(s.ignored.empty());
}

TEST_CASE("what has no name elsewhere has one of its own") {
    const settings s = read({{"KAFKA_DEADLINE", "45000"},
                             {"KAFKA_RETRY_MAX_BACKOFF", "5000"},
                             {"KAFKA_BREAKER_FAILURES", "7"},
                             {"KAFKA_BREAKER_SUCCESSES", "3"},
                             {"KAFKA_BREAKER_OPEN_FOR", "300000"},
                             {"KAFKA_BREAKER_MAX_OPEN_FOR", "600000"}});
    CHECK(s.publisher.deadline == 45s);
    CHECK(s.retry.max == 5s);
    CHECK(s.breaker.failures == 7);
    CHECK(s.breaker.successes == 3);
    CHECK(s.breaker.open_for == 5min);
    CHECK(s.breaker.max_open_for == 10min);
}

TEST_CASE("all that is wrong is told at once, by variable") {
    const environment variables{{"KAFKA_BROKERS", "a:99999"},
                                {"KAFKA_CONNECTION_TIMEOUT", "3s"},
                                {"KAFKA_SSL", "maybe"},
                                {"KAFKA_LINGER_MS", "1e3"},
                                {"KAFKA_ACKS", "0"},
                                {"TASK_STATUS_TOPIC", "a b"},
                                {"KAFKA_RETRY_BACKOFF_MS", "x"},
                                {"KAFKA_PARTITIONER", "random"},
                                {"KAFKA_DLQ_TOPIC", ".."}};
    auto all = wrong(variables);
    std::ranges::sort(all);
    CHECK(all == names{"KAFKA_ACKS", "KAFKA_BROKERS", "KAFKA_CONNECTION_TIMEOUT", "KAFKA_DLQ_TOPIC", "KAFKA_LINGER_MS",
                       "KAFKA_PARTITIONER", "KAFKA_RETRY_BACKOFF_MS", "KAFKA_SSL", "TASK_STATUS_TOPIC"});
    const auto r = settings::from(variables);
    REQUIRE_FALSE(r);
    CHECK(r.error() == stentor::errc::invalid_config);
    for (const std::string& name : all) {
        CHECK(r.error().cause.find(name + ": ") != std::string::npos);
    }
}

TEST_CASE("values are read strictly") {
    for (const char* name : {"KAFKA_CONNECTION_TIMEOUT", "KAFKA_REQUEST_TIMEOUT", "KAFKA_DEADLINE", "KAFKA_MESSAGE_TIMEOUT_MS",
                             "KAFKA_RETRY_BACKOFF", "KAFKA_MAX_RETRY_ATTEMPTS", "OUTBOX_BATCH_SIZE", "KAFKA_SESSION_TIMEOUT"}) {
        for (const char* value : {"5s", "1e4", "10,000", " 3000", "3000 ", "-1", "99999999999999999999", "3000.0"}) {
            CAPTURE(name, value);
            CHECK(wrong({{name, value}}) == names{name});
        }
    }
    for (const char* name : {"KAFKA_ENABLED", "KAFKA_SSL", "KAFKA_TLS", "KAFKA_SSL_ENABLED", "KAFKA_SASL_ENABLED",
                             "KAFKA_VALIDATE_ON_STARTUP", "HEALTH_INCLUDE_KAFKA", "KAFKA_ENABLE_IDEMPOTENCE"}) {
        CAPTURE(name);
        CHECK(wrong({{name, "maybe"}}) == names{name});
    }
    CHECK(wrong({{"KAFKA_COMPRESSION_TYPE", "zip"}}) == names{"KAFKA_COMPRESSION_TYPE"});
    CHECK(wrong({{"KAFKA_SECURITY_PROTOCOL", "tls"}}) == names{"KAFKA_SECURITY_PROTOCOL"});
    CHECK(wrong({{"KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM", "no"}}) == names{"KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM"});
    for (const char* value : {"-1", "1e3", "900001", "5ms", ".5"}) {
        CAPTURE(value);
        CHECK(wrong({{"KAFKA_LINGER_MS", value}}) == names{"KAFKA_LINGER_MS"});
    }
    for (const char* value : {"900001", "99999999999999999999999999999999"}) {
        CAPTURE(value);
        CHECK(rule_of({{"KAFKA_LINGER_MS", value}}) == "must be a number of milliseconds from 0 to 900000, as in 5 or 0.5");
    }
    CHECK(wrong({{"KAFKA_BROKERS", "a:1;b:1"}}) == names{"KAFKA_BROKERS"});
    CHECK(wrong({{"KAFKA_BROKERS", " "}}) == names{"KAFKA_BROKERS"});
    CHECK(wrong({{"KAFKA_AUTO_OFFSET_RESET", "yesterday"}}) == names{"KAFKA_AUTO_OFFSET_RESET"});
    CHECK(rule_of({{"KAFKA_REQUEST_TIMEOUT", "5"}}) == "must be a whole number of milliseconds from 10 to 300000, in digits only");
}

TEST_CASE("a rule of the client is told by the variable that broke it") {
    CHECK(wrong({{"KAFKA_LINGER_MS", "9000"}}) == names{"KAFKA_LINGER_MS"});
    CHECK(wrong({{"KAFKA_ACKS", "leader"}}) == names{"KAFKA_ENABLE_IDEMPOTENCE"});
    CHECK(wrong({{"KAFKA_BOOTSTRAP_SERVERS", "a:0"}}) == names{"KAFKA_BOOTSTRAP_SERVERS"});
    CHECK(wrong({{"KAFKA_SSL", "1"}, {"KAFKA_SSL_KEY_LOCATION", "/k"}}) == names{"KAFKA_SSL_CERTIFICATE_LOCATION"});
    CHECK(wrong({{"KAFKA_SASL_MECHANISM", "plain"}, {"KAFKA_SASL_ENABLED", "1"}}) ==
          names{"KAFKA_SASL_USERNAME", "KAFKA_SASL_PASSWORD"});
    CHECK(wrong({{"KAFKA_SASL_USERNAME", "u"}}) == names{"KAFKA_SASL_PASSWORD"});
    CHECK(wrong({{"KAFKA_SASL_MECHANISM", "md5"}}) == names{"KAFKA_SASL_MECHANISM"});
    CHECK(wrong({{"KAFKA_SSL_CA_LOCATION", "/ca"}}) == names{"KAFKA_SSL_CA_LOCATION"});
}

TEST_CASE("an empty variable counts as not set, and that is noted") {
    const settings s = read({{"KAFKA_BROKERS", ""}, {"KAFKA_SSL", ""}, {"KAFKA_LINGER_MS", ""}});
    CHECK(s.client.brokers == "localhost:9092");
    CHECK(noted(s, "KAFKA_BROKERS is empty"));
    CHECK(noted(s, "KAFKA_SSL is empty"));
    CHECK(noted(s, "KAFKA_LINGER_MS is empty"));
}

TEST_CASE("names of the same setting must not contradict each other") {
    CHECK(read({{"KAFKA_SSL", "true"}, {"KAFKA_TLS", "1"}, {"KAFKA_SSL_ENABLED", "yes"}}).client.security_protocol == "ssl");
    CHECK(wrong({{"KAFKA_SSL", "true"}, {"KAFKA_TLS", "false"}}) == names{"KAFKA_TLS"});
    CHECK(rule_of({{"KAFKA_SSL", "true"}, {"KAFKA_TLS", "false"}}) ==
          "says something else than KAFKA_SSL, which is the same setting");
    CHECK(wrong({{"KAFKA_BROKERS", "a:1"}, {"KAFKA_BOOTSTRAP_SERVERS", "b:1"}}) == names{"KAFKA_BOOTSTRAP_SERVERS"});
    CHECK(wrong({{"KAFKA_SESSION_TIMEOUT", "1000"}, {"KAFKA_SESSION_TIMEOUT_MS", "1000"}}).empty());
    CHECK(wrong({{"KAFKA_SESSION_TIMEOUT", "1000"}, {"KAFKA_SESSION_TIMEOUT_MS", "1001"}}) == names{"KAFKA_SESSION_TIMEOUT_MS"});
}

TEST_CASE("names of the same setting may spell it differently") {
    CHECK(read({{"KAFKA_BROKERS", "a:1, b:2"}, {"KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2"}}).client.brokers == "a:1,b:2");
    CHECK(wrong({{"KAFKA_ACKS", "all"}, {"KAFKA_REQUEST_REQUIRED_ACKS", "-1"}}).empty());
    CHECK(wrong({{"KAFKA_ACKS", "all"}, {"KAFKA_REQUEST_REQUIRED_ACKS", "1"}}) == names{"KAFKA_REQUEST_REQUIRED_ACKS"});
    CHECK(wrong({{"KAFKA_LINGER_MS", "5"}, {"KAFKA_QUEUE_BUFFERING_MAX_MS", "5.0"}}).empty());
    CHECK(wrong({{"KAFKA_COMPRESSION_TYPE", "LZ4"}, {"KAFKA_COMPRESSION_CODEC", "lz4"}}).empty());
    CHECK(wrong({{"KAFKA_SASL_MECHANISM", "plain"}, {"KAFKA_SASL_MECHANISMS", "PLAIN"}}).empty());
    CHECK(wrong({{"KAFKA_SASL_MECHANISM", "plain"}, {"KAFKA_SASL_MECHANISMS", "SCRAM-SHA-256"}}) == names{"KAFKA_SASL_MECHANISMS"});
}

TEST_CASE("a wait before the first retry that is longer than the longest is cut, and that is noted") {
    CHECK(
        noted(read({{"KAFKA_RETRY_BACKOFF", "20000"}}), "the wait before the first retry, 20 s, is cut to the longest one, 10 s"));
    CHECK(noted(read({{"KAFKA_RETRY_MAX_BACKOFF", "50"}}), "100 ms, is cut to the longest one, 50 ms"));
    CHECK_FALSE(noted(read({{"KAFKA_RETRY_BACKOFF", "10000"}}), "is cut"));
    CHECK_FALSE(noted(read({{"KAFKA_RETRY_BACKOFF", "20000"}, {"KAFKA_RETRY_MAX_BACKOFF", "20000"}}), "is cut"));
    CHECK_FALSE(noted(read({{"KAFKA_RETRY_BACKOFF", "20000"}, {"KAFKA_MAX_RETRY_ATTEMPTS", "0"}}), "is cut"));
}

TEST_CASE("what librdkafka is to log is read as it reads it") {
    for (const char* value : {"all", "broker,topic", "BROKER, -topic", "+msg"}) {
        CAPTURE(value);
        CHECK(wrong({{"KAFKA_DEBUG", value}}).empty());
    }
    for (const char* value : {"y", "true", "broker,y", "broker topic", "broker,", "+"}) {
        CAPTURE(value);
        CHECK(wrong({{"KAFKA_DEBUG", value}}) == names{"KAFKA_DEBUG"});
    }
    CHECK(rule_of({{"KAFKA_DEBUG", "y"}}).find("telemetry or all, or several of them with commas") != std::string::npos);
}

TEST_CASE("brokers are required only when Kafka is enabled explicitly") {
    CHECK(wrong({{"KAFKA_ENABLED", "true"}}) == names{"KAFKA_BROKERS"});
    CHECK(wrong({{"KAFKA_ENABLED", "true"}, {"KAFKA_BROKERS", "a"}}).empty());
}

TEST_CASE("KAFKA_ENABLED=false switches all off, and then nothing else is an error") {
    const settings s = read({{"KAFKA_ENABLED", "false"}, {"KAFKA_BROKERS", "a:0"}, {"KAFKA_LINGER_MS", "x"}});
    CHECK_FALSE(s.client.enabled);
    CHECK_FALSE(s.publisher.enabled);
    CHECK(noted(s, "KAFKA_BROKERS"));
    CHECK(noted(s, "KAFKA_LINGER_MS"));
    CHECK(read({{"KAFKA_ENABLED", "false"}}).notes.empty());
    CHECK(wrong({{"KAFKA_ENABLED", "nope"}}) == names{"KAFKA_ENABLED"});
    settings off;
    off.client.enabled = false;
    CHECK(settings::from({{"KAFKA_ENABLED", "1"}, {"KAFKA_BROKERS", "a"}}, off)->client.enabled);
    CHECK_FALSE(settings::from({}, off)->publisher.enabled);
}
