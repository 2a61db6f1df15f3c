#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

// What is going to be sent, as plain data. Neither this nor what checks it afterwards uses stentor.
namespace demo {

/// One line of the input.
struct crawl_task {
    std::string task_id{};
    std::string user_email{};
    std::string query{};
    std::string original_url{};
};

inline constexpr std::string_view status_topic = "task-status";
inline constexpr std::string_view partner_topic = "partner-feed";  ///< the one that the embedded broker comes to deny
inline constexpr std::string_view dead_letter_topic = "dead-letter";

/// Who sends a message: the one bulk sender, or one of the callers that wait for each answer.
enum class caller : std::uint8_t {
    bulk,
    waiting
};

/// Which message it is: of which task, in which round over the file, and which of the task's own messages, in order.
struct message_id {
    std::size_t task = 0;
    std::size_t round = 0;
    std::size_t step = 0;
};

/// All messages of a run, numbered in the order in which they are sent. Each task is announced once a round. Every fifth one is
/// worked on, too: two failed tries and a success follow under its key, so that there is an order to keep.
class plan {
public:
    plan(std::vector<crawl_task> tasks, std::size_t rounds, bool use_partner_topic);

    [[nodiscard]] std::size_t size() const noexcept { return a_round_ * rounds_; }
    [[nodiscard]] std::size_t rounds() const noexcept { return rounds_; }
    [[nodiscard]] const std::vector<crawl_task>& tasks() const noexcept { return tasks_; }

    [[nodiscard]] message_id at(std::size_t number) const noexcept;
    [[nodiscard]] std::size_t number_of(const message_id& id) const noexcept;
    [[nodiscard]] std::size_t steps_of(std::size_t task) const noexcept { return task % 5 == 0 ? 4 : 1; }
    [[nodiscard]] caller caller_of(std::size_t task) const noexcept { return task % 125 == 3 ? caller::waiting : caller::bulk; }
    [[nodiscard]] std::string_view topic_of(std::size_t task) const noexcept {
        return use_partner_topic_ && task % 100 == 51 ? partner_topic : status_topic;
    }

    /// The id of a task in a round: as in the file the first time, then with "~2", "~3", …
    [[nodiscard]] std::string key_of(const message_id& id) const;
    /// The first message under that key, or nothing.
    [[nodiscard]] std::optional<message_id> find(std::string_view key) const;
    /// The trace that came in with the request: every third task has one. Empty: none.
    [[nodiscard]] std::string traceparent_of(const message_id& id) const;
    [[nodiscard]] std::string_view tracestate_of(const message_id& id) const noexcept;
    /// What the worker said in that step (1 and 2: errors, 3: the result).
    [[nodiscard]] std::string worker_text(const message_id& id) const;

private:
    std::vector<crawl_task> tasks_;
    std::vector<std::size_t> first_;    // number of a task's first message within a round
    std::vector<std::size_t> task_of_;  // the task of each message of a round
    std::unordered_map<std::string_view, std::size_t> by_id_;
    std::size_t rounds_;
    std::size_t a_round_;
    bool use_partner_topic_;
};

}  // namespace demo
