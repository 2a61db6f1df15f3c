#include <stentor/formats/gateway.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/serializer/json.hpp>

namespace {

using namespace std::chrono;
namespace gateway = stentor::formats::gateway;
using traits = stentor::message_traits<gateway::new_task>;

constexpr stentor::timestamp when = sys_days{2026y / 1 / 2} + 3h + 4min + 5s + 6ms;

gateway::new_task sample() {
    return {"6f1d2c3b-0a4e-4f5a-9b8c-7d6e5f4a3b2c", "ada@example.com", "Find \"red\" shoes", "https://shop.example.com/a?b=c#d",
            when};
}

std::string why_invalid(const gateway::new_task& task) {
    const stentor::fault f = traits::validate(task);
    CHECK((!f || f.code == stentor::errc::invalid_message));
    return std::string{f.text()};
}

// A publisher that remembers what it was asked to publish.
struct recording_publisher {
    std::vector<std::string> values{};
    std::string traceparent{};

    static stentor::moment now() { return {{}, 0, when}; }

    stentor::result<stentor::receipt> publish(const gateway::new_task_view& task, const stentor::publish_options& options) {
        stentor::buffer out;
        REQUIRE(!stentor::json_serializer{}.serialize(task, out));
        values.emplace_back(out.view());
        traceparent = options.trace.traceparent;
        return stentor::receipt{.topic = "task-status", .partition = 3, .offset = 7};
    }
    template <class Handler>
    stentor::result<void> async_publish(const gateway::new_task_view& task, Handler&& handler,
                                        const stentor::publish_options& options) {
        handler(publish(task, options));
        return {};
    }
};

constexpr std::string_view sample_json =
    R"({"taskId":"6f1d2c3b-0a4e-4f5a-9b8c-7d6e5f4a3b2c","userEmail":"ada@example.com","query":"Find \"red\" shoes",)"
    R"("originalUrl":"https://shop.example.com/a?b=c#d","timestamp":"2026-01-02T03:04:05.006Z","status":"new"})";

}  // namespace

TEST_CASE("a new task goes to task-status under its id") {
    CHECK(traits::topic == "task-status");
    CHECK(traits::type_header == "task-type");
    CHECK(traits::type == "web-crawl");
    CHECK(traits::key(sample()) == "6f1d2c3b-0a4e-4f5a-9b8c-7d6e5f4a3b2c");
}

TEST_CASE("the value of a new task has the document's six fields in its order, byte for byte") {
    stentor::buffer out;
    REQUIRE(!stentor::json_serializer{}.serialize(sample(), out));
    CHECK(out.view() == sample_json);
}

TEST_CASE("a new task's headers name the service and the moment of the publish, and an empty tracestate when a tracer sent none") {
    stentor::header_sink add;
    traits::headers(sample(), add, stentor::publish_context{{{}, 0, when + 1s}, {}, {}});
    const stentor::header_view headers = add.headers();
    CHECK(headers.size() == 3);
    CHECK(headers.find("source-service") == "gateway");
    CHECK(headers.find("timestamp") == "2026-01-02T03:04:06.006Z");
    REQUIRE(headers.find("tracestate").data() != nullptr);
    CHECK(headers.find("tracestate").empty());
}

TEST_CASE("a tracestate that a tracer sent stays the only one") {
    stentor::header_sink add;
    add("tracestate", std::string_view{"a=b"});
    traits::headers(sample(), add, stentor::publish_context{});
    CHECK(add.headers().size() == 3);
    CHECK(add.headers().find("tracestate") == "a=b");
}

TEST_CASE("a new task is checked before it is published, and the fault names the field but not its value") {
    CHECK(why_invalid(sample()).empty());
    gateway::new_task task = sample();
    task.task_id.clear();
    CHECK(why_invalid(task) == "/taskId: must not be empty");
    for (const char* email : {"", "ada", "@example.com", "ada@", "@"}) {
        task = sample();
        task.user_email = email;
        CHECK(why_invalid(task) == "/userEmail: must be an e-mail address, with text on both sides of an @");
    }
    for (const char* url :
         {"", "example.com", "/path", "https:", "https://", "https:///path", "://host", "1a://host", "https://a b", "https://user@",
          "https://:80", "https://?q", "https://[]/", "https://[::1", "ht tp://host", "https://host/\n"}) {
        INFO(url);
        task = sample();
        task.original_url = url;
        CHECK(why_invalid(task) == "/originalUrl: must be a URL with scheme and host, as in https://example.com/");
    }
}

TEST_CASE("unusual e-mail addresses and URLs pass") {
    gateway::new_task task = sample();
    for (const char* email : {"a@b", "\"a@b\"@example.com", "jürgen@exämple.de"}) {
        task.user_email = email;
        CHECK(why_invalid(task).empty());
    }
    for (const char* url : {"http://a", "HTTPS://user:pw@host:8080/x", "git+ssh://host", "https://[2001:db8::1]:443/",
                            "https://例え.jp/道", "https://host?q=a@b", "https://a@b@host/"}) {
        INFO(url);
        task.original_url = url;
        CHECK(why_invalid(task).empty());
    }
}

TEST_CASE("publish_new_task works on a publisher, and takes the value's timestamp from it") {
    recording_publisher publisher;
    const gateway::new_task task = sample();
    const auto r = gateway::publish_new_task(publisher, task.task_id, task.user_email, task.query, task.original_url,
                                             {.traceparent = "00-a", .tracestate = {}});
    REQUIRE(r);
    CHECK(r->offset == 7);
    CHECK(publisher.values == std::vector<std::string>{std::string{sample_json}});
    CHECK(publisher.traceparent == "00-a");
}

TEST_CASE("publish_new_task works on the port, which the adapter implements over a publisher") {
    recording_publisher publisher;
    gateway::kafka_web_crawl_task_publisher adapter{publisher};
    gateway::web_crawl_task_publisher_port& port = adapter;
    const gateway::new_task task = sample();
    for (int i = 0; i != 2; ++i) {
        const auto r = i == 0 ? port.publish_new_task(task.task_id, task.user_email, task.query, task.original_url, {})
                              : gateway::publish_new_task(port, task.task_id, task.user_email, task.query, task.original_url);
        REQUIRE(r);
        CHECK(r->partition == 3);
    }
    CHECK(gateway::publish_new_task(adapter, task.task_id, task.user_email, task.query, task.original_url));
    CHECK(publisher.values.size() == 3);
    CHECK(publisher.values.back() == sample_json);
}

TEST_CASE("async_publish_new_task hands the result to its handler") {
    recording_publisher publisher;
    std::optional<std::int64_t> offset;
    const gateway::new_task task = sample();
    REQUIRE(gateway::async_publish_new_task(publisher, task.task_id, task.user_email, task.query, task.original_url, {},
                                            [&](stentor::result<stentor::receipt> r) { offset = r.value().offset; }));
    CHECK(offset == 7);
    CHECK(publisher.values.back() == sample_json);
}
