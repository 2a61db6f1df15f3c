#pragma once

#include <cstddef>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// For a request to create it; null with a reason.
[[nodiscard]] inline rd_kafka_NewTopic_t* new_topic(const char* name, const topic_settings* described, char* why,
                                                    std::size_t size) {
    rd_kafka_NewTopic_t* const made = ::rd_kafka_NewTopic_new(name, described != nullptr ? described->partitions : -1,
                                                              described != nullptr ? described->replication : -1, why, size);
    if (made != nullptr && described != nullptr) {
        for (const auto& [setting, value] : described->configs) {
            ::rd_kafka_NewTopic_set_config(made, setting.c_str(), value.c_str());
        }
    }
    return made;
}

// Asks for them to be made, and destroys them. Answers what became of the request; `hear(result)` is called with what became of
// each topic: a `const rd_kafka_topic_result_t&`. Blocks for at most that time.
template <class Hear>
[[nodiscard]] rd_kafka_resp_err_t create_topics(rd_kafka_t* client, std::vector<rd_kafka_NewTopic_t*>& topics, int timeout_ms,
                                                Hear&& hear) {
    if (topics.empty()) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    rd_kafka_queue_t* const answers = ::rd_kafka_queue_new(client);
    rd_kafka_AdminOptions_t* const options = ::rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
    char why[128];
    ::rd_kafka_AdminOptions_set_request_timeout(options, timeout_ms > 0 ? timeout_ms : 1, why, sizeof why);
    ::rd_kafka_CreateTopics(client, topics.data(), topics.size(), options, answers);
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (rd_kafka_event_t* const e = ::rd_kafka_queue_poll(answers, timeout_ms)) {
        code = ::rd_kafka_event_error(e);
        const rd_kafka_CreateTopics_result_t* const all = ::rd_kafka_event_CreateTopics_result(e);
        std::size_t count = 0;
        const rd_kafka_topic_result_t** const list = all != nullptr ? ::rd_kafka_CreateTopics_result_topics(all, &count) : nullptr;
        for (std::size_t i = 0; i < count; ++i) {
            hear(*list[i]);
        }
        ::rd_kafka_event_destroy(e);
    }
    ::rd_kafka_AdminOptions_destroy(options);
    ::rd_kafka_queue_destroy(answers);
    ::rd_kafka_NewTopic_destroy_array(topics.data(), topics.size());
    topics.clear();
    return code;
}

}  // namespace stentor::inline v0::detail::kafka
