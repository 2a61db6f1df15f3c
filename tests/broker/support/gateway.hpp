#pragma once

#include <chrono>
#include <map>
#include <regex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/formats/gateway.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/topic_reader.hpp>
#include <stentor/transport/kafka.hpp>

#include "cluster.hpp"
#include "topics.hpp"

// What the tests on a real broker share: the gateway's publisher, and how to wait for the real world.

namespace broker {

using namespace std::chrono_literals;
using clock_type = std::chrono::steady_clock;
using stentor::formats::gateway::async_publish_new_task;
using stentor::formats::gateway::publish_new_task;

/// The default stack, whose tasks go to that topic.
template <class... Policies>
auto gateway(const std::string& topic, stentor::publisher_options options = {}, stentor::kafka_config config = {},
             Policies... policies) {
    options.topics.push_back({"task-status", topic});
    if (config.brokers.empty()) {
        config.brokers = cluster::shared().brokers();
    }
    return stentor::basic_publisher{stentor::kafka_transport{config}, std::move(options), std::move(policies)...};
}

/// Waits for a condition of the real world, at most so long.
template <class Condition>
bool eventually(Condition&& holds, std::chrono::milliseconds at_most = 10s) {
    const auto until = clock_type::now() + at_most;
    while (!holds()) {
        if (clock_type::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(1ms);
    }
    return true;
}

/// A text of the task that a record holds.
inline std::string field(const stentor::read_record& record, const char* name) {
    return std::string(boost::json::parse(record.value.value()).at(name).as_string());
}

inline void check_balanced(const stentor::account& a) {
    CHECK(a.accepted == a.persisted + a.not_persisted + a.unknown + a.in_flight);
    CHECK(a.in_flight == 0);
}

}  // namespace broker
