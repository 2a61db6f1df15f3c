#pragma once

#include <cstdint>

#include <librdkafka/rdkafka.h>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Whether the leaders of partitions know that they lead. Metadata speak of a topic that has just been made before its leaders do,
// and these refuse records until then. Of two requests on their way the first may be refused and the second taken, although it
// begins with a later sequence number: that is checked against what the leader has of this producer, and it has nothing. librdkafka
// then takes both for persisted, and the first is lost. What the end of a partition is, a leader answers only when it would take
// records.
class leader_question {
public:
    leader_question() noexcept = default;
    leader_question(const leader_question&) = delete;
    leader_question& operator=(const leader_question&) = delete;
    ~leader_question() {
        if (list_ != nullptr) {
            ::rd_kafka_topic_partition_list_destroy(list_);
        }
    }

    // Those that have a leader: who leads the others nobody knows. True when all have one.
    bool add(const rd_kafka_metadata_topic_t& topic) noexcept {
        bool all = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR;
        for (int i = 0; i < topic.partition_cnt; ++i) {
            if (topic.partitions[i].leader >= 0) {
                list_ = list_ != nullptr ? list_ : ::rd_kafka_topic_partition_list_new(topic.partition_cnt);
                ::rd_kafka_topic_partition_list_add(list_, topic.topic, topic.partitions[i].id)->offset = latest;
            } else {
                all = false;
            }
        }
        return all;
    }

    // False: one of them does not know it yet. Any other answer, also none in that time, is as good as it gets. Blocks.
    [[nodiscard]] bool ask(rd_kafka_t* client, int timeout_ms) const noexcept {
        if (list_ == nullptr) {
            return true;
        }
        switch (::rd_kafka_offsets_for_times(client, list_, timeout_ms)) {
            case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
            case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
            case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
            case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH: return false;
            default: return true;
        }
    }

private:
    static constexpr std::int64_t latest = -1;  // ListOffsets' timestamp for the end of the log

    rd_kafka_topic_partition_list_t* list_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
