#pragma once

#include <catch2/catch_test_macros.hpp>

#include <librdkafka/rdkafka.h>

namespace wire {

/// For tests in which a topic has an error first and partitions later: see mock_cluster::topic_error().
inline void skip_where_topic_errors_crash() {
    if (::rd_kafka_version() >= 0x020400ff && ::rd_kafka_version() < 0x020a0000) {
        SKIP("librdkafka 2.4 to 2.9 crashes on a topic error beside partitions, which no broker sends");
    }
}

}  // namespace wire
