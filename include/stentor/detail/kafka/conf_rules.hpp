#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/broker_list.hpp>
#include <stentor/detail/kafka/check_properties.hpp>
#include <stentor/detail/kafka/check_security.hpp>
#include <stentor/detail/kafka/topic_rule.hpp>
#include <stentor/moment.hpp>
#include <stentor/problem.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

// librdkafka takes "5ms", "1e4", port 99999 and acks=5 without a word, so what can be checked is checked here.

namespace stentor::inline v0::detail::kafka {

inline void check_limits(const kafka_config& c, problems& wrong) {
    using std::chrono::hours;
    using std::chrono::seconds;
    const auto within = [&](std::string_view name, nanoseconds value, nanoseconds least, nanoseconds most, std::string_view rule) {
        if (value < least || value > most) {
            complain(wrong, name, rule);
        }
    };
    within("attempt_timeout", c.attempt_timeout, milliseconds(1), hours(24 * 24), "must be from 1 ms to 24 days");
    if (c.acks != kafka_config::all && c.acks != kafka_config::leader) {
        complain(
            wrong, "acks",
            c.acks == 0 ? "0 would leave every outcome unknown; use all (-1) or leader (1)" : "must be all (-1) or leader (1)");
    }
    if (c.idempotence && c.acks != kafka_config::all) {
        complain(wrong, "idempotence", "needs acks = all; with acks = leader set idempotence = false");
    }
    within("linger", c.linger, nanoseconds(0), seconds(900), "must be from 0 to 900 s");
    if (c.linger >= c.attempt_timeout && c.linger > nanoseconds(0)) {
        complain(wrong, "linger", "must be shorter than attempt_timeout");
    }
    if (c.batch_size < 1) {
        complain(wrong, "batch_size", "must be at least 1 byte");
    }
    if (c.batch_messages < 1 || c.batch_messages > 1'000'000) {
        complain(wrong, "batch_messages", "must be from 1 to 1,000,000");
    }
    if (c.compression > compression::zstd) {
        complain(wrong, "compression", "must be none, gzip, snappy, lz4 or zstd");
    }
    if (c.request_timeout != nanoseconds(0)) {
        within("request_timeout", c.request_timeout, milliseconds(10), seconds(300), "must be from 10 ms to 300 s");
    }
    within("connection_timeout", c.connection_timeout, seconds(1), hours(1), "must be from 1 s to 1 h");
}

inline void check_topics(const kafka_config& c, problems& wrong) {
    for (std::size_t i = 0; i < c.topics.size(); ++i) {
        const topic_settings& t = c.topics[i];
        const std::string key = std::string("topics[").append(std::to_string(i)).append("]");
        if (!is_topic_name(t.name)) {
            complain(wrong, key + ".name", topic_rule);
        }
        for (std::size_t earlier = 0; earlier < i; ++earlier) {
            if (c.topics[earlier].name == t.name) {
                complain(wrong, key + ".name", "is there twice");
                break;
            }
        }
        if (t.partitions != -1 && t.partitions < 1) {
            complain(wrong, key + ".partitions", "must be at least 1, or -1 for the broker's default");
        }
        if (t.replication != -1 && (t.replication < 1 || t.replication > 32767)) {
            complain(wrong, key + ".replication", "must be from 1 to 32767, or -1 for the broker's default");
        }
        for (const auto& [name, value] : t.configs) {
            if (name.empty() || name.find('\0') != std::string::npos || value.find('\0') != std::string::npos) {
                complain(wrong, key + ".configs", "a name is empty, or a name or a value contains a NUL character");
            }
        }
    }
}

// All that can be said without librdkafka; `librdkafka` is the version that will be used, 0 if that is not known. Returns how many
// bootstrap brokers there are.
inline std::size_t check(const kafka_config& c, int librdkafka, problems& wrong) {
    if (!c.enabled) {
        return 0;
    }
    const std::size_t brokers = check_brokers(c.brokers, protocol_of(c), wrong);
    check_text(c, wrong);
    check_limits(c, wrong);
    check_topics(c, wrong);
    check_security(c, wrong);
    check_properties(c, librdkafka, wrong);
    return brokers;
}

}  // namespace stentor::inline v0::detail::kafka
