#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/describe/class.hpp>

#include <stentor/breaker.hpp>
#include <stentor/formats/gateway.hpp>
#include <stentor/health.hpp>
#include <stentor/http/answer.hpp>
#include <stentor/http/respond.hpp>
#include <stentor/log.hpp>
#include <stentor/log/stderr.hpp>
#include <stentor/metrics.hpp>
#include <stentor/publisher.hpp>
#include <stentor/retry.hpp>
#include <stentor/serializer/from_json.hpp>
#include <stentor/tracer.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/kafka.hpp>

#include "page.hpp"

namespace gateway {

/// What a client posts to /tasks.
struct task_request {
    std::string userEmail{};
    std::string query{};
    std::string originalUrl{};
    BOOST_DESCRIBE_CLASS(task_request, (), (userEmail, query, originalUrl), (), ())
};
/// What it gets when the task is in the log.
struct task_accepted {
    std::string taskId{};
    std::string topic{};
    std::int32_t partition = -1;
    std::int64_t offset = -1;
    BOOST_DESCRIBE_CLASS(task_accepted, (), (taskId, topic, partition, offset), (), ())
};
/// What it gets when not. `outcome` "unknown": it may be in the log after all.
struct task_failed {
    std::string error{};
    std::string outcome{};
    std::string message{};
    BOOST_DESCRIBE_CLASS(task_failed, (), (error, outcome, message), (), ())
};

/// The gateway: takes tasks over HTTP and publishes them; says how it is, and what goes wrong, on standard error.
class service {
public:
    using tracers = stentor::tracer_chain<stentor::w3c_tracer, stentor::log_tracer<stentor::stderr_sink>, stentor::metrics_tracer,
                                          stentor::health_tracer>;
    using publisher =
        stentor::basic_publisher<stentor::kafka_transport, stentor::json_serializer,
                                 stentor::dead_letter<stentor::exponential_backoff>, stentor::failure_breaker, tracers>;

    /// `trouble` takes the brokers away for a while; empty: they are not ours. `posts`: so many tasks may wait for their outcome at
    /// once, which is less than the server has threads, so that in an outage health and metrics are still answered.
    service(const stentor::kafka_config& config, bool include_kafka, unsigned posts, std::function<void()> trouble)
        : free_posts_(static_cast<int>(posts)),
          health_({.include_kafka = include_kafka}),
          publisher_(stentor::kafka_transport{config}, stentor::dead_letter<stentor::exponential_backoff>{},
                     stentor::failure_breaker{{.open_for = std::chrono::seconds(2)}},
                     tracers{stentor::w3c_tracer{}, stentor::log_tracer{stentor::stderr_sink{}}, stentor::metrics_tracer{metrics_},
                             health_.tracer("tasks")},
                     stentor::publisher_options{.deadline = std::chrono::seconds(5)}),
          trouble_(std::move(trouble)) {
        health_.watch("tasks", publisher_.snapshots());
        stentor::observe(metrics_, publisher_.snapshots(), {.name = "tasks"});
        endpoints_.health = &health_;
        endpoints_.metrics = metrics_;
    }

    /// On any of the server's threads.
    [[nodiscard]] stentor::http_answer answer(const stentor::http_request& r) {
        const std::string_view path = stentor::path_of(r.target);
        if (path == "/" && (r.method == "GET" || r.method == "HEAD")) {
            return {200, "text/html; charset=utf-8", std::string(page), {}};
        }
        if (path == "/tasks" || path == "/trouble") {
            if (r.method != "POST") {
                return {405, "application/json", R"({"error":"only POST"})", "POST"};
            }
            return path == "/tasks" ? post_task(r) : make_trouble();
        }
        return stentor::respond(endpoints_, r.method, r.target, r.accept);
    }

    [[nodiscard]] publisher& tasks() noexcept { return publisher_; }

private:
    // A thread that may wait for an outcome.
    class one_post {
    public:
        explicit one_post(std::atomic<int>& free) : free_(free), mine_(--free >= 0) {}
        one_post(const one_post&) = delete;
        one_post& operator=(const one_post&) = delete;
        ~one_post() { ++free_; }
        explicit operator bool() const noexcept { return mine_; }

    private:
        std::atomic<int>& free_;
        bool mine_;
    };

    template <class T>
    [[nodiscard]] static stentor::http_answer json(unsigned status, const T& value) {
        stentor::buffer out;
        if (const stentor::fault f = stentor::to_json(value, out)) {
            return {500, "application/json", R"({"error":"serialization"})", {}};
        }
        return {status, "application/json", std::string(out.view()), {}};
    }
    [[nodiscard]] static stentor::http_answer failed(const stentor::error& e) {
        const unsigned status = e == stentor::errc::invalid_message || e == stentor::errc::serialization ? 400
                                : e.outcome == stentor::outcome::unknown                                 ? 504
                                                                                                         : 503;
        return json(status, task_failed{std::string(to_string(e.condition())), std::string(to_string(e.outcome)), e.message()});
    }

    [[nodiscard]] stentor::http_answer post_task(const stentor::http_request& r) {
        const auto asked = stentor::from_json<task_request>(r.body);
        if (!asked) {
            return failed(asked.error());
        }
        const one_post mine(free_posts_);
        if (!mine) {
            return json(503, task_failed{"queue_full", "not_persisted", "too many tasks wait for Kafka: try again later"});
        }
        const std::string id = new_id();
        const auto sent = stentor::formats::gateway::publish_new_task(publisher_, id, asked->userEmail, asked->query,
                                                                      asked->originalUrl, {r.traceparent, r.tracestate});
        if (!sent) {
            return failed(sent.error());
        }
        return json(201, task_accepted{id, std::string(sent->topic), sent->partition, sent->offset});
    }

    [[nodiscard]] stentor::http_answer make_trouble() const {
        if (!trouble_) {
            return {403, "application/json", R"({"error":"these brokers are not ours"})", {}};
        }
        trouble_();
        return {202, "application/json", R"({"trouble":"the brokers are away for a while"})", {}};
    }

    [[nodiscard]] std::string new_id();

    std::atomic<int> free_posts_;
    stentor::metrics_registry metrics_{};
    stentor::health_monitor health_;
    publisher publisher_;
    std::function<void()> trouble_;
    stentor::http_endpoints endpoints_{};
};

/// A random UUID (RFC 9562, version 4).
inline std::string service::new_id() {
    static constexpr std::string_view digits = "0123456789abcdef";
    const std::uint64_t bits[2] = {publisher_.now().random, publisher_.now().random};
    std::string id = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
    unsigned at = 0;
    for (char& c : id) {
        const std::uint64_t nibble = bits[at / 16 % 2] >> (4 * (at % 16)) & 15U;
        if (c == 'x' || c == 'y') {
            c = digits[c == 'x' ? nibble : (nibble & 3U) | 8U];
            ++at;
        }
    }
    return id;
}

}  // namespace gateway
