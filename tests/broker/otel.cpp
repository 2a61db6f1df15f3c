// A trace through a real broker: its consumer's span is linked to the producer's.

#include <string>

#include <catch2/catch_test_macros.hpp>

#include "otel/end_to_end.hpp"
#include "support/cluster.hpp"
#include "support/topics.hpp"

TEST_CASE("a trace goes from a request through the producer and a real broker to a consumer's span") {
    const std::string& brokers = broker::cluster::shared().brokers();
    otel::check_one_trace(brokers, broker::make_topic(brokers, "traced", 3));
}
