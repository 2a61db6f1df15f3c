// What settings make of defaults and of variables that are not theirs, and how they are shown.
#include <stentor/settings.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include "reading.hpp"

using namespace std::chrono_literals;
using namespace settings_test;

TEST_CASE("the service's own defaults hold where the environment says nothing") {
    settings own;
    own.client.client_id = "orders";
    own.client.brokers = "own:9092";
    own.client.security_protocol = "sasl_ssl";
    own.client.sasl_mechanism = "PLAIN";
    own.client.sasl_username = "u";
    own.client.sasl_password = "p";
    own.client.properties = {{"debug", "msg"}, {"client.rack", "a"}};
    own.topic_variables = {{"ORDERS_TOPIC", "order"}};
    const auto r = settings::from({{"ORDERS_TOPIC", "orders-v2"}, {"KAFKA_CLIENT_RACK", "b"}, {"TASK_STATUS_TOPIC", "x"}}, own);
    if (!r) {
        FAIL(r.error().message());
    }
    CHECK(r->client.client_id == "orders");
    CHECK(r->client.brokers == "own:9092");
    CHECK(r->client.security_protocol == "sasl_ssl");
    REQUIRE(r->publisher.topics.size() == 1);
    CHECK(r->publisher.topics[0].from == "order");
    CHECK(r->publisher.topics[0].to == "orders-v2");
    CHECK(r->client.properties == std::vector<std::pair<std::string, std::string>>{{"debug", "msg"}, {"client.rack", "b"}});
    CHECK(settings::from({{"KAFKA_SSL", "false"}}, own)->client.security_protocol == "sasl_plaintext");
}

TEST_CASE("variables of others are no error, and a misspelt one is recognized") {
    const settings s = read({{"KAFKA_PORT", "tcp://10.0.0.1:9092"},
                             {"KAFKA_SERVICE_HOST", "10.0.0.1"},
                             {"KAFKA_PORT_9092_TCP_ADDR", "10.0.0.1"},
                             {"KAFKA_HEAP_OPTS", "-Xmx1g"},
                             {"KAFKA_BROKRS", "a:1"},
                             {"KAFKA_CONECTION_TIMEOUT", "1"},
                             {"KAFKA_LINGER", "5"},
                             {"PATH", "/bin"}});
    const auto meant = [&](std::string_view name) {
        const auto at = std::ranges::find(s.ignored, name, &stentor::ignored_variable::name);
        REQUIRE(at != s.ignored.end());
        return at->meant;
    };
    CHECK(s.ignored.size() == 7);
    CHECK(meant("KAFKA_PORT").empty());
    CHECK(meant("KAFKA_SERVICE_HOST").empty());
    CHECK(meant("KAFKA_PORT_9092_TCP_ADDR").empty());
    CHECK(meant("KAFKA_HEAP_OPTS").empty());
    CHECK(meant("KAFKA_BROKRS") == "KAFKA_BROKERS");
    CHECK(meant("KAFKA_CONECTION_TIMEOUT") == "KAFKA_CONNECTION_TIMEOUT");
}

TEST_CASE("a deadline that leaves no time for a second try is noted") {
    CHECK(noted(read({{"KAFKA_DEADLINE", "5000"}}), "no publish is tried again: the deadline, 5 s, leaves no time"));
    CHECK_FALSE(noted(read({{"KAFKA_DEADLINE", "9500"}}), "no publish"));
    CHECK_FALSE(noted(read({{"KAFKA_DEADLINE", "5000"}, {"KAFKA_MAX_RETRY_ATTEMPTS", "0"}}), "no publish"));
}

TEST_CASE("settings are shown with their names, and printed one a line") {
    const settings s = read({{"KAFKA_BROKERS", "a:1"}, {"KAFKA_DEBUG", "msg"}, {"TASK_STATUS_TOPIC", "status"}});
    const auto lines = s.show();
    const auto of = [&](std::string_view variable) {
        const auto at =
            std::ranges::find(lines, variable, [](const auto& l) { return l.variable.substr(0, l.variable.find(' ')); });
        REQUIRE(at != lines.end());
        return *at;
    };
    CHECK(of("KAFKA_BROKERS").value == "a:1");
    CHECK(of("KAFKA_BROKERS").field == "client.brokers");
    CHECK(of("KAFKA_BROKERS").property == "bootstrap.servers");
    CHECK(of("KAFKA_MAX_RETRY_ATTEMPTS").value == "3");
    CHECK(of("KAFKA_MESSAGE_TIMEOUT_MS").value == "9 s");
    CHECK(of("KAFKA_RETRY_BACKOFF").value == "100 ms");
    CHECK(of("KAFKA_BREAKER_MAX_OPEN_FOR").value == "5 min");
    CHECK(of("KAFKA_COMPRESSION_TYPE").value == "none");
    CHECK(of("TASK_STATUS_TOPIC").value == "status");
    CHECK(of("WEB_CRAWL_REQUEST_TOPIC").value == "requests-web-crawl");
    CHECK(of("KAFKA_DEBUG").value == "msg");
    std::ostringstream out;
    out << s;
    CHECK(out.str().find("KAFKA_BROKERS = a:1\n") != std::string::npos);
}

TEST_CASE("from_env reads the process's environment") {
    const char* const before = std::getenv("KAFKA_CLIENT_ID");
    const std::string kept = before != nullptr ? before : "";
    ::setenv("KAFKA_CLIENT_ID", "read-from-the-process", 1);
    const auto report = settings::examine(environment::of_process());
    const auto r = settings::from_env();
    ::setenv("KAFKA_CLIENT_ID", kept.c_str(), 1);
    if (before == nullptr) {
        ::unsetenv("KAFKA_CLIENT_ID");
    }
    CHECK(report.value.client.client_id == "read-from-the-process");
    REQUIRE(r.has_value() == report.problems.empty());
    CHECK((!r || r->client.client_id == "read-from-the-process"));
}
