#include <stentor/detail/kafka/property_table.hpp>

#include <algorithm>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

using namespace stentor::detail::kafka;

TEST_CASE("a setting is found by its whole name, a topic's also with its prefix") {
    REQUIRE(find_property("acks") != nullptr);
    CHECK(find_property("acks")->least == -1);
    REQUIRE(find_property("transactional.id") != nullptr);
    CHECK(find_property("topic.acks") == nullptr);
    CHECK(property_of("topic.acks") == find_property("acks"));
    CHECK(property_of("topic.metadata.refresh.sparse") == find_property("topic.metadata.refresh.sparse"));
    for (const char* unknown : {"", "ack", "ackss", "zzz", "topic."}) {
        CAPTURE(unknown);
        CHECK(property_of(unknown) == nullptr);
    }
}

TEST_CASE("no setting is there twice") {
    const auto name = [](const property& p) { return std::string_view(p.name); };
    CHECK(std::ranges::is_sorted(properties, {}, name));
    CHECK(std::ranges::adjacent_find(properties, {}, name) == std::ranges::end(properties));
}

TEST_CASE("each setting has what its kind needs") {
    for (const property& p : properties) {
        CAPTURE(p.name);
        const bool number = p.what == property::kind::whole || p.what == property::kind::decimal;
        CHECK(number == (p.least < p.most));
        CHECK((p.what == property::kind::choice || p.what == property::kind::words) == !std::string_view(p.choices).empty());
    }
}
