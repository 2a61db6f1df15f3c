#include <stentor/problem.hpp>

#include <catch2/catch_test_macros.hpp>

TEST_CASE("problems become one error that names each of them") {
    const stentor::error e = stentor::error_of("kafka_config", {{"brokers", "is empty"}, {"acks", "must be 1"}});
    CHECK(e.condition() == stentor::errc::invalid_config);
    CHECK(e.cause == "kafka_config: brokers: is empty; acks: must be 1");
    CHECK(stentor::problem{"a", "b"} == stentor::problem{"a", "b"});
    CHECK(stentor::problem{"a", "b"} != stentor::problem{"a", "c"});
}
