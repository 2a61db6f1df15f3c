#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <stentor/metrics/rdkafka_statistics.hpp>
#include <stentor/metrics/render.hpp>

using namespace stentor;

namespace {

// As librdkafka writes it (2.0.2), with less in it.
constexpr std::string_view sample =
    R"({ "name": "rdkafka#producer-1", "client_id": "stentor", "type": "producer", "ts":123, "time":1,
"age":2500000, "replyq":1, "msg_cnt":7, "msg_size":700, "msg_max":0, "brokers":{
  "localhost:9092/1": { "name":"localhost:9092/1", "nodeid":1, "state":"UP", "stateage":1000000, "outbuf_cnt":2, "waitresp_cnt":3,
    "tx":40, "txbytes":4000, "txerrs":1, "txretries":2, "req_timeouts":4, "rx":39, "rxbytes":3900, "rxerrs":0, "connects":5,
    "disconnects":4, "int_latency": {"min":1,"max":2000,"avg":500,"sum":1,"stddev":1,"p50":400,"p75":1,"p95":900,"p99":1000},
    "rtt": {"min":100,"max":9000,"avg":1500,"p50":1400,"p95":2500,"p99":3000}, "throttle": {"avg":250}, "req": {"Produce":30},
    "toppars":{ "t-0": { "topic":"t", "partition":0} } },
  ":0/internal": { "name":":0/internal", "state":"INIT", "tx":9 },
  "localhost:9093/bootstrap": { "state":"DOWN", "tx":0 } },
"topics":{ "t": { "topic":"t", "age":1, "batchsize": {"avg":2000,"max":3000,"cnt":4}, "batchcnt": {"avg":20},
    "partitions":{ "0": { "partition":0, "msgq_cnt":1, "msgq_bytes":10, "xmit_msgq_cnt":2, "txmsgs":100, "txbytes":1000 },
                   "1": { "partition":1, "msgq_cnt":3, "msgq_bytes":30, "xmit_msgq_cnt":4, "txmsgs":200, "txbytes":2000 },
                   "-1": { "partition":-1, "msgq_cnt":5, "txmsgs":0 } } },
  "u": { "topic":"u", "partitions":{ "0": { "msgq_cnt":9, "txmsgs":1 } } } },
"tx":50, "tx_bytes":5000, "rx":49, "rx_bytes":4900, "txmsgs":301, "txmsg_bytes":3001, "new_field": 1, "eos": {"producer_id": 1} })";

collected_metrics read(std::string_view json, std::size_t most = 100, bool whole = true) {
    metric_sink s;
    CHECK(add_statistics(s, json, "c", most) == whole);
    CHECK(s.left_out() == 0);
    collected_metrics all = s.take();
    CHECK(s.left_out() == 0);
    return all;
}

}  // namespace

TEST_CASE("statistics: of the client, in base units") {
    const collected_metrics all = read(sample);
    const auto value = [&](std::string_view name) { return all.value(name, {{"client", "c"}}); };
    CHECK(value("kafka_rdkafka_age_seconds") == 2.5);
    CHECK(value("kafka_rdkafka_events_waiting") == 1);
    CHECK(value("kafka_rdkafka_messages") == 7);
    CHECK(value("kafka_rdkafka_message_bytes") == 700);
    CHECK(value("kafka_rdkafka_requests_total") == 50);
    CHECK(value("kafka_rdkafka_sent_bytes_total") == 5000);
    CHECK(value("kafka_rdkafka_responses_total") == 49);
    CHECK(value("kafka_rdkafka_received_bytes_total") == 4900);
    CHECK(value("kafka_rdkafka_sent_messages_total") == 301);
    CHECK(value("kafka_rdkafka_sent_messages_bytes_total") == 3001);
    CHECK(value("kafka_rdkafka_left_out") == 0);
}

TEST_CASE("statistics: of brokers, but for the pseudo broker") {
    const collected_metrics all = read(sample);
    const auto value = [&](std::string_view name, const char* broker = "localhost:9092/1") {
        return all.value(name, {{"client", "c"}, {"broker", broker}});
    };
    CHECK(value("kafka_rdkafka_broker_up") == 1);
    CHECK(value("kafka_rdkafka_broker_up", "localhost:9093/bootstrap") == 0);
    CHECK(value("kafka_rdkafka_broker_up", ":0/internal") == std::nullopt);
    CHECK(value("kafka_rdkafka_broker_requests_total") == 40);
    CHECK(value("kafka_rdkafka_broker_sent_bytes_total") == 4000);
    CHECK(value("kafka_rdkafka_broker_send_errors_total") == 1);
    CHECK(value("kafka_rdkafka_broker_retries_total") == 2);
    CHECK(value("kafka_rdkafka_broker_request_timeouts_total") == 4);
    CHECK(value("kafka_rdkafka_broker_responses_total") == 39);
    CHECK(value("kafka_rdkafka_broker_connects_total") == 5);
    CHECK(value("kafka_rdkafka_broker_disconnects_total") == 4);
    CHECK(value("kafka_rdkafka_broker_unsent_requests") == 2);
    CHECK(value("kafka_rdkafka_broker_unanswered_requests") == 3);
    CHECK(value("kafka_rdkafka_broker_state_age_seconds") == 1);
    const auto window = [&](std::string_view name, const char* stat) {
        return all.value(name, {{"client", "c"}, {"broker", "localhost:9092/1"}, {"stat", stat}});
    };
    CHECK(window("kafka_rdkafka_broker_rtt_seconds", "avg") == 1500 * 1e-6);
    CHECK(window("kafka_rdkafka_broker_rtt_seconds", "p99") == 3000 * 1e-6);
    CHECK(window("kafka_rdkafka_broker_queue_seconds", "max") == 2000 * 1e-6);
    CHECK(window("kafka_rdkafka_broker_queue_seconds", "p75") == std::nullopt);
    CHECK(window("kafka_rdkafka_broker_throttle_seconds", "avg") == 250 * 1e-3);
}

TEST_CASE("statistics: of topics, partitions added up") {
    const collected_metrics all = read(sample);
    const auto value = [&](std::string_view name, const char* topic) {
        return all.value(name, {{"client", "c"}, {"topic", topic}});
    };
    CHECK(value("kafka_rdkafka_topic_queue_messages", "t") == 9);
    CHECK(value("kafka_rdkafka_topic_queue_bytes", "t") == 40);
    CHECK(value("kafka_rdkafka_topic_transmit_messages", "t") == 6);
    CHECK(value("kafka_rdkafka_topic_sent_messages_total", "t") == 300);
    CHECK(value("kafka_rdkafka_topic_sent_bytes_total", "t") == 3000);
    CHECK(value("kafka_rdkafka_topic_queue_messages", "u") == 9);
    CHECK(value("kafka_rdkafka_topic_sent_messages_total", "u") == 1);
    CHECK(all.value("kafka_rdkafka_topic_batch_bytes", {{"client", "c"}, {"topic", "t"}, {"stat", "avg"}}) == 2000);
    CHECK(all.value("kafka_rdkafka_topic_batch_messages", {{"client", "c"}, {"topic", "t"}, {"stat", "avg"}}) == 20);
}

TEST_CASE("statistics: of many brokers and topics only as many as there may be") {
    const collected_metrics all = read(sample, 1);
    CHECK(all.find("kafka_rdkafka_broker_up")->points.size() == 1);
    CHECK(all.find("kafka_rdkafka_topic_queue_messages")->points.size() == 1);
    CHECK(all.value("kafka_rdkafka_topic_queue_messages", {{"client", "c"}, {"topic", "t"}}) == 9);
    CHECK(all.value("kafka_rdkafka_left_out", {{"client", "c"}}) == 2);
}

TEST_CASE("statistics: what is cut off is told, and what came before it is there") {
    const collected_metrics all = read(sample.substr(0, sample.size() / 2), 100, false);
    CHECK(all.value("kafka_rdkafka_messages", {{"client", "c"}}) == 7);
    CHECK(read("", 100, false).families.size() == 1);
    CHECK(read(R"({"brokers":[1],"topics":{"t":1},"msg_cnt":"x"})").families.size() == 1);
}

TEST_CASE("statistics: a client is asked when somebody collects, as long as it is there") {
    struct fake_client {
        std::shared_ptr<const std::string> json;
        [[nodiscard]] std::shared_ptr<const std::string> statistics() const { return json; }
    };
    const metrics_registry r;
    auto client = std::make_shared<fake_client>();
    observe(r, client, {.name = "c"});
    CHECK_FALSE(r.collect().value("kafka_rdkafka_messages", {{"client", "c"}}));
    client->json = std::make_shared<const std::string>(sample);
    CHECK(r.collect().value("kafka_rdkafka_messages", {{"client", "c"}}) == 7);
    client.reset();
    CHECK_FALSE(r.collect().value("kafka_rdkafka_messages", {{"client", "c"}}));
}
