#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>

#include <stentor/context.hpp>
#include <stentor/detail/field_rules.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/version.hpp>

/// @file
/// What a task manager service exchanges: `new_task`, `task_completion` and `task_error` on topic `task-status`, and
/// `web_crawl_request` on topic `requests-web-crawl`.
///
/// Each carries the headers taskId, taskType, timestamp, traceId, spanId (a request: requestId, requestType, …). The key is the
/// task's or the request's id. Choices where the requirement leaves one or contradicts itself:
/// - It shows `{"headers": …, "message": …}`. These are Kafka headers, and the value is what stands under `message` alone: its own
///   test script sends just that, and its consumer validates headers before it parses the value.
/// - The test script sends no headers at all. They are sent here: a consumer that needs them would refuse such a message, and one
///   that doesn't ignores them.
/// - The new task message is listed under "Task Status Messages", yet not among what `task-status` receives. It goes to
///   `task-status`: there the gateway sends its own, too, and `requests-web-crawl` is for requests.
/// - A request's id is not in its value, as shown there: it is the key and the header `requestId`, so Boost.Describe doesn't
///   see it.
/// - `timestamp` is when the message was published; `receivedAt`, `finishedAt` and `requestedAt` are the caller's.
/// - `traceId` and `spanId` are those of the `traceparent` that the publisher's tracer sends with the message. With
///   `no_tracer` they are there and empty, so that the set of headers is always the same.

namespace stentor::inline v0::formats::task_manager {

/// The state of a task.
enum class task_status : std::uint8_t {
    new_,       ///< "new" on the wire
    completed,  ///< "completed" on the wire
    error,      ///< "error" on the wire
};
BOOST_DESCRIBE_ENUM(task_status, new_, completed, error)

/// A task was created.
struct new_task {
    std::string task_id{};                   ///< the record's key
    std::string user_email{};                ///< who asked
    std::string user_query{};                ///< what was asked
    std::string original_url{};              ///< where to begin
    timestamp received_at{};                 ///< when the gateway got it
    task_status status = task_status::new_;  ///< always "new"
};
BOOST_DESCRIBE_STRUCT(new_task, (), (task_id, user_email, user_query, original_url, received_at, status))

/// A task ended well.
struct task_completion {
    std::string task_id{};                        ///< the record's key
    task_status status = task_status::completed;  ///< always "completed"
    std::string result{};                         ///< what came of it
    timestamp finished_at{};                      ///< when it ended
};
BOOST_DESCRIBE_STRUCT(task_completion, (), (task_id, status, result, finished_at))

/// A task failed. `error` is for people.
struct task_error {
    std::string task_id{};                    ///< the record's key
    task_status status = task_status::error;  ///< always "error"
    std::string error{};                      ///< why, for people
    timestamp finished_at{};                  ///< when it ended
};
BOOST_DESCRIBE_STRUCT(task_error, (), (task_id, status, error, finished_at))

/// Somebody asks for a web crawl. `request_id` is key and header only.
struct web_crawl_request {
    std::string request_id{};    ///< the record's key and the header `requestId`; not in the JSON
    std::string user_email{};    ///< who asked
    std::string user_query{};    ///< what was asked
    std::string original_url{};  ///< where to begin
    timestamp requested_at{};    ///< when it was asked
};
BOOST_DESCRIBE_STRUCT(web_crawl_request, (), (user_email, user_query, original_url, requested_at))

}  // namespace stentor::inline v0::formats::task_manager

namespace stentor::inline v0::detail {

// When, and in which trace: the three headers that all four messages end with.
inline void add_task_manager_headers(header_sink& add, const publish_context& context) {
    const rfc3339 now{context.at.wall};
    add("timestamp", now.view());
    add("traceId", context.trace_id());
    add("spanId", context.span_id());
}

// Traits of the three messages about a task.
template <class Message>
struct task_status_traits {
    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "taskType";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const Message& m) noexcept { return m.task_id; }
    static void headers(const Message& m, header_sink& add, const publish_context& context) {
        add("taskId", std::string_view{m.task_id});
        add_task_manager_headers(add, context);
    }

protected:
    // A message about a state that it does not have would mislead its consumer.
    static fault check_task(const Message& m, formats::task_manager::task_status expected, std::string_view rule) {
        if (fault f = check_not_empty("/taskId", m.task_id)) {
            return f;
        }
        return m.status == expected ? fault{} : broken_rule("/status", rule);
    }
};

}  // namespace stentor::inline v0::detail

/// `validate`: a taskId that is empty or blank, a status that is not "new", an e-mail without text on both sides of an @, a URL
/// without scheme and host.
template <>
struct stentor::message_traits<stentor::formats::task_manager::new_task>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::new_task> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::new_task& m) {
        if (fault f = check_task(m, formats::task_manager::task_status::new_, "must be new")) {
            return f;
        }
        if (fault f = detail::check_email("/userEmail", m.user_email)) {
            return f;
        }
        return detail::check_url("/originalUrl", m.original_url);
    }
};

/// `validate`: a taskId that is empty or blank, a status that is not "completed".
template <>
struct stentor::message_traits<stentor::formats::task_manager::task_completion>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::task_completion> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::task_completion& m) {
        return check_task(m, formats::task_manager::task_status::completed, "must be completed");
    }
};

/// `validate`: a taskId that is empty or blank, a status that is not "error".
template <>
struct stentor::message_traits<stentor::formats::task_manager::task_error>
    : stentor::detail::task_status_traits<stentor::formats::task_manager::task_error> {
    /// `invalid_message` with the member and the rule it breaks.
    static stentor::fault validate(const stentor::formats::task_manager::task_error& m) {
        return check_task(m, formats::task_manager::task_status::error, "must be error");
    }
};

/// `validate`: a request id that is empty or blank, an e-mail without text on both sides of an @, a URL without scheme and host.
template <>
struct stentor::message_traits<stentor::formats::task_manager::web_crawl_request> {
    /// What the members say to the publisher; see `message_traits`.
    /// @{
    using message = stentor::formats::task_manager::web_crawl_request;

    static constexpr std::string_view topic = "requests-web-crawl";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "requestType";
    static constexpr auto naming = stentor::naming::camel_case;

    static std::string_view key(const message& m) noexcept { return m.request_id; }
    static void headers(const message& m, stentor::header_sink& add, const stentor::publish_context& context) {
        add("requestId", std::string_view{m.request_id});
        detail::add_task_manager_headers(add, context);
    }

    static stentor::fault validate(const message& m) {
        if (fault f = detail::check_not_empty("requestId", m.request_id)) {
            return f;
        }
        if (fault f = detail::check_email("/userEmail", m.user_email)) {
            return f;
        }
        return detail::check_url("/originalUrl", m.original_url);
    }
    /// @}
};
