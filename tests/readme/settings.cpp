// The code of docs/settings.md, and that the README's table of variables is the one that is read.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/settings.hpp>
#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

namespace app {

struct greeting {
    std::string to;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to))

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";
};

namespace {

std::string in_backticks(std::string_view text) {
    return text.empty() ? std::string("-") : std::string("`").append(text).append("`");
}

// As the README has it: the first name, the others behind it in parentheses.
std::string table_row(const stentor::shown_setting& s) {
    std::string row = "| `";
    bool first = true;
    for (const char c : s.variable) {
        if (c != ' ') {
            row.push_back(c);
            continue;
        }
        row.append(first ? "` (`" : "`, `");
        first = false;
    }
    row.append(first ? "`" : "`)");
    return row.append(" | ")
        .append(in_backticks(s.field))
        .append(" | ")
        .append(in_backticks(s.property))
        .append(" | ")
        .append(s.value.empty() ? "-" : s.value)
        .append(" | ")
        .append(s.source)
        .append(" |");
}

}  // namespace

TEST_CASE("README.md: the table of variables has a row for each, with its default, and no other") {
    const auto defaults = stentor::settings::from({});
    REQUIRE(defaults.has_value());
    std::vector<std::string> expected;
    for (const stentor::shown_setting& s : defaults->show()) {
        expected.push_back(table_row(s));
    }
    std::ifstream readme(STENTOR_README);
    std::vector<std::string> found;
    bool inside = false;
    for (std::string line; std::getline(readme, line);) {
        inside = line.starts_with("| variable (other names)") || (inside && line.starts_with("|"));
        if (inside && line.starts_with("| `")) {
            found.push_back(line);
        }
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK((i < found.size() ? found[i] : std::string("nothing")) == expected[i]);
    }
    CHECK(found.size() == expected.size());
}

TEST_CASE("docs/settings.md: a publisher from the environment") {
    // clang-format off
    const stentor::settings s = stentor::settings::from_env().value();
    stentor::publisher p{stentor::kafka_transport{s.client}, s.retry, stentor::failure_breaker{s.breaker}, s.publisher};
    // clang-format on
    CHECK(p.transport().enabled() == s.client.enabled);
    CHECK(p.close(std::chrono::seconds(1)));
}

namespace {

bool starts(const stentor::settings& s) {
    if (s.validate_on_startup && s.client.enabled) {
        std::shared_ptr<stentor::kafka_client> client = stentor::kafka_client::shared(s.client);
        stentor::result<void> ready = client->wait_until_connected(s.client.connection_timeout);
        if (ready) {
            ready = client->check_topics(s.client.topics, s.client.connection_timeout);
        }
        if (!ready) {
            std::fprintf(stderr, "%s\n", ready.error().message().c_str());
            return false;
        }
    }
    return true;
}

}  // namespace

TEST_CASE("docs/settings.md: connecting before the service is ready") {
    stentor::mock_cluster cluster;
    cluster.create_topic("greetings", 1);
    const std::string brokers = cluster.bootstrap();
    stentor::settings defaults;
    defaults.client.topics = {{.name = "greetings"}};
    CHECK(starts(stentor::settings::from({{"KAFKA_BROKERS", brokers}, {"KAFKA_VALIDATE_ON_STARTUP", "true"}}, defaults).value()));
    const stentor::environment nobody{{"KAFKA_BROKERS", "127.0.0.1:9"}, {"KAFKA_VALIDATE_ON_STARTUP", "true"}};
    CHECK_FALSE(starts(stentor::settings::from(nobody).value()));
    const stentor::environment unchecked{{"KAFKA_BROKERS", "127.0.0.1:9"}};
    CHECK(starts(stentor::settings::from(unchecked).value()));
    const stentor::environment off{{"KAFKA_ENABLED", "false"}, {"KAFKA_VALIDATE_ON_STARTUP", "true"}};
    CHECK(starts(stentor::settings::from(off).value()));
}

TEST_CASE("docs/settings.md: defaults of the service's own, problems one a line, and dead letters") {
    const stentor::environment variables{{"ORDERS_TOPIC", "orders-v2"}};
    stentor::settings defaults;
    defaults.client.client_id = "orders";
    defaults.topic_variables = {{"ORDERS_TOPIC", "orders"}};

    const stentor::settings_report found = stentor::settings::examine(variables, defaults);
    for (const stentor::problem& p : found.problems) {
        std::fprintf(stderr, "%s: %s\n", p.key.c_str(), p.rule.c_str());
    }
    for (const std::string& note : found.value.notes) {
        std::fprintf(stderr, "%s\n", note.c_str());
    }
    CHECK(found.problems.empty());
    CHECK(found.value.client.client_id == "orders");
    CHECK(found.value.publisher.topics.front().to == "orders-v2");

    const stentor::settings& s = found.value;
    const stentor::dead_letter<> policy{.inner = s.retry, .topic = s.dead_letter_topic};
    CHECK(policy.topic == "dead-letter");
}

TEST_CASE("docs/settings.md: without Kafka") {
    const auto s = stentor::settings::from({{"KAFKA_ENABLED", "false"}});
    stentor::publisher p{stentor::kafka_transport{s->client}, s->publisher};
    const auto r = p.publish(app::greeting{"Ann"});
    REQUIRE_FALSE(r);
    CHECK(r.error() == stentor::errc::disabled);
    CHECK(stentor::kafka_client::connect(s->client).error() == stentor::errc::disabled);
    CHECK_THROWS_AS(stentor::kafka_client::shared(s->client), stentor::publish_failure);
}
