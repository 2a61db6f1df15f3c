#include <stentor/formats/gateway.hpp>
#include <stentor/formats/task_manager.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/transport/memory.hpp>

// The ready-made formats as they lie in a log: keys, whole header sets and values, byte for byte. The memory broker's clock starts
// at 2026-01-01T00:00:00Z.

namespace {

namespace gateway = stentor::formats::gateway;
namespace task_manager = stentor::formats::task_manager;
using pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
constexpr std::string_view new_task_json =
    R"({"taskId":"t-1","userEmail":"ada@example.com","query":"find","originalUrl":"https://example.com/",)"
    R"("timestamp":"2026-01-01T00:00:00.000Z","status":"new"})";

// The order of headers is not part of the promise.
template <class Record>
pairs sorted_headers(const Record& r) {
    pairs all;
    for (const auto& h : r.headers) {
        all.emplace_back(h.name, h.value);
    }
    std::sort(all.begin(), all.end());
    return all;
}

stentor::timestamp at(std::chrono::milliseconds since_start) {
    using namespace std::chrono;
    return stentor::timestamp{sys_days{2026y / 1 / 1}} + since_start;
}

}  // namespace

TEST_CASE("a gateway's new task lies in the log with exactly the document's headers and value") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    REQUIRE(gateway::publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/",
                                      {.traceparent = parent, .tracestate = "vendor=x"}));
    const auto& log = broker.records("task-status");
    REQUIRE(log.size() == 1);
    CHECK(log[0].key == "t-1");
    CHECK(log[0].value == new_task_json);
    CHECK(sorted_headers(log[0]) == pairs{{"source-service", "gateway"},
                                          {"task-type", "web-crawl"},
                                          {"timestamp", "2026-01-01T00:00:00.000Z"},
                                          {"traceparent", std::string{parent}},
                                          {"tracestate", "vendor=x"}});
}

TEST_CASE("a gateway's new task has an empty tracestate when none is forwarded, and only one") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    const std::string_view states[] = {"", "not a tracestate"};
    for (const std::string_view state : states) {
        REQUIRE(gateway::publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/",
                                          {.traceparent = parent, .tracestate = state}));
    }
    // A bad traceparent restarts the trace: its tracestate is not forwarded either.
    REQUIRE(gateway::publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/",
                                      {.traceparent = "00-bad", .tracestate = "vendor=x"}));
    const auto& log = broker.records("task-status");
    REQUIRE(log.size() == 3);
    for (const auto& r : log) {
        const pairs headers = sorted_headers(r);
        REQUIRE(headers.size() == 5);
        CHECK(headers[3].first == "traceparent");
        CHECK(headers[3].second.size() == 55);
        CHECK(headers[4] == std::pair<std::string, std::string>{"tracestate", ""});
    }
}

TEST_CASE("without a tracer a gateway's new task has no traceparent, and an empty tracestate") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_tracer{}};
    REQUIRE(gateway::publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/"));
    CHECK(sorted_headers(broker.records("task-status")[0]) == pairs{{"source-service", "gateway"},
                                                                    {"task-type", "web-crawl"},
                                                                    {"timestamp", "2026-01-01T00:00:00.000Z"},
                                                                    {"tracestate", ""}});
}

TEST_CASE("a gateway's task that breaks a rule is refused, and nothing is sent") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    const auto r = gateway::publish_new_task(p, "t-1", "nobody", "find", "https://example.com/");
    REQUIRE(!r);
    CHECK(r.error() == stentor::errc::invalid_message);
    CHECK(r.error().cause == "/userEmail: must be an e-mail address, with text on both sides of an @");
    CHECK(broker.records("task-status").empty());
    CHECK(p.account().refused == 1);
}

TEST_CASE("the port and the asynchronous way publish the same record") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    gateway::kafka_web_crawl_task_publisher port{p};
    REQUIRE(gateway::publish_new_task(port, "t-1", "ada@example.com", "find", "https://example.com/"));
    int persisted = 0;
    REQUIRE(gateway::async_publish_new_task(p, "t-1", "ada@example.com", "find", "https://example.com/", {},
                                            [&](stentor::result<stentor::receipt> r) { persisted += r ? 1 : 0; }));
    REQUIRE(p.flush(std::chrono::seconds(1)));
    CHECK(persisted == 1);
    const auto& log = broker.records("task-status");
    REQUIRE(log.size() == 2);
    CHECK(log[0].value == new_task_json);
    CHECK(log[1].value == new_task_json);
}

TEST_CASE("the task manager's messages lie in the log with their trace in headers of their own") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    const stentor::publish_options traced{.trace = {.traceparent = parent, .tracestate = {}}};
    REQUIRE(p.publish(task_manager::task_completion{.task_id = "t-1", .result = "done", .finished_at = at({})}, traced));
    REQUIRE(p.publish(task_manager::web_crawl_request{"r-1", "ada@example.com", "find", "https://example.com/", at({})}, traced));

    const auto& done = broker.records("task-status")[0];
    CHECK(done.key == "t-1");
    CHECK(done.value == R"({"taskId":"t-1","status":"completed","result":"done","finishedAt":"2026-01-01T00:00:00.000Z"})");
    CHECK(sorted_headers(done) == pairs{{"spanId", "b7ad6b7169203331"},
                                        {"taskId", "t-1"},
                                        {"taskType", "web-crawl"},
                                        {"timestamp", "2026-01-01T00:00:00.000Z"},
                                        {"traceId", "0af7651916cd43dd8448eb211c80319c"},
                                        {"traceparent", std::string{parent}}});
    const auto& asked = broker.records("requests-web-crawl")[0];
    CHECK(asked.key == "r-1");
    CHECK(sorted_headers(asked)[0] == std::pair<std::string, std::string>{"requestId", "r-1"});
    CHECK(sorted_headers(asked)[1] == std::pair<std::string, std::string>{"requestType", "web-crawl"});
    CHECK(sorted_headers(asked).size() == 6);
}
