#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/brokers.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// The client's one thread for calls that block: it looks topics up, prompts reconnects, and flushes while somebody waits.
class helper {
public:
    helper(broker_states& brokers, bell& b, bool create_topics, bool flushes)
        : brokers_(brokers), bell_(b), create_topics_(create_topics), flushes_(flushes) {}

    [[nodiscard]] bool start() noexcept {
        return start_thread(
            thread_,
            [](void* self) -> void* {
                static_cast<helper*>(self)->run();
                return nullptr;
            },
            this, "stentor-helper");
    }
    void stop_and_join() noexcept {
        {
            const guard g(lock_);
            stopping_ = true;
            changed_.notify_all();
        }
        ::pthread_join(thread_, nullptr);
    }

    // From now on it works for that client.
    void serve(rd_kafka_t* client) noexcept {
        const guard g(lock_);
        client_ = client;
        changed_.notify_all();
    }
    // Waits until it has let go of the client: at most one blocking call, that is one second.
    void let_go() noexcept {
        const guard g(lock_);
        client_ = nullptr;
        topics_.clear();
        wanted_.store(nullptr, std::memory_order_relaxed);
        while (busy_) {
            changed_.wait(lock_);
        }
    }

    void look_up(topic_entry& t) {
        const guard g(lock_);
        topics_.push_back({&t, 0});
        changed_.notify_all();
    }

    // Somebody has a record for a known topic, and no broker is up: connecting is urgent. Cheap when that is known.
    void want_broker(topic_entry& t) noexcept {
        if (wanted_.load(std::memory_order_relaxed) == nullptr) {
            const guard g(lock_);
            wanted_.store(&t, std::memory_order_relaxed);
            changed_.notify_all();
        }
    }

    // A wish that was fulfilled must not hide the next one.
    void brokers_changed() noexcept {
        const guard g(lock_);
        if (brokers_.up()) {
            wanted_.store(nullptr, std::memory_order_relaxed);
        }
        changed_.notify_all();
    }

    [[nodiscard]] bool flushes() const noexcept { return flushes_; }
    void begin_wait() noexcept {
        const guard g(lock_);
        if (waiters_++ == 0) {
            changed_.notify_all();
        }
    }
    void end_wait() noexcept {
        const guard g(lock_);
        --waiters_;
    }

private:
    struct job {
        topic_entry* topic;
        std::int64_t not_before;
        int tries = 0;
    };

    static constexpr int call_ms = 1000;
    static constexpr int down_call_ms = 100;  // a failed call always takes its whole time
    static constexpr std::int64_t ms = 1'000'000;

    void run() noexcept {
        lock_.lock();
        while (!stopping_) {
            const std::int64_t now = read_clock(CLOCK_MONOTONIC);
            if (client_ == nullptr) {
                changed_.wait(lock_);
            } else if (!topics_.empty() && topics_.front().not_before <= now) {
                job j = topics_.front();
                topics_.pop_front();
                rd_kafka_t* const client = begin_call();
                const bool done = ask(client, j);
                end_call();
                if (!done && client_ == client) {
                    j.not_before = read_clock(CLOCK_MONOTONIC) + 50 * ms;
                    topics_.push_back(j);
                }
            } else if (topic_entry* const t = wanted_.load(std::memory_order_relaxed); t != nullptr && !brokers_.up()) {
                rd_kafka_t* const client = begin_call();
                prompt(client, *t);
                end_call();
            } else if (waiters_ > 0 && flushes_) {
                rd_kafka_t* const client = begin_call();
                ::rd_kafka_flush(client, 20);
                end_call();
                // Nothing inside, or all gone: no reason to spin.
                changed_.wait_until(lock_, monotonic_now() + milliseconds(1));
            } else if (!topics_.empty()) {
                changed_.wait_until(lock_, instant{nanoseconds{topics_.front().not_before}});
            } else {
                changed_.wait(lock_);
            }
        }
        lock_.unlock();
    }

    [[nodiscard]] rd_kafka_t* begin_call() noexcept {
        busy_ = true;
        rd_kafka_t* const client = client_;
        lock_.unlock();
        return client;
    }
    void end_call() noexcept {
        lock_.lock();
        busy_ = false;
        changed_.notify_all();
    }

    // A metadata request makes librdkafka connect at once instead of at its next second, and blocks until a broker is up. It must
    // name a topic: without one it asks for all that the cluster has.
    static void prompt(rd_kafka_t* client, topic_entry& t) noexcept {
        const rd_kafka_metadata_t* answer = nullptr;
        if (rd_kafka_topic_t* const handle = handle_of(client, t);
            handle != nullptr && ::rd_kafka_metadata(client, 0, handle, &answer, down_call_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            ::rd_kafka_metadata_destroy(answer);
        }
    }

    [[nodiscard]] static rd_kafka_topic_t* handle_of(rd_kafka_t* client, topic_entry& t) noexcept {
        rd_kafka_topic_t* handle = t.handle.load(std::memory_order_relaxed);
        if (handle == nullptr) {
            handle = ::rd_kafka_topic_new(client, t.name.c_str(), nullptr);
            t.handle.store(handle, std::memory_order_release);
        }
        return handle;
    }

    // False: no answer yet, ask again.
    [[nodiscard]] bool ask(rd_kafka_t* client, job& j) noexcept {
        topic_entry& t = *j.topic;
        ++j.tries;
        rd_kafka_topic_t* const handle = handle_of(client, t);
        if (handle == nullptr) {
            settle(t, RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION);
            return true;
        }
        const rd_kafka_metadata_t* answer = nullptr;
        if (::rd_kafka_metadata(client, 0, handle, &answer, brokers_.up() ? call_ms : down_call_ms) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return false;
        }
        const rd_kafka_resp_err_t code = answer->topic_cnt == 1 ? answer->topics[0].err : RD_KAFKA_RESP_ERR_NO_ERROR;
        ::rd_kafka_metadata_destroy(answer);
        if (code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE && j.tries < 100) {
            return false;  // it is just being made
        }
        if (code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART && create_topics_ && j.tries < 20) {
            create(client, t.name.c_str());
            return false;
        }
        settle(t, code);
        return true;
    }

    void settle(topic_entry& t, rd_kafka_resp_err_t code) noexcept {
        switch (code) {
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
                t.refusal.store(static_cast<std::int32_t>(code), std::memory_order_relaxed);
                t.recheck_at.store(read_clock(CLOCK_MONOTONIC) + 1000 * ms, std::memory_order_relaxed);
                t.now.store(topic_entry::state::refused, std::memory_order_release);
                break;
            default: t.now.store(topic_entry::state::known, std::memory_order_release); break;
        }
        bell_.ring(bell::resume);
    }

    // The broker that makes topics by itself has done so when it was asked for the metadata; this is for those that do not. The
    // answer does not matter here: the next look-up tells.
    static void create(rd_kafka_t* client, const char* name) noexcept {
        char why[128];
        rd_kafka_NewTopic_t* topic = ::rd_kafka_NewTopic_new(name, -1, -1, why, sizeof why);
        if (topic == nullptr) {
            return;
        }
        rd_kafka_queue_t* const answers = ::rd_kafka_queue_new(client);
        rd_kafka_AdminOptions_t* const options = ::rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        ::rd_kafka_AdminOptions_set_request_timeout(options, call_ms, why, sizeof why);
        ::rd_kafka_CreateTopics(client, &topic, 1, options, answers);
        if (rd_kafka_event_t* const e = ::rd_kafka_queue_poll(answers, call_ms)) {
            ::rd_kafka_event_destroy(e);
        }
        ::rd_kafka_AdminOptions_destroy(options);
        ::rd_kafka_queue_destroy(answers);
        ::rd_kafka_NewTopic_destroy(topic);
    }

    broker_states& brokers_;
    bell& bell_;
    const bool create_topics_;
    const bool flushes_;
    pthread_t thread_{};
    mutex lock_;
    condition changed_;
    std::deque<job> topics_;
    rd_kafka_t* client_ = nullptr;
    bool busy_ = false;
    bool stopping_ = false;
    int waiters_ = 0;
    std::atomic<topic_entry*> wanted_{nullptr};
};

}  // namespace stentor::inline v0::detail::kafka
