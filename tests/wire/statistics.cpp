// What librdkafka says of itself, for those who asked.

#include <memory>
#include <string>

#include "notes.hpp"

using namespace wire;

TEST_CASE("a client whose statistics were asked for has the last ones, as librdkafka wrote them") {
    const stentor::mock_cluster cluster;
    const auto client = stentor::kafka_client::connect(
        {.brokers = cluster.bootstrap(), .client_id = "who", .properties = {{"statistics.interval.ms", "20"}}});
    REQUIRE(client);
    std::shared_ptr<const std::string> first;
    CHECK(eventually([&] { return (first = (*client)->statistics()) != nullptr; }));
    REQUIRE(first != nullptr);
    CHECK(first->find(R"("client_id")") != std::string::npos);
    CHECK(first->find(R"("who")") != std::string::npos);
    CHECK(first->back() == '}');
    CHECK(eventually([&] { return (*client)->statistics() != first; }));
}

TEST_CASE("a client whose statistics were not asked for has none") {
    const stentor::mock_cluster cluster;
    const auto client = stentor::kafka_client::connect({.brokers = cluster.bootstrap()});
    REQUIRE(client);
    CHECK((*client)->statistics() == nullptr);
}
