#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <stentor/context.hpp>
#include <stentor/detail/field_rules.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/options.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// What a gateway service sends to a task manager: one message for each new web crawl task, on topic `task-status`.
///
/// On the wire, key = taskId:
/// ```
/// traceparent: 00-…-…-01     tracestate: (may be empty)     task-type: web-crawl
/// source-service: gateway    timestamp: 2026-01-01T00:00:00.000Z
/// {"taskId":"…","userEmail":"…","query":"…","originalUrl":"…","timestamp":"2026-01-01T00:00:00.000Z","status":"new"}
/// ```
/// Choices where the requirement leaves one:
/// - The task manager's own documents call two of the fields `userQuery` and `receivedAt`. The gateway's document lists its six
///   fields one by one, so its names are the ones on the wire.
/// - `tracestate` is always there, and empty when there is none: the document writes it so, although W3C asks to leave it out.
/// - `traceparent` comes from the publisher's tracer. With `no_tracer` there is none.

namespace stentor::inline v0::formats::gateway {

/// The state of a task in a message of the gateway: it only ever announces new ones.
enum class task_status : std::uint8_t {
    new_,  ///< "new" on the wire
};
BOOST_DESCRIBE_ENUM(task_status, new_)

/// A new web crawl task. `Text` is `std::string` for a message that is kept, `std::string_view` for one that lives for a call.
template <class Text>
struct basic_new_task {
    Text task_id{};                          ///< the record's key
    Text user_email{};                       ///< who asked
    Text query{};                            ///< what was asked
    Text original_url{};                     ///< where to begin
    stentor::timestamp timestamp{};          ///< when it was asked
    task_status status = task_status::new_;  ///< always "new"

    BOOST_DESCRIBE_CLASS(basic_new_task, (), (task_id, user_email, query, original_url, timestamp, status), (), ())
};

/// The message that owns its text.
using new_task = basic_new_task<std::string>;
/// The message that only views its text.
using new_task_view = basic_new_task<std::string_view>;

/// What domain code depends on: publishes new tasks, by whatever means. Implementations say which threads may call.
class web_crawl_task_publisher_port {
public:
    virtual ~web_crawl_task_publisher_port() = default;
    /// Publishes one new task and waits for its outcome. All views live for the call.
    /// Errors: those of `publish`; `errc::invalid_message` names the field that breaks a rule.
    [[nodiscard]] virtual result<receipt> publish_new_task(std::string_view task_id, std::string_view user_email,
                                                           std::string_view query, std::string_view original_url,
                                                           const trace_context& trace) = 0;

protected:
    /// For implementations only.
    /// @{
    web_crawl_task_publisher_port() = default;
    web_crawl_task_publisher_port(const web_crawl_task_publisher_port&) = default;
    web_crawl_task_publisher_port& operator=(const web_crawl_task_publisher_port&) = default;
    /// @}
};

/// Publishes one new task on any publisher and waits for its outcome. The value's timestamp is the publisher's `now()`. Threads:
/// those of the publisher. All views live for the call. Errors: those of `publish`; `errc::invalid_message` names the field.
template <class Publisher>
    requires(!std::derived_from<Publisher, web_crawl_task_publisher_port>)
[[nodiscard]] result<receipt> publish_new_task(Publisher& publisher, std::string_view task_id, std::string_view user_email,
                                               std::string_view query, std::string_view original_url,
                                               const trace_context& trace = {}) {
    const new_task_view task{task_id, user_email, query, original_url, publisher.now().wall};
    return publisher.publish(task, publish_options{.trace = trace});
}

/// The same through the port.
[[nodiscard]] inline result<receipt> publish_new_task(web_crawl_task_publisher_port& port, std::string_view task_id,
                                                      std::string_view user_email, std::string_view query,
                                                      std::string_view original_url, const trace_context& trace = {}) {
    return port.publish_new_task(task_id, user_email, query, original_url, trace);
}

/// Publishes one new task without waiting. `handler` gets the `result<receipt>` as in `async_publish`: on the event thread, exactly
/// once, but not at all when this answers an error. All views live for the call.
template <class Publisher, class Handler>
[[nodiscard]] result<void> async_publish_new_task(Publisher& publisher, std::string_view task_id, std::string_view user_email,
                                                  std::string_view query, std::string_view original_url, const trace_context& trace,
                                                  Handler&& handler) {
    const new_task_view task{task_id, user_email, query, original_url, publisher.now().wall};
    return publisher.async_publish(task, std::forward<Handler>(handler), publish_options{.trace = trace});
}

/// The port over any publisher, which must outlive it. Threads: those of the publisher.
template <class Publisher>
class kafka_web_crawl_task_publisher final : public web_crawl_task_publisher_port {
public:
    /// Over that publisher, by reference.
    explicit kafka_web_crawl_task_publisher(Publisher& publisher) noexcept : publisher_(&publisher) {}

    [[nodiscard]] result<receipt> publish_new_task(std::string_view task_id, std::string_view user_email, std::string_view query,
                                                   std::string_view original_url, const trace_context& trace) override {
        return gateway::publish_new_task(*publisher_, task_id, user_email, query, original_url, trace);
    }

private:
    Publisher* publisher_;
};

}  // namespace stentor::inline v0::formats::gateway

/// How a new task looks on the wire. `validate`: a taskId that is empty or blank, an e-mail without text on both sides of an @, a
/// URL without scheme and host.
template <class Text>
struct stentor::message_traits<stentor::formats::gateway::basic_new_task<Text>> {
    /// What the members say to the publisher; see `message_traits`.
    /// @{
    using message = stentor::formats::gateway::basic_new_task<Text>;

    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "task-type";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const message& m) noexcept { return m.task_id; }

    static void headers(const message&, stentor::header_sink& add, const stentor::publish_context& context) {
        add("source-service", "gateway");
        const stentor::detail::rfc3339 now{context.at.wall};
        add("timestamp", now.view());
        // A tracer adds a tracestate only when there is something in it, and has done so before this is asked.
        if (add.headers().find("tracestate").data() == nullptr) {
            add("tracestate", "");
        }
    }

    static stentor::fault validate(const message& m) {
        using namespace stentor::detail;
        if (fault f = check_not_empty("/taskId", m.task_id)) {
            return f;
        }
        if (fault f = check_email("/userEmail", m.user_email)) {
            return f;
        }
        return check_url("/originalUrl", m.original_url);
    }
    /// @}
};
