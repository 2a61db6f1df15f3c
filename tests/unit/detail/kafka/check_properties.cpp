#include <stentor/detail/kafka/check_properties.hpp>

#include <catch2/catch_test_macros.hpp>

using namespace stentor::detail::kafka;

TEST_CASE("librdkafka gets numbers without leading zeros, which it would take for octal ones") {
    const property* const p = find_property("retry.backoff.ms");
    REQUIRE(p != nullptr);
    CHECK(why_wrong(*p, "0100").empty());
    CHECK(canonical(*p, "0100") == "100");
    CHECK(canonical(*p, "7") == "7");
}

TEST_CASE("librdkafka gets words as it spells them") {
    CHECK(canonical(*find_property("log.connection.close"), "YES") == "true");
    CHECK(canonical(*find_property("broker.address.family"), "V6") == "v6");
    CHECK(canonical(*find_property("client.rack"), "Any 0100") == "Any 0100");
}
