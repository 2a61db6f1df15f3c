#pragma once

#include <cstddef>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/owned.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

using new_topic_ptr = owned<rd_kafka_NewTopic_t, ::rd_kafka_NewTopic_destroy>;

// For a request to create it; null with a reason.
[[nodiscard]] inline new_topic_ptr new_topic(const char* name, const topic_settings* described, char* why, std::size_t size) {
    new_topic_ptr made(::rd_kafka_NewTopic_new(name, described != nullptr ? described->partitions : -1,
                                               described != nullptr ? described->replication : -1, why, size));
    if (made != nullptr && described != nullptr) {
        for (const auto& [setting, value] : described->configs) {
            ::rd_kafka_NewTopic_set_config(made.get(), setting.c_str(), value.c_str());
        }
    }
    return made;
}

// Asks for them to be made. Answers what became of the request; `hear(result)` is called with what became of
// each topic: a `const rd_kafka_topic_result_t&`. Blocks for at most that time.
template <class Hear>
[[nodiscard]] rd_kafka_resp_err_t create_topics(rd_kafka_t* client, const std::vector<new_topic_ptr>& topics, int timeout_ms,
                                                Hear&& hear) {
    if (topics.empty()) {
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    std::vector<rd_kafka_NewTopic_t*> list;
    list.reserve(topics.size());
    for (const new_topic_ptr& t : topics) {
        list.push_back(t.get());
    }
    const owned<rd_kafka_queue_t, ::rd_kafka_queue_destroy> answers(::rd_kafka_queue_new(client));
    const owned<rd_kafka_AdminOptions_t, ::rd_kafka_AdminOptions_destroy> options(
        ::rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS));
    char why[128];
    ::rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms > 0 ? timeout_ms : 1, why, sizeof why);
    ::rd_kafka_CreateTopics(client, list.data(), list.size(), options.get(), answers.get());
    const owned<rd_kafka_event_t, ::rd_kafka_event_destroy> event(::rd_kafka_queue_poll(answers.get(), timeout_ms));
    if (event == nullptr) {
        return RD_KAFKA_RESP_ERR__TIMED_OUT;
    }
    const rd_kafka_CreateTopics_result_t* const all = ::rd_kafka_event_CreateTopics_result(event.get());
    std::size_t count = 0;
    const rd_kafka_topic_result_t** const results = all != nullptr ? ::rd_kafka_CreateTopics_result_topics(all, &count) : nullptr;
    for (std::size_t i = 0; i < count; ++i) {
        hear(*results[i]);
    }
    return ::rd_kafka_event_error(event.get());
}

}  // namespace stentor::inline v0::detail::kafka
