#include <string>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>

#include "otel/end_to_end.hpp"

TEST_CASE("a trace goes from a request through the producer and the wire to a consumer's span") {
    stentor::mock_cluster cluster;
    cluster.create_topic("traced", 3);
    otel::check_one_trace(cluster.bootstrap(), "traced");
}
