#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/leaders.hpp>
#include <stentor/detail/kafka/owned.hpp>
#include <stentor/detail/kafka/topics.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Holds librdkafka's partitions while no broker is up, and until their leaders know again that they lead. What was on its way when
// the last broker went is sent again in the same requests, one right behind the other, as soon as there is a connection. A broker
// that has just started refuses the first with NOT_LEADER and, leading a moment later, the second with
// OUT_OF_ORDER_SEQUENCE_NUMBER; and that, for a request whose connection was lost before, librdkafka takes for fatal. Used by one
// thread, with calls that block.
class partition_hold {
public:
    // A topic that records are handed over for, and how many partitions it has.
    void knows(topic_entry& t, int partitions) {
        if (t.partitions == 0 && partitions > 0) {
            // `take` must not fail: it is called once an outage.
            if (held_.capacity() <= topics_.size()) {
                held_.reserve(2 * topics_.size() + 8);
            }
            topics_.push_back(&t);
        }
        t.partitions = std::max(t.partitions, partitions);
    }
    // The client is gone.
    void forget() noexcept {
        for (topic_entry* const t : topics_) {
            t->partitions = 0;
        }
        topics_.clear();
        held_.clear();
    }

    [[nodiscard]] bool holds() const noexcept { return !held_.empty(); }

    void take(rd_kafka_t* client) noexcept {
        held_ = topics_;
        until_ = 0;
        if (!held_.empty()) {
            list all(held_);
            ::rd_kafka_pause_partitions(client, all.get());
        }
    }

    // Lets those go whose leaders are ready, and some seconds after the first call all of them: librdkafka goes on asking for
    // leaders that are away, and what waits for others must not wait, too. By the clock: far brokers take their time for each
    // answer.
    void release(rd_kafka_t* client, int timeout_ms) {
        const rd_kafka_metadata_t* told = nullptr;
        std::vector<topic_entry*> ready;
        const std::int64_t now = read_clock(CLOCK_MONOTONIC);
        until_ = until_ != 0 ? until_ : now + patience;
        if (now >= until_) {
            ready = held_;
        } else if (::rd_kafka_metadata(client, 0, nullptr, &told, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const owned<const rd_kafka_metadata_t, ::rd_kafka_metadata_destroy> holder(told);
            leader_question leaders;
            for (topic_entry* const t : held_) {
                const rd_kafka_metadata_topic_t* const topic = find(*told, t->name);
                if (topic == nullptr || leaders.add(*topic)) {
                    ready.push_back(t);
                }
            }
            if (!leaders.ask(client, timeout_ms)) {
                ready.clear();
            }
        }
        if (!ready.empty()) {
            list those(ready);
            ::rd_kafka_resume_partitions(client, those.get());
            ::rd_kafka_flush(client, 0);  // wakes who sends: else it may sleep on for a second
            std::erase_if(held_, [&](topic_entry* t) { return std::find(ready.begin(), ready.end(), t) != ready.end(); });
        }
    }

private:
    static constexpr std::int64_t patience = 2'000'000'000;

    class list {
    public:
        explicit list(const std::vector<topic_entry*>& topics)
            : all_(::rd_kafka_topic_partition_list_new(static_cast<int>(topics.size()))) {
            for (const topic_entry* const t : topics) {
                ::rd_kafka_topic_partition_list_add_range(all_, t->name.c_str(), 0, t->partitions - 1);
            }
        }
        list(const list&) = delete;
        list& operator=(const list&) = delete;
        ~list() { ::rd_kafka_topic_partition_list_destroy(all_); }
        [[nodiscard]] rd_kafka_topic_partition_list_t* get() const noexcept { return all_; }

    private:
        rd_kafka_topic_partition_list_t* all_;
    };

    [[nodiscard]] static const rd_kafka_metadata_topic_t* find(const rd_kafka_metadata_t& told, std::string_view name) noexcept {
        for (int i = 0; i < told.topic_cnt; ++i) {
            if (told.topics[i].topic == name) {
                return &told.topics[i];
            }
        }
        return nullptr;
    }

    std::vector<topic_entry*> topics_;
    std::vector<topic_entry*> held_;
    std::int64_t until_ = 0;  // 0: not asked since they were taken
};

}  // namespace stentor::inline v0::detail::kafka
