#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>

#include <sys/types.h>

#include <librdkafka/rdkafka.h>

#include "task.hpp"

// What one writes without a library: rd_kafka_producev with five headers, and a thread that polls the reports. Same settings as
// ours.

namespace bench {

class plain_producer {
public:
    explicit plain_producer(const std::string& brokers) {
        rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
        const auto set = [&](const char* name, const char* value) {
            char why[256];
            if (::rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK) {
                throw std::runtime_error(why);
            }
        };
        set("bootstrap.servers", brokers.c_str());
        set("enable.idempotence", "true");
        set("linger.ms", "0");
        set("partitioner", "murmur2_random");
        set("queue.buffering.max.messages", "1000000");
        ::rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* m, void* opaque) {
            auto* const self = static_cast<plain_producer*>(opaque);
            self->reported_.fetch_add(1, std::memory_order_release);
            self->failed_ += m->err != RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
            if (auto* const who = static_cast<caller*>(m->_private)) {
                const std::lock_guard lock(who->mutex);
                who->done = true;
                who->changed.notify_one();
            }
        });
        ::rd_kafka_conf_set_opaque(conf, this);
        char why[256];
        client_ = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
        if (client_ == nullptr) {
            throw std::runtime_error(why);
        }
        poller_ = std::thread([this] {
            while (!stop_.load(std::memory_order_relaxed)) {
                ::rd_kafka_poll(client_, 100);
            }
        });
    }
    ~plain_producer() {
        ::rd_kafka_flush(client_, 5000);
        stop_.store(true, std::memory_order_relaxed);
        poller_.join();
        ::rd_kafka_destroy(client_);
    }
    plain_producer(const plain_producer&) = delete;
    plain_producer& operator=(const plain_producer&) = delete;

    // False: librdkafka refused it.
    [[nodiscard]] bool send(const prebuilt& t) { return produce(t, nullptr); }

    [[nodiscard]] bool send_and_wait(const prebuilt& t) {
        caller me;
        if (!produce(t, &me)) {
            return false;
        }
        std::unique_lock lock(me.mutex);
        me.changed.wait(lock, [&] { return me.done; });
        return true;
    }

    // Until as many were reported as were sent.
    void drain() const {
        while (reported_.load(std::memory_order_acquire) < sent_) {
            std::this_thread::sleep_for(std::chrono::microseconds(100));
        }
    }
    [[nodiscard]] int failed() const noexcept { return failed_; }

private:
    struct caller {
        std::mutex mutex;
        std::condition_variable changed;
        bool done = false;
    };

    bool produce(const prebuilt& t, void* opaque) {
        static const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        static const std::string type = "web-crawl";
        static const std::string service = "gateway";
        static const std::string time = "2026-01-01T00:00:00.123Z";
        static const std::string schema = "1";
        const auto size = [](std::string_view v) { return static_cast<ssize_t>(v.size()); };
        // What the RD_KAFKA_V_ macros expand to, without their old-style casts.
        const auto code = ::rd_kafka_producev(
            client_, RD_KAFKA_VTYPE_TOPIC, "task-status", RD_KAFKA_VTYPE_KEY, static_cast<const void*>(t.task_id.data()),
            t.task_id.size(), RD_KAFKA_VTYPE_VALUE, static_cast<const void*>(t.value.data()), t.value.size(),
            RD_KAFKA_VTYPE_MSGFLAGS, RD_KAFKA_MSG_F_COPY, RD_KAFKA_VTYPE_HEADER, "traceparent",
            static_cast<const void*>(trace.data()), size(trace), RD_KAFKA_VTYPE_HEADER, "task-type",
            static_cast<const void*>(type.data()), size(type), RD_KAFKA_VTYPE_HEADER, "source-service",
            static_cast<const void*>(service.data()), size(service), RD_KAFKA_VTYPE_HEADER, "timestamp",
            static_cast<const void*>(time.data()), size(time), RD_KAFKA_VTYPE_HEADER, "schema",
            static_cast<const void*>(schema.data()), size(schema), RD_KAFKA_VTYPE_OPAQUE, opaque, RD_KAFKA_VTYPE_END);
        sent_ += code == RD_KAFKA_RESP_ERR_NO_ERROR ? 1 : 0;
        return code == RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    rd_kafka_t* client_ = nullptr;
    std::thread poller_;
    std::atomic<bool> stop_{false};
    std::atomic<std::int64_t> reported_{0};
    std::int64_t sent_ = 0;
    int failed_ = 0;
};

}  // namespace bench
