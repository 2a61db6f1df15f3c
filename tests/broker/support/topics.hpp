#pragma once

#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

namespace broker {

/// Waits until the brokers speak of the topic and all its partitions have leaders. In KRaft mode a topic is made before they do,
/// and one broker learns of it after another: of several, whoever is asked must have known it for a second.
inline bool known(rd_kafka_t* client, const std::string& name, bool several) {
    rd_kafka_topic_t* const handle = ::rd_kafka_topic_new(client, name.c_str(), nullptr);
    const int enough = several ? 100 : 1;
    int in_a_row = 0;
    for (int tries = 0; tries < 2000 && in_a_row < enough; ++tries) {
        bool all = false;
        const rd_kafka_metadata_t* told = nullptr;
        if (::rd_kafka_metadata(client, 0, handle, &told, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const rd_kafka_metadata_topic_t& topic = told->topics[0];
            all = topic.err == RD_KAFKA_RESP_ERR_NO_ERROR && topic.partition_cnt > 0;
            for (int i = 0; i < topic.partition_cnt; ++i) {
                all = all && topic.partitions[i].leader >= 0;
            }
            ::rd_kafka_metadata_destroy(told);
        }
        in_a_row = all ? in_a_row + 1 : 0;
        if (in_a_row < enough) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    ::rd_kafka_topic_destroy(handle);
    return in_a_row >= enough;
}

/// The leader of a topic's first partition, and another of its replicas.
inline std::pair<int, int> replicas(const std::string& brokers, const std::string& name) {
    rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
    ::rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), nullptr, 0);
    rd_kafka_t* const client = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    rd_kafka_topic_t* const handle = ::rd_kafka_topic_new(client, name.c_str(), nullptr);
    const rd_kafka_metadata_t* told = nullptr;
    std::pair<int, int> found{-1, -1};
    if (::rd_kafka_metadata(client, 0, handle, &told, 10'000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const rd_kafka_metadata_partition_t& first = told->topics[0].partitions[0];
        found.first = first.leader;
        for (int i = 0; i < first.replica_cnt; ++i) {
            found.second = first.replicas[i] != first.leader ? first.replicas[i] : found.second;
        }
        ::rd_kafka_metadata_destroy(told);
    }
    ::rd_kafka_topic_destroy(handle);
    ::rd_kafka_destroy(client);
    return found;
}
inline int leader(const std::string& brokers, const std::string& topic) { return replicas(brokers, topic).first; }
inline int follower(const std::string& brokers, const std::string& topic) { return replicas(brokers, topic).second; }

/// Asks once; what is wrong, or nothing.
inline std::string create(rd_kafka_t* client, const std::string& name, int partitions,
                          const std::vector<std::pair<std::string, std::string>>& settings, int replicas) {
    rd_kafka_queue_t* const answers = ::rd_kafka_queue_new(client);
    rd_kafka_NewTopic_t* topic = ::rd_kafka_NewTopic_new(name.c_str(), partitions, replicas, nullptr, 0);
    for (const auto& [key, value] : settings) {
        ::rd_kafka_NewTopic_set_config(topic, key.c_str(), value.c_str());
    }
    ::rd_kafka_CreateTopics(client, &topic, 1, nullptr, answers);
    rd_kafka_event_t* const answer = ::rd_kafka_queue_poll(answers, 20'000);
    std::string wrong = "no answer";
    if (answer != nullptr) {
        wrong = ::rd_kafka_event_error(answer) != RD_KAFKA_RESP_ERR_NO_ERROR ? ::rd_kafka_event_error_string(answer) : "";
    }
    if (wrong.empty()) {
        std::size_t count = 0;
        const rd_kafka_topic_result_t** const results =
            ::rd_kafka_CreateTopics_result_topics(::rd_kafka_event_CreateTopics_result(answer), &count);
        // There already: by an earlier try, whose answer came too late.
        if (const auto code = ::rd_kafka_topic_result_error(results[0]);
            code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) {
            wrong = ::rd_kafka_topic_result_error_string(results[0]);
        }
    }
    ::rd_kafka_NewTopic_destroy(topic);
    if (answer != nullptr) {
        ::rd_kafka_event_destroy(answer);
    }
    ::rd_kafka_queue_destroy(answers);
    return wrong;
}

/// Makes a topic of a name that no test before it has had, and returns that name.
inline std::string make_topic(const std::string& brokers, const std::string& stem, int partitions = 1,
                              const std::vector<std::pair<std::string, std::string>>& settings = {}, int replicas = 1) {
    const std::string name = stem + "-" + std::to_string(std::random_device{}());
    rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
    ::rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), nullptr, 0);
    ::rd_kafka_conf_set(conf, "log_level", "2", nullptr, 0);
    rd_kafka_t* const client = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    // A node that has just been stopped or killed is not taken in again at once.
    std::string wrong = create(client, name, partitions, settings, replicas);
    for (int tries = 0; tries < 100 && !wrong.empty(); ++tries) {
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
        wrong = create(client, name, partitions, settings, replicas);
    }
    if (wrong.empty() && !known(client, name, replicas > 1)) {
        wrong = "no broker speaks of it";
    }
    ::rd_kafka_destroy(client);
    if (!wrong.empty()) {
        throw std::runtime_error(name + " could not be created: " + wrong);
    }
    return name;
}

}  // namespace broker
