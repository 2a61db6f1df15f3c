#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <pthread.h>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/brokers.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/look_up.hpp>
#include <stentor/detail/kafka/partition_hold.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/error.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// The client's one thread for calls that block: it looks topics up, prompts reconnects, and flushes while somebody waits.
class helper {
public:
    helper(broker_states& brokers, bell& b, const kafka_config& config)
        : brokers_(brokers),
          look_up_(brokers, b, hold_, config.create_topics, config.topics),
          flushes_(config.linger > nanoseconds(0)),
          needs_id_(config.idempotence) {}

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
        has_id_ = !needs_id_;
        changed_.notify_all();
    }
    void has_producer_id() noexcept {
        const guard g(lock_);
        has_id_ = true;
    }
    // Waits until it has let go of the client: at most one blocking call, that is one second.
    void let_go() noexcept {
        const guard g(lock_);
        client_ = nullptr;
        topics_.clear();
        looked_up_ = nullptr;
        wanted_.store(nullptr, std::memory_order_relaxed);
        while (calls_ > 0) {
            changed_.wait(lock_);
        }
        hold_.forget();
    }

    // For a call on another thread: while this lives the client stays. Null when there is none. Calls of more than a second would
    // hold up whoever lets go.
    class loan {
    public:
        explicit loan(helper& from) noexcept : from_(from), client_(from.borrow()) {}
        ~loan() {
            if (client_ != nullptr) {
                from_.give_back();
            }
        }
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        [[nodiscard]] rd_kafka_t* client() const noexcept { return client_; }

    private:
        helper& from_;
        rd_kafka_t* client_;
    };

    void look_up(topic_entry& t) {
        const guard g(lock_);
        queue({&t, read_clock(CLOCK_MONOTONIC)});
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
    using job = topic_look_up::job;

    [[nodiscard]] rd_kafka_t* borrow() noexcept {
        const guard g(lock_);
        calls_ += client_ != nullptr ? 1 : 0;
        return client_;
    }
    void give_back() noexcept {
        const guard g(lock_);
        --calls_;
        changed_.notify_all();
    }

    void run() noexcept {
        lock_.lock();
        while (!stopping_) {
            const std::int64_t now = read_clock(CLOCK_MONOTONIC);
            if (client_ == nullptr) {
                changed_.wait(lock_);
            } else if (wants_hold()) {
                held_in_ = brokers_.falls();
                call([&](rd_kafka_t* client) { hold_.take(client); });
                release_at_ = 0;
            } else if (hold_.holds() && brokers_.up() && release_at_ <= now) {
                call([&](rd_kafka_t* client) { hold_.release(client, topic_look_up::call_ms); });
                release_at_ = read_clock(CLOCK_MONOTONIC) + 10 * topic_look_up::ms;
            } else if (!topics_.empty() && topics_.front().not_before <= now) {
                while (!topics_.empty() && topics_.front().not_before <= now) {
                    or_give_up(topics_.front(), [&](const job& j) { asked_.push_back(j); });
                    topics_.pop_front();
                }
                rd_kafka_t* const client = begin_call();
                look_up_.ask(client, asked_);
                end_call();
                for (const job& j : asked_) {
                    if (client_ != client) {
                        break;
                    }
                    if (!j.done) {
                        or_give_up(j, [&](const job& again) { queue(again); });
                    } else if (looked_up_ == nullptr) {
                        looked_up_ = j.topic;
                        nudge_at_ = read_clock(CLOCK_MONOTONIC) + nudge_every;
                    }
                }
                asked_.clear();
            } else if (topic_entry* const t = wanted_.load(std::memory_order_relaxed); t != nullptr && !brokers_.up()) {
                rd_kafka_t* const client = begin_call();
                topic_look_up::prompt(client, *t);
                end_call();
            } else if (wants_id() && nudge_at_ <= now) {
                topic_entry& known = *looked_up_;  // let_go takes it away while the call goes on
                rd_kafka_t* const client = begin_call();
                topic_look_up::prompt(client, known);
                end_call();
                nudge_at_ = read_clock(CLOCK_MONOTONIC) + nudge_every;
            } else if (waiters_ > 0 && flushes_) {
                rd_kafka_t* const client = begin_call();
                ::rd_kafka_flush(client, 20);
                end_call();
                // Nothing inside, or all gone: no reason to spin.
                changed_.wait_until(lock_, monotonic_now() + milliseconds(1));
            } else if (const std::int64_t due = next_due(); due != never) {
                changed_.wait_until(lock_, instant{nanoseconds{due}});
            } else {
                changed_.wait(lock_);
            }
        }
        lock_.unlock();
    }

    // librdkafka asks for the producer's id when metadata come, and again only after half a second: it may have asked a connection
    // that was about to go. Nothing is sent without that id.
    [[nodiscard]] bool wants_id() const noexcept { return !has_id_ && looked_up_ != nullptr && brokers_.ready(); }

    // Once an outage, also one that is over already. Only a producer with an id is refused for the order of its requests.
    [[nodiscard]] bool wants_hold() const noexcept {
        return needs_id_ && held_in_ != brokers_.falls() && !(brokers_.up() && brokers_.may_be_a_swap());
    }

    [[nodiscard]] std::int64_t next_due() const noexcept {
        return std::min({topics_.empty() ? never : topics_.front().not_before, wants_id() ? nudge_at_ : never,
                         hold_.holds() && brokers_.up() ? release_at_ : never});
    }

    // Without memory whoever wants that topic asks again.
    template <class Keep>
    void or_give_up(const job& j, Keep&& keep) noexcept {
        try {
            keep(j);
        } catch (const std::bad_alloc&) {
            look_up_.give_up(*j.topic);
        }
    }

    // In the order in which they are due: one that has to wait holds up no other.
    void queue(const job& j) {
        const auto at = std::upper_bound(topics_.begin(), topics_.end(), j.not_before,
                                         [](std::int64_t t, const job& other) { return t < other.not_before; });
        topics_.insert(at, j);
    }

    // Without memory it has not been made, or not all of it: all that is called like this is called again.
    template <class Call>
    void call(Call&& make) noexcept {
        rd_kafka_t* const client = begin_call();
        try {
            make(client);
        } catch (const std::bad_alloc&) {
            end_call();
            return;
        }
        end_call();
    }
    [[nodiscard]] rd_kafka_t* begin_call() noexcept {
        ++calls_;
        rd_kafka_t* const client = client_;
        lock_.unlock();
        return client;
    }
    void end_call() noexcept {
        lock_.lock();
        --calls_;
        changed_.notify_all();
    }

    broker_states& brokers_;
    partition_hold hold_;
    topic_look_up look_up_;
    static constexpr std::int64_t nudge_every = 10'000'000;
    const bool flushes_;
    const bool needs_id_;
    bool has_id_ = true;
    topic_entry* looked_up_ = nullptr;  // one that metadata can be asked for
    std::int64_t nudge_at_ = 0;
    pthread_t thread_{};
    mutex lock_;
    condition changed_;
    std::deque<job> topics_;
    std::vector<job> asked_;  // the thread's own
    rd_kafka_t* client_ = nullptr;
    int calls_ = 0;  // inside librdkafka at this moment
    bool stopping_ = false;
    std::uint32_t held_in_ = 0;  // the outage in which partitions were last held, counted by `falls`
    std::int64_t release_at_ = 0;
    int waiters_ = 0;
    std::atomic<topic_entry*> wanted_{nullptr};
};

}  // namespace stentor::inline v0::detail::kafka
