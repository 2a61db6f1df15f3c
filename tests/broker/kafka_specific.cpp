// The web crawl publisher's Kafka-specific criteria, on a real broker: each test bears the name of its criterion.

#include <set>
#include <string>
#include <vector>

#include "support/gateway.hpp"

using namespace broker;

namespace {

/// One task, published and read back.
stentor::read_record one_task(const stentor::trace_context& trace = {}) {
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks");
    auto p = gateway(topic);
    REQUIRE(publish_new_task(p, "0198c0de", "user@example.com", "winter boots \"size 43\" \xc3\xa4", "https://shop.example/a?b=c",
                             trace));
    stentor::topic_reader reader(cluster::shared().brokers(), topic);
    auto got = reader.read(1);
    REQUIRE(got.size() == 1);
    return got[0];
}

const std::regex utc_time("2[0-9]{3}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\\.[0-9]{3}Z");

}  // namespace

TEST_CASE("message structure matches task-manager") {
    const auto record = one_task();
    const auto parsed = boost::json::parse(record.value.value());
    const auto& value = parsed.as_object();
    std::vector<std::string> names;
    for (const auto& member : value) {
        names.emplace_back(member.key());
    }
    CHECK(names == std::vector<std::string>{"taskId", "userEmail", "query", "originalUrl", "timestamp", "status"});
    CHECK(field(record, "taskId") == "0198c0de");
    CHECK(field(record, "userEmail") == "user@example.com");
    CHECK(field(record, "query") == "winter boots \"size 43\" \xc3\xa4");
    CHECK(field(record, "originalUrl") == "https://shop.example/a?b=c");
    CHECK(field(record, "status") == "new");
    CHECK(std::regex_match(field(record, "timestamp"), utc_time));
}

TEST_CASE("headers include all required fields") {
    const auto record = one_task({"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "vendor=1"});
    std::multiset<std::string> names;
    for (const auto& [name, value] : record.headers) {
        names.insert(name);
    }
    CHECK(names == std::multiset<std::string>{"source-service", "task-type", "timestamp", "traceparent", "tracestate"});
    CHECK(record.header("traceparent") == "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    CHECK(record.header("tracestate") == "vendor=1");
    CHECK(record.header("task-type") == "web-crawl");
    CHECK(record.header("source-service") == "gateway");
    CHECK(std::regex_match(record.header("timestamp").value_or(""), utc_time));
}

TEST_CASE("message key is set correctly") { CHECK(one_task().key == "0198c0de"); }

TEST_CASE("topic routing works") {
    const std::string& brokers = cluster::shared().brokers();
    const std::string by_setting = make_topic(brokers, "by-setting");
    const std::string by_call = make_topic(brokers, "by-call");
    auto p = gateway(by_setting);
    const stentor::formats::gateway::new_task task{"t", "user@example.com", "q", "https://shop.example/"};
    CHECK(p.publish(task).value().topic == by_setting);
    CHECK(p.publish(task, {.topic = by_call}).value().topic == by_call);
    // Neither a setting nor a call: what the message's traits say. The topic is one of those that `kafka up` makes.
    stentor::basic_publisher plain{stentor::kafka_transport{stentor::kafka_config{.brokers = brokers}}};
    CHECK(plain.publish(task).value().topic == "task-status");
    CHECK(stentor::topic_reader(brokers, by_setting).read(2, 2s).size() == 1);
    CHECK(stentor::topic_reader(brokers, by_call).read(2, 2s).size() == 1);
}

TEST_CASE("partitioning is appropriate: by key, the same key always to the same partition, evenly over all") {
    constexpr int partitions = 6;
    constexpr int keys = 3000;
    const std::string topic = make_topic(cluster::shared().brokers(), "tasks", partitions);
    auto p = gateway(topic);
    for (int round = 0; round < 2; ++round) {
        for (int i = 0; i < keys; ++i) {
            REQUIRE(async_publish_new_task(p, "task-" + std::to_string(i), "user@example.com", std::to_string(round),
                                           "https://shop.example/", {}, [](const stentor::result<stentor::receipt>&) {}));
        }
    }
    REQUIRE(p.flush(20s));
    REQUIRE(p.account().persisted == 2 * keys);
    stentor::topic_reader reader(cluster::shared().brokers(), topic);
    std::map<std::string, int> home;
    std::vector<int> count(partitions);
    for (const auto& record : reader.read(2 * keys)) {
        const auto [known, first] = home.emplace(*record.key, record.partition);
        CHECK(known->second == record.partition);
        CHECK(field(record, "query") == (first ? "0" : "1"));
        ++count[static_cast<std::size_t>(record.partition)];
    }
    CHECK(home.size() == keys);
    for (const int each : count) {
        CHECK(each > keys * 2 / partitions * 8 / 10);
        CHECK(each < keys * 2 / partitions * 12 / 10);
    }
}
