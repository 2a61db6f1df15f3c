#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include <boost/describe.hpp>

#include <stentor/message.hpp>

// The message that everything here is measured with: six fields, 314 bytes of JSON, five headers.

namespace bench {

enum class task_status {
    pending,
    done
};
BOOST_DESCRIBE_ENUM(task_status, pending, done)

struct task {
    std::string task_id = "5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b17";
    std::string user_email = "margarethe.hollenbach@example.org";
    std::string query = "how do lighthouses keep their lamps turning when the mains supply fails in a storm";
    std::string original_url = "https://www.example.org/articles/2026/01/lighthouses-and-their-keepers?ref=frontpage";
    stentor::timestamp timestamp{std::chrono::milliseconds(1767225600123)};
    task_status status = task_status::pending;
};
BOOST_DESCRIBE_STRUCT(task, (), (task_id, user_email, query, original_url, timestamp, status))

// The same record with its value made beforehand.
struct prebuilt : task {
    std::string value;
    operator std::string_view() const noexcept { return value; }
};

struct task_traits {
    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl";
    static constexpr std::string_view type_header = "task-type";
    static constexpr auto naming = stentor::naming::camel_case;
    static std::string_view key(const task& m) { return m.task_id; }
    static void headers(const task&, auto&& add) {
        add("source-service", "gateway");
        add("timestamp", std::string_view{"2026-01-01T00:00:00.123Z"});
        add("schema", "1");
    }
};

}  // namespace bench

template <>
struct stentor::message_traits<bench::task> : bench::task_traits {};
template <>
struct stentor::message_traits<bench::prebuilt> : bench::task_traits {};
