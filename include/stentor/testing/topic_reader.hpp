#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// Reads a topic back with a plain librdkafka consumer, to check what was published without this library's own code.

namespace stentor::inline v0 {

/// A record as it lay in the log. A null key, value or header value is no string at all.
struct read_record {
    std::int32_t partition = -1;                                                ///< counts from 0
    std::int64_t offset = -1;                                                   ///< counts from 0 in each partition
    std::optional<std::string> key{};                                           ///< none: null
    std::optional<std::string> value{};                                         ///< none: a tombstone
    std::vector<std::pair<std::string, std::optional<std::string>>> headers{};  ///< name and value, in order; no value: null
    timestamp time{};                                                           ///< as it is in the log

    /// The value of the first header of that name; none when there is none or it is null.
    [[nodiscard]] std::optional<std::string> header(std::string_view name) const {
        for (const auto& [n, value_of] : headers) {
            if (n == name) {
                return value_of;
            }
        }
        return std::nullopt;
    }
};

/// Reads all partitions of one topic from the beginning, in no group. One thread at a time. The topic must exist.
class topic_reader {
public:
    // Not inlined, so that a sanitizer's stack shows where librdkafka was called from.
    /// Throws `publish_failure` when there is no such topic or no broker within 5 s.
    [[gnu::noinline]] topic_reader(const std::string& brokers, const std::string& topic) {
        std::array<char, 512> why{};
        rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
        for (const auto& [name, value] : {std::pair<const char*, std::string>{"bootstrap.servers", brokers},
                                          {"group.id", "topic-reader"},
                                          {"enable.auto.commit", "false"},
                                          {"enable.partition.eof", "false"},
                                          {"check.crcs", "true"},
                                          {"fetch.wait.max.ms", "10"},
                                          {"log_level", "2"},
                                          {"socket.nagle.disable", "true"}}) {
            ::rd_kafka_conf_set(conf, name, value.c_str(), why.data(), why.size());
        }
        client_ = ::rd_kafka_new(RD_KAFKA_CONSUMER, conf, why.data(), why.size());
        if (client_ == nullptr) {
            ::rd_kafka_conf_destroy(conf);
            fail(why.data());
        }
        ::rd_kafka_poll_set_consumer(client_);
        if (const char* const wrong = assign(topic)) {
            ::rd_kafka_consumer_close(client_);
            ::rd_kafka_destroy(client_);
            fail(topic + ": " + wrong);
        }
    }
    [[gnu::noinline]] ~topic_reader() { close(); }
    topic_reader(const topic_reader&) = delete;
    topic_reader& operator=(const topic_reader&) = delete;

    /// The next `count` records, or what has come within `patience`. Order holds within a partition.
    [[nodiscard, gnu::noinline]] std::vector<read_record> read(std::size_t count, nanoseconds patience = std::chrono::seconds(5)) {
        std::vector<read_record> all;
        read_into(all, count, patience);
        return all;
    }

private:
    // What calls librdkafka does so two calls deep: a sanitizer's stack shows the outer one only, and there is something to name.
    [[gnu::noinline]] void read_into(std::vector<read_record>& all, std::size_t count, nanoseconds patience) {
        const std::int64_t end = now_ms() + std::chrono::duration_cast<milliseconds>(patience).count();
        while (all.size() < count) {
            const std::int64_t left = end - now_ms();
            rd_kafka_message_t* const m = left > 0 ? ::rd_kafka_consumer_poll(client_, static_cast<int>(left)) : nullptr;
            if (m == nullptr) {
                if (left <= 0) {
                    break;
                }
                continue;
            }
            if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                all.push_back(copy(*m));
            }
            ::rd_kafka_message_destroy(m);
        }
    }
    [[gnu::noinline]] void close() noexcept {
        ::rd_kafka_consumer_close(client_);
        ::rd_kafka_destroy(client_);
    }

    [[noreturn]] static void fail(const std::string& why) {
        throw publish_failure(error(errc::unknown_topic, std::string("topic_reader: ").append(why)));
    }
    [[nodiscard]] static std::int64_t now_ms() noexcept {
        std::timespec t{};
        ::clock_gettime(CLOCK_MONOTONIC, &t);
        return static_cast<std::int64_t>(t.tv_sec) * 1000 + t.tv_nsec / 1'000'000;
    }

    [[nodiscard, gnu::noinline]] const char* assign(const std::string& topic) {
        rd_kafka_topic_t* const handle = ::rd_kafka_topic_new(client_, topic.c_str(), nullptr);
        const rd_kafka_metadata_t* known = nullptr;
        rd_kafka_resp_err_t code = ::rd_kafka_metadata(client_, 0, handle, &known, 5000);
        if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
            code = known->topics[0].err;
            rd_kafka_topic_partition_list_t* const list = ::rd_kafka_topic_partition_list_new(known->topics[0].partition_cnt);
            for (int i = 0; i < known->topics[0].partition_cnt; ++i) {
                ::rd_kafka_topic_partition_list_add(list, topic.c_str(), i)->offset = RD_KAFKA_OFFSET_BEGINNING;
            }
            ::rd_kafka_assign(client_, list);
            ::rd_kafka_topic_partition_list_destroy(list);
            ::rd_kafka_metadata_destroy(known);
        }
        ::rd_kafka_topic_destroy(handle);
        return code == RD_KAFKA_RESP_ERR_NO_ERROR ? nullptr : ::rd_kafka_err2name(code);
    }

    [[nodiscard]] static std::optional<std::string> text(const void* data, std::size_t size) {
        return data != nullptr ? std::optional<std::string>(std::in_place, static_cast<const char*>(data), size) : std::nullopt;
    }

    [[nodiscard]] static read_record copy(const rd_kafka_message_t& m) {
        read_record r;
        r.partition = m.partition;
        r.offset = m.offset;
        r.key = text(m.key, m.key_len);
        r.value = text(m.payload, m.len);
        rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
        r.time = timestamp{milliseconds{::rd_kafka_message_timestamp(&m, &type)}};
        rd_kafka_headers_t* list = nullptr;
        if (::rd_kafka_message_headers(&m, &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
            const char* name = nullptr;
            const void* value = nullptr;
            std::size_t size = 0;
            for (std::size_t i = 0; ::rd_kafka_header_get_all(list, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR; ++i) {
                r.headers.emplace_back(name, text(value, size));
            }
        }
        return r;
    }

    rd_kafka_t* client_ = nullptr;
};

}  // namespace stentor::inline v0
