// Made by single_include/generate.py from include/stentor/detail/metrics/rdkafka_table.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <string_view>

#include <stentor/metrics/collected.hpp>
#include <stentor/stentor.hpp>

// What of librdkafka's statistics (its STATISTICS.md) becomes which metric. The same in 2.0 and 2.14.

namespace stentor::inline v0::detail::metrics {

struct statistic {
    std::string_view field;  // librdkafka's
    metric_type type;
    double scale;  // to base units
    std::string_view name;
    std::string_view help;
};

inline constexpr auto counted = metric_type::counter;
inline constexpr auto level = metric_type::gauge;
inline constexpr double microseconds = 1e-6;

inline constexpr std::array<statistic, 12> client_statistics{{
    {"age", level, microseconds, "kafka_rdkafka_age_seconds", "Since the client was made."},
    {"replyq", level, 1, "kafka_rdkafka_events_waiting", "Events that the client's event thread has not served yet."},
    {"msg_cnt", level, 1, "kafka_rdkafka_messages", "Messages in the producer's queues."},
    {"msg_size", level, 1, "kafka_rdkafka_message_bytes", "Bytes of messages in the producer's queues."},
    {"metadata_cache_cnt", level, 1, "kafka_rdkafka_metadata_cache_topics", "Topics in the metadata cache."},
    {"tx", counted, 1, "kafka_rdkafka_requests_total", "Requests sent to brokers."},
    {"tx_bytes", counted, 1, "kafka_rdkafka_sent_bytes_total", "Bytes sent to brokers."},
    {"rx", counted, 1, "kafka_rdkafka_responses_total", "Responses received from brokers."},
    {"rx_bytes", counted, 1, "kafka_rdkafka_received_bytes_total", "Bytes received from brokers."},
    {"txmsgs", counted, 1, "kafka_rdkafka_sent_messages_total", "Messages sent to brokers, retries included."},
    {"txmsg_bytes", counted, 1, "kafka_rdkafka_sent_messages_bytes_total", "Bytes of messages sent to brokers, retries included."},
    {"simple_cnt", level, 1, "kafka_rdkafka_simple_consumers", "Simple consumers of the client; a producer has none."},
}};

inline constexpr std::array<statistic, 15> broker_statistics{{
    {"stateage", level, microseconds, "kafka_rdkafka_broker_state_age_seconds", "Since the connection's state last changed."},
    {"outbuf_cnt", level, 1, "kafka_rdkafka_broker_unsent_requests", "Requests that wait to be sent."},
    {"outbuf_msg_cnt", level, 1, "kafka_rdkafka_broker_unsent_messages", "Messages in requests that wait to be sent."},
    {"waitresp_cnt", level, 1, "kafka_rdkafka_broker_unanswered_requests", "Requests that were sent and not answered yet."},
    {"waitresp_msg_cnt", level, 1, "kafka_rdkafka_broker_unanswered_messages", "Messages in requests that were not answered yet."},
    {"tx", counted, 1, "kafka_rdkafka_broker_requests_total", "Requests sent."},
    {"txbytes", counted, 1, "kafka_rdkafka_broker_sent_bytes_total", "Bytes sent."},
    {"txerrs", counted, 1, "kafka_rdkafka_broker_send_errors_total", "Requests that could not be sent."},
    {"txretries", counted, 1, "kafka_rdkafka_broker_retries_total", "Requests sent again."},
    {"req_timeouts", counted, 1, "kafka_rdkafka_broker_request_timeouts_total", "Requests that were not answered in time."},
    {"rx", counted, 1, "kafka_rdkafka_broker_responses_total", "Responses received."},
    {"rxbytes", counted, 1, "kafka_rdkafka_broker_received_bytes_total", "Bytes received."},
    {"rxerrs", counted, 1, "kafka_rdkafka_broker_receive_errors_total", "Responses that could not be received."},
    {"connects", counted, 1, "kafka_rdkafka_broker_connects_total", "Connections tried."},
    {"disconnects", counted, 1, "kafka_rdkafka_broker_disconnects_total", "Connections lost."},
}};

// Windows of the last interval: some of their figures, as the label `stat`.
inline constexpr std::array<std::string_view, 6> window_figures{"avg", "max", "p50", "p95", "p99", "min"};

inline constexpr std::array<statistic, 4> broker_windows{{
    {"rtt", level, microseconds, "kafka_rdkafka_broker_rtt_seconds", "Request to response, in the last interval."},
    {"outbuf_latency", level, microseconds, "kafka_rdkafka_broker_unsent_seconds",
     "How long requests waited to be sent, in the last interval."},
    {"int_latency", level, microseconds, "kafka_rdkafka_broker_queue_seconds",
     "How long messages waited for a request, in the last interval."},
    {"throttle", level, 1e-3, "kafka_rdkafka_broker_throttle_seconds", "By how much the broker throttled, in the last interval."},
}};

inline constexpr std::array<statistic, 2> topic_windows{{
    {"batchsize", level, 1, "kafka_rdkafka_topic_batch_bytes", "Size of batches, in the last interval."},
    {"batchcnt", level, 1, "kafka_rdkafka_topic_batch_messages", "Messages of a batch, in the last interval."},
}};

// Added up over a topic's partitions.
inline constexpr std::array<statistic, 5> partition_statistics{{
    {"msgq_cnt", level, 1, "kafka_rdkafka_topic_queue_messages", "Messages in the first queue."},
    {"msgq_bytes", level, 1, "kafka_rdkafka_topic_queue_bytes", "Bytes in the first queue."},
    {"xmit_msgq_cnt", level, 1, "kafka_rdkafka_topic_transmit_messages", "Messages ready to be sent."},
    {"txmsgs", counted, 1, "kafka_rdkafka_topic_sent_messages_total", "Messages sent, retries included."},
    {"txbytes", counted, 1, "kafka_rdkafka_topic_sent_bytes_total", "Bytes of messages sent, retries included."},
}};

template <std::size_t Size>
[[nodiscard]] constexpr const statistic* find(const std::array<statistic, Size>& in, std::string_view field) noexcept {
    for (const statistic& s : in) {
        if (s.field == field) {
            return &s;
        }
    }
    return nullptr;
}

}  // namespace stentor::inline v0::detail::metrics
