#include <stentor/formats/task_manager.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/serializer/json.hpp>

namespace {

using namespace std::chrono;
namespace task_manager = stentor::formats::task_manager;
using task_manager::task_status;

constexpr stentor::timestamp when = sys_days{2024y / 1 / 1};
using pairs = std::vector<std::pair<std::string, std::string>>;

template <class Message>
std::string json(const Message& message) {
    stentor::buffer out;
    REQUIRE(!stentor::json_serializer{}.serialize(message, out));
    return std::string{out.view()};
}

template <class Message>
pairs headers_of(const Message& message, std::string_view traceparent) {
    stentor::publish_context context{{{}, 0, when + 1s}, {}, {}};
    std::ranges::copy(traceparent, context.traceparent.begin());
    stentor::header_sink add;
    stentor::message_traits<Message>::headers(message, add, context);
    pairs all;
    for (const stentor::header& h : add.headers()) {
        all.emplace_back(h.name, h.value);
    }
    return all;
}

template <class Message>
std::string why_invalid(const Message& message) {
    const stentor::fault f = stentor::message_traits<Message>::validate(message);
    CHECK((!f || f.code == stentor::errc::invalid_message));
    return std::string{f.text()};
}

constexpr std::string_view trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

task_manager::new_task created() {
    return {"uuid-string", "user@example.com", "Find product information", "https://example.com", when};
}
task_manager::web_crawl_request asked() {
    return {"test-task-1", "user@example.com", "Find product information", "https://example.com", when};
}

}  // namespace

TEST_CASE("the four values are the document's, byte for byte") {
    CHECK(json(created()) == R"({"taskId":"uuid-string","userEmail":"user@example.com","userQuery":"Find product information",)"
                             R"("originalUrl":"https://example.com","receivedAt":"2024-01-01T00:00:00.000Z","status":"new"})");
    CHECK(json(task_manager::task_completion{
              .task_id = "uuid-string", .result = "Found 5 products matching criteria", .finished_at = when}) ==
          R"({"taskId":"uuid-string","status":"completed","result":"Found 5 products matching criteria",)"
          R"("finishedAt":"2024-01-01T00:00:00.000Z"})");
    CHECK(
        json(task_manager::task_error{.task_id = "uuid-string", .error = "Network timeout occurred", .finished_at = when}) ==
        R"({"taskId":"uuid-string","status":"error","error":"Network timeout occurred","finishedAt":"2024-01-01T00:00:00.000Z"})");
    CHECK(json(asked()) ==
          R"({"userEmail":"user@example.com","userQuery":"Find product information","originalUrl":"https://example.com",)"
          R"("requestedAt":"2024-01-01T00:00:00.000Z"})");
}

TEST_CASE("messages about a task go to task-status with taskId, the moment of the publish and the trace") {
    const pairs expected{{"taskId", "uuid-string"},
                         {"timestamp", "2024-01-01T00:00:01.000Z"},
                         {"traceId", "0af7651916cd43dd8448eb211c80319c"},
                         {"spanId", "b7ad6b7169203331"}};
    CHECK(headers_of(created(), trace) == expected);
    CHECK(headers_of(task_manager::task_completion{.task_id = "uuid-string"}, trace) == expected);
    CHECK(headers_of(task_manager::task_error{.task_id = "uuid-string"}, trace) == expected);
    const auto same = []<class Traits>(Traits) {
        CHECK(Traits::topic == "task-status");
        CHECK(Traits::type_header == "taskType");
        CHECK(Traits::type == "web-crawl");
    };
    same(stentor::message_traits<task_manager::new_task>{});
    same(stentor::message_traits<task_manager::task_completion>{});
    same(stentor::message_traits<task_manager::task_error>{});
    CHECK(stentor::message_traits<task_manager::new_task>::key(created()) == "uuid-string");
}

TEST_CASE("a request goes to requests-web-crawl under its id, which only key and header carry") {
    using traits = stentor::message_traits<task_manager::web_crawl_request>;
    CHECK(traits::topic == "requests-web-crawl");
    CHECK(traits::type_header == "requestType");
    CHECK(traits::type == "web-crawl");
    CHECK(traits::key(asked()) == "test-task-1");
    CHECK(headers_of(asked(), trace) == pairs{{"requestId", "test-task-1"},
                                              {"timestamp", "2024-01-01T00:00:01.000Z"},
                                              {"traceId", "0af7651916cd43dd8448eb211c80319c"},
                                              {"spanId", "b7ad6b7169203331"}});
}

TEST_CASE("without a trace its two headers are there and empty") {
    CHECK(headers_of(created(), {}) ==
          pairs{{"taskId", "uuid-string"}, {"timestamp", "2024-01-01T00:00:01.000Z"}, {"traceId", ""}, {"spanId", ""}});
}

TEST_CASE("the four messages are checked before they are published, and the fault names the field") {
    CHECK(why_invalid(created()).empty());
    CHECK(why_invalid(asked()).empty());
    CHECK(why_invalid(task_manager::task_completion{.task_id = "t"}).empty());
    CHECK(why_invalid(task_manager::task_error{.task_id = "t"}).empty());

    CHECK(why_invalid(task_manager::new_task{}) == "/taskId: must not be empty");
    CHECK(why_invalid(task_manager::task_completion{}) == "/taskId: must not be empty");
    CHECK(why_invalid(task_manager::task_error{}) == "/taskId: must not be empty");
    CHECK(why_invalid(task_manager::web_crawl_request{}) == "requestId: must not be empty");

    auto task = created();
    task.status = task_status::error;
    CHECK(why_invalid(task) == "/status: must be new");
    CHECK(why_invalid(task_manager::task_completion{.task_id = "t", .status = task_status::new_}) == "/status: must be completed");
    CHECK(why_invalid(task_manager::task_error{.task_id = "t", .status = task_status::completed}) == "/status: must be error");

    task = created();
    task.user_email = "nobody";
    CHECK(why_invalid(task).starts_with("/userEmail: "));
    task = created();
    task.original_url = "nowhere";
    CHECK(why_invalid(task).starts_with("/originalUrl: "));
    auto request = asked();
    request.user_email = "nobody";
    CHECK(why_invalid(request).starts_with("/userEmail: "));
    request = asked();
    request.original_url = "nowhere";
    CHECK(why_invalid(request).starts_with("/originalUrl: "));
}
