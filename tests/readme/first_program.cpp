// The README's first program.
#include <cstdio>

#include <stentor/stentor.hpp>

namespace app {

enum class task_status {
    new_,
    completed,
    error
};
BOOST_DESCRIBE_ENUM(task_status, new_, completed, error)

struct new_task {
    std::string task_id, user_email, query, original_url;
    stentor::timestamp timestamp;
    task_status status;
};
BOOST_DESCRIBE_STRUCT(new_task, (), (task_id, user_email, query, original_url, timestamp, status))

}  // namespace app

template <>
struct stentor::message_traits<app::new_task> {
    static constexpr std::string_view topic = "task-status";
    static constexpr std::string_view type = "web-crawl", type_header = "task-type";
    static constexpr auto naming = stentor::naming::camel_case;  // task_id -> "taskId", new_ -> "new"
    static std::string_view key(const app::new_task& m) { return m.task_id; }
    static void headers(const app::new_task&, auto&& add) { add("source-service", "gateway"); }
};

int main() {
    stentor::publisher p{stentor::kafka_transport{stentor::kafka_config{.brokers = "localhost:9092"}}};
    const app::new_task task{"42", "ann@example.com", "find cats", "https://example.com", p.now().wall, app::task_status::new_};

    const stentor::result<stentor::receipt> r = p.publish(task);
    if (!r) {
        std::fprintf(stderr, "%s\n", r.error().message().c_str());
        return 1;
    }
    std::printf("partition %d, offset %lld\n", r->partition, static_cast<long long>(r->offset));
}
