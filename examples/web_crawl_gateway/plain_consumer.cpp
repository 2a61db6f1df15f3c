#include "plain_consumer.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <stdexcept>

#include <librdkafka/rdkafka.h>

namespace demo {
namespace {

constexpr int answer_timeout_ms = 10'000;

rd_kafka_t* make_client(const std::string& brokers) {
    std::array<char, 512> why{};
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    const std::array<std::pair<const char*, const char*>, 8> settings{{{"bootstrap.servers", brokers.c_str()},
                                                                       {"group.id", "stentor-demo-reader"},
                                                                       {"client.id", "stentor-demo-reader"},
                                                                       {"enable.auto.commit", "false"},
                                                                       {"auto.offset.reset", "error"},
                                                                       {"fetch.wait.max.ms", "50"},
                                                                       {"reconnect.backoff.max.ms", "200"},
                                                                       {"log_level", "0"}}};
    for (const auto& [name, value] : settings) {
        if (rd_kafka_conf_set(conf, name, value, why.data(), why.size()) != RD_KAFKA_CONF_OK) {
            rd_kafka_conf_destroy(conf);
            throw std::runtime_error(std::string{"the consumer's "} + name + ": " + why.data());
        }
    }
    rd_kafka_t* client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
    if (client == nullptr) {
        rd_kafka_conf_destroy(conf);
        throw std::runtime_error(std::string{"the consumer: "} + why.data());
    }
    rd_kafka_poll_set_consumer(client);
    return client;
}

std::string_view bytes(const void* data, std::size_t size) { return {static_cast<const char*>(data), size}; }

}  // namespace

plain_consumer::plain_consumer(const std::string& brokers, std::vector<std::string> topics, handler on_message)
    : client_(make_client(brokers)), on_message_(std::move(on_message)) {
    try {
        for (const std::string& topic : topics) {
            find_partitions(topic);
        }
    } catch (...) {
        rd_kafka_destroy(client_);
        throw;
    }
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size()));
    for (const position& p : positions_) {
        rd_kafka_topic_partition_list_add(list, p.topic.c_str(), p.partition)->offset = p.next;
    }
    rd_kafka_assign(client_, list);
    rd_kafka_topic_partition_list_destroy(list);
    thread_ = std::thread{[this] { run(); }};
}

void plain_consumer::stop() {
    stop_ = true;
    if (thread_.joinable()) {
        thread_.join();
    }
}

plain_consumer::~plain_consumer() {
    stop();
    rd_kafka_consumer_close(client_);
    rd_kafka_destroy(client_);
}

void plain_consumer::find_partitions(const std::string& topic) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(client_, topic.c_str(), nullptr);
    const rd_kafka_metadata_t* metadata = nullptr;
    const rd_kafka_resp_err_t answer = rd_kafka_metadata(client_, 0, handle, &metadata, answer_timeout_ms);
    rd_kafka_topic_destroy(handle);
    if (answer != RD_KAFKA_RESP_ERR_NO_ERROR) {
        throw std::runtime_error("no broker answers at the given address: " + std::string{rd_kafka_err2str(answer)});
    }
    const std::unique_ptr<const rd_kafka_metadata_t, void (*)(const rd_kafka_metadata_t*)> owner{metadata,
                                                                                                 rd_kafka_metadata_destroy};
    if (metadata->topic_cnt != 1 || metadata->topics[0].err != RD_KAFKA_RESP_ERR_NO_ERROR ||
        metadata->topics[0].partition_cnt == 0) {
        throw std::runtime_error("topic " + topic + " cannot be read: " +
                                 rd_kafka_err2str(metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN) +
                                 ". Create it first.");
    }
    for (std::int32_t partition = 0; partition != metadata->topics[0].partition_cnt; ++partition) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        const rd_kafka_resp_err_t e =
            rd_kafka_query_watermark_offsets(client_, topic.c_str(), partition, &low, &high, answer_timeout_ms);
        if (e != RD_KAFKA_RESP_ERR_NO_ERROR) {
            throw std::runtime_error("where topic " + topic + " ends is not known: " + rd_kafka_err2str(e));
        }
        positions_.push_back({topic, partition, high});
    }
}

void plain_consumer::run() {
    while (!stop_) {
        if (rd_kafka_message_t* message = rd_kafka_consumer_poll(client_, 50); message != nullptr) {
            take(*message);
            rd_kafka_message_destroy(message);
        }
    }
}

void plain_consumer::take(const rd_kafka_message_s& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        // Lost connections and leaders that moved mend themselves; an offset that is gone means that something was never read.
        if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
            const std::lock_guard lock{mutex_};
            trouble_ = rd_kafka_message_errstr(&message);
        }
        return;
    }
    seen_message seen{rd_kafka_topic_name(message.rkt),
                      message.partition,
                      message.offset,
                      bytes(message.key, message.key_len),
                      bytes(message.payload, message.len),
                      {}};
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        const char* name = nullptr;
        const void* value = nullptr;
        std::size_t size = 0;
        for (std::size_t i = 0; rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
            seen.headers.emplace_back(name, bytes(value, size));
        }
    }
    on_message_(seen);
    advance(seen);
}

void plain_consumer::advance(const seen_message& message) {
    const std::lock_guard lock{mutex_};
    for (position& p : positions_) {
        if (p.partition == message.partition && p.topic == message.topic) {
            p.next = message.offset + 1;
        }
    }
    ++count_;
}

bool plain_consumer::catch_up(std::chrono::milliseconds within) {
    const auto until = std::chrono::steady_clock::now() + within;
    std::vector<position> ends;
    {
        const std::lock_guard lock{mutex_};
        ends = positions_;
    }
    for (position& p : ends) {
        std::int64_t low = 0;
        if (rd_kafka_query_watermark_offsets(client_, p.topic.c_str(), p.partition, &low, &p.next, answer_timeout_ms) !=
            RD_KAFKA_RESP_ERR_NO_ERROR) {
            return false;
        }
    }
    for (;;) {
        bool behind = false;
        {
            const std::lock_guard lock{mutex_};
            for (std::size_t i = 0; i != ends.size(); ++i) {
                behind = behind || positions_[i].next < ends[i].next;
            }
        }
        if (!behind) {
            return true;
        }
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::string plain_consumer::trouble() const {
    const std::lock_guard lock{mutex_};
    return trouble_;
}

}  // namespace demo
