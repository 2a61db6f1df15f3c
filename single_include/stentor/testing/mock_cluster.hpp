// Made by single_include/generate.py from include/stentor/testing/mock_cluster.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stentor/stentor.hpp>

/// @file
/// A Kafka cluster inside the test's own process: librdkafka's mock cluster, over real TCP on the loopback.

namespace stentor::inline v0 {

/// Brokers with the ids 1 to n on loopback ports, real wire protocol, faults on demand. It keeps records in memory only, knows no
/// TLS, SASL or admin requests, and does not dedupe: it cannot prove that there are no duplicates. All members may be called from
/// any thread, and throw `publish_failure` when the cluster refuses. librdkafka calls this interface experimental.
class mock_cluster {
public:
    static constexpr std::int32_t every_broker = -1;  ///< for `broker` arguments: all of them

    /// Starts so many brokers; they listen when this returns. Throws `publish_failure`.
    explicit mock_cluster(int brokers = 1) : brokers_(brokers) {
        std::array<char, 512> why{};
        rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
        ::rd_kafka_conf_set(conf, "client.id", "mock-cluster", nullptr, 0);
        ::rd_kafka_conf_set(conf, "log_level", "3", nullptr, 0);  // it would warn that it has no bootstrap.servers
        client_ = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
        if (client_ == nullptr) {
            ::rd_kafka_conf_destroy(conf);
            throw publish_failure(error(errc::invalid_config, std::string("mock_cluster: ").append(why.data())));
        }
        cluster_ = ::rd_kafka_mock_cluster_new(client_, brokers);
        if (cluster_ == nullptr) {
            ::rd_kafka_destroy(client_);
            throw publish_failure(error(errc::invalid_config, "mock_cluster: no cluster with so many brokers"));
        }
    }
    ~mock_cluster() {
        ::rd_kafka_mock_cluster_destroy(cluster_);
        ::rd_kafka_destroy(client_);
    }
    mock_cluster(const mock_cluster&) = delete;
    mock_cluster& operator=(const mock_cluster&) = delete;

    /// How many brokers there are.
    [[nodiscard]] int brokers() const noexcept { return brokers_; }
    /// "127.0.0.1:port,…", for `kafka_config::brokers`.
    [[nodiscard]] std::string bootstrap() const { return ::rd_kafka_mock_cluster_bootstraps(cluster_); }

    /// Makes a topic, with one partition and one replica at least. Without this, a client with `create_topics` makes it at its
    /// first use, with four partitions; with librdkafka 2.0 any client does, with 2.14 no other, as on a real cluster.
    void create_topic(const std::string& name, int partitions = 4, int replicas = 1) {
        if (partitions < 1) {  // librdkafka takes it, and makes room for so many
            check("create_topic", RD_KAFKA_RESP_ERR_INVALID_PARTITIONS);
        }
        if (replicas < 1) {
            check("create_topic", RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR);
        }
        check("create_topic", ::rd_kafka_mock_topic_create(cluster_, name.c_str(), partitions, replicas));
    }
    /// The next produce requests, one for each code, are answered with it (a number of the Kafka protocol). -195 hangs up instead
    /// of answering.
    void fail_produce(std::initializer_list<int> codes) { fail_request(0, codes); }
    /// The next `times` produce requests are answered with that code.
    void fail_produce(int code, std::size_t times) { fail_request(0, std::vector<int>(times, code)); }
    /// The same for any request type, by its number in the protocol: 3 metadata, 22 producer id, 18 API versions.
    void fail_request(int api_key, const std::vector<int>& codes) {
        std::vector<rd_kafka_resp_err_t> errors;
        errors.reserve(codes.size());
        for (const int code : codes) {
            errors.push_back(static_cast<rd_kafka_resp_err_t>(code));
        }
        ::rd_kafka_mock_push_request_errors_array(cluster_, static_cast<std::int16_t>(api_key), errors.size(), errors.data());
    }
    /// What `fail_produce` has left over is forgotten.
    void clear_produce_failures() { ::rd_kafka_mock_clear_request_errors(cluster_, 0); }
    /// The next produce requests to that broker are carried out and answered so much later.
    void delay_produce(std::int32_t broker, milliseconds by, std::size_t times = 1) {
        for (std::size_t i = 0; i < times; ++i) {
            check("delay_produce", ::rd_kafka_mock_broker_push_request_error_rtts(
                                       cluster_, broker, 0, 1, RD_KAFKA_RESP_ERR_NO_ERROR, static_cast<int>(by.count())));
        }
    }
    /// How long every answer takes from now on.
    void round_trip_time(milliseconds t, std::int32_t broker = every_broker) {
        for_each(broker, [&](std::int32_t id) {
            check("round_trip_time", ::rd_kafka_mock_broker_set_rtt(cluster_, id, static_cast<int>(t.count())));
        });
    }
    /// Hangs up and takes no connection any more.
    void down(std::int32_t broker = every_broker) {
        for_each(broker, [&](std::int32_t id) { check("down", ::rd_kafka_mock_broker_set_down(cluster_, id)); });
    }
    /// Takes connections again.
    void up(std::int32_t broker = every_broker) {
        for_each(broker, [&](std::int32_t id) { check("up", ::rd_kafka_mock_broker_set_up(cluster_, id)); });
    }
    /// Who leads a partition; -1: nobody.
    void leader(const std::string& topic, std::int32_t partition, std::int32_t broker) {
        if (partition < 0) {  // librdkafka takes it, and the process ends when it frees its partitions
            check("leader", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
        }
        check("leader", ::rd_kafka_mock_partition_set_leader(cluster_, topic.c_str(), partition, broker));
    }
    /// What metadata says of a topic: 3 missing, 29 denied, 0 all is well. A topic that was not made before has no partitions then,
    /// as with a broker: make it first if it is to be found later. librdkafka 2.4 to 2.9 ends the process when a client that
    /// has not met the topic yet hears of an error and of partitions at once, which no broker says.
    void topic_error(const std::string& topic, int code) {
        if (code != 0) {
            (void)::rd_kafka_mock_topic_create(cluster_, topic.c_str(), 0, 1);  // unless it is there
        }
        rest();
        ::rd_kafka_mock_topic_set_error(cluster_, topic.c_str(), static_cast<rd_kafka_resp_err_t>(code));
        rest();
    }
    /// Which broker coordinates a consumer group.
    void coordinator(const std::string& group, std::int32_t broker) {
        check("coordinator", ::rd_kafka_mock_coordinator_set(cluster_, "group", group.c_str(), broker));
    }
    /// The versions of a request type that brokers admit to; -1 and -1: none.
    void api_versions(int api_key, int least, int most) {
        check("api_versions", ::rd_kafka_mock_set_apiversion(cluster_, static_cast<std::int16_t>(api_key),
                                                             static_cast<std::int16_t>(least), static_cast<std::int16_t>(most)));
    }
    /// librdkafka's own handle, for what is not here.
    [[nodiscard]] rd_kafka_mock_cluster_t* native() const noexcept { return cluster_; }

private:
    // The cluster's thread answers first, and empties the pipe that wakes it after that: what is asked in between waits until it
    // looks again by itself, a second later.
    static void rest() { std::this_thread::sleep_for(std::chrono::microseconds(100)); }
    static void check(std::string_view what, rd_kafka_resp_err_t code) {
        rest();
        if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw publish_failure(error(errc::invalid_config,
                                        std::string("mock_cluster: ").append(what).append(": ").append(::rd_kafka_err2name(code))));
        }
    }
    template <class Action>
    void for_each(std::int32_t broker, Action&& action) const {
        for (std::int32_t id = broker == every_broker ? 1 : broker; id <= (broker == every_broker ? brokers_ : broker); ++id) {
            action(id);
        }
    }

    int brokers_;
    rd_kafka_t* client_ = nullptr;
    rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

}  // namespace stentor::inline v0
