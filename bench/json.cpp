// The JSON writer against Boost.JSON: value_from and serialize, as one writes it without a library of one's own.

#include <boost/json.hpp>

#include <stentor/serializer/json.hpp>

#include "contest.hpp"
#include "task.hpp"

namespace bench {

// The task as a user of Boost.JSON would describe it: the names on the wire are the members' own, and the time has to be told.
struct iso_time {
    stentor::timestamp at{};
};
void tag_invoke(boost::json::value_from_tag, boost::json::value& to, const iso_time& t) {
    to = stentor::detail::rfc3339(t.at).view();
}

struct plain_task {
    std::string taskId, userEmail, query, originalUrl;
    iso_time timestamp;
    task_status status;
};
BOOST_DESCRIBE_STRUCT(plain_task, (), (taskId, userEmail, query, originalUrl, timestamp, status))

namespace {

constexpr int burst = 500;

}  // namespace

void enter_json() {
    enter("json/ours", 2, [](benchmark::State& state) {
        const task t;
        stentor::buffer out;
        time_bursts(
            state, "json/ours", burst,
            [&](int n) {
                for (int i = 0; i < n; ++i) {
                    out.clear();
                    benchmark::DoNotOptimize(stentor::json_serializer{}.serialize(t, out));
                    benchmark::DoNotOptimize(out.view().data());
                    benchmark::ClobberMemory();
                }
            },
            [] {});
    });
    enter("json/boost", 2, [](benchmark::State& state) {
        const task from;
        const plain_task t{from.task_id, from.user_email, from.query, from.original_url, {from.timestamp}, from.status};
        time_bursts(
            state, "json/boost", burst,
            [&](int n) {
                for (int i = 0; i < n; ++i) {
                    std::string text = boost::json::serialize(boost::json::value_from(t));
                    benchmark::DoNotOptimize(text.data());
                    benchmark::ClobberMemory();
                }
            },
            [] {});
        stentor::buffer ours;
        if (stentor::json_serializer{}.serialize(from, ours) || ours.view() != boost::json::serialize(boost::json::value_from(t))) {
            state.SkipWithError("the two differ");
        }
    });
}

void show_json() {
#if defined(__clang__)
    constexpr goal wanted{goal::kind::times, 5};
#else
    constexpr goal wanted{goal::kind::times, 10};
#endif
    row("JSON of the task / Boost.JSON's value_from + serialize", "json/ours", "json/boost", "ns", wanted);
}

}  // namespace bench
