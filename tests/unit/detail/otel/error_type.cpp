#include <stentor/detail/otel/error_type.hpp>

#include <string>

#include <catch2/catch_test_macros.hpp>

using namespace stentor;
using detail::error_type_of;

TEST_CASE("a cause that begins with the broker's name of it has that as its type") {
    for (const std::string name : {"NOT_ENOUGH_REPLICAS", "_TRANSPORT", "_MSG_TIMED_OUT", "UNKNOWN_TOPIC_OR_PART", "SASL_V2_X"}) {
        CHECK(error_type_of(errc::rejected, name) == name);
        CHECK(error_type_of(errc::rejected, name + ": and more") == name);
        CHECK(error_type_of(errc::rejected, name + " (and more)") == name);
        CHECK(error_type_of(errc::rejected, name + " and more") == "rejected");
        CHECK(error_type_of(errc::rejected, name + "s") == "rejected");
    }
}

TEST_CASE("any other cause has the condition for its type") {
    for (const std::string cause : {"", "TLS handshake failed", "TLS: handshake failed", "no broker is up", "not_a_name",
                                    "5_MINUTES", "_", "__", "A ", "gone: UNKNOWN_TOPIC_OR_PART", "NAME_\xff"}) {
        INFO(cause);
        CHECK(error_type_of(errc::broker_unavailable, cause) == "broker_unavailable");
    }
    CHECK(error_type_of(errc::tls, std::string(70, 'A') + "_B") == "tls");
    CHECK(error_type_of(errc::none, "") == "_OTHER");
}

TEST_CASE("what a user's own code says is no type, however it begins") {
    CHECK(error_type_of(errc::serialization, "ORDER_4711_IS_BROKEN: no price") == "serialization");
    CHECK(error_type_of(errc::invalid_message, "ORDER_4711_IS_BROKEN") == "invalid_message");
    CHECK(error_type_of(errc::rejected, "ORDER_4711_IS_BROKEN") == "ORDER_4711_IS_BROKEN");
}
