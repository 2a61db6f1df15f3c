#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/kafka/words.hpp>

using stentor::detail::kafka::plain_words;

TEST_CASE("words: what changes each time is left out, and so is how librdkafka calls a first connection") {
    CHECK(plain_words("10.0.0.1:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: Connection refused (after 0ms in state "
                      "CONNECT, 3 identical error(s) suppressed)") ==
          "10.0.0.1:9092: Connect to ipv4#10.0.0.1:9092 failed: Connection refused");
    CHECK(plain_words("10.0.0.1:9092/1: Disconnected (after 1003ms in state UP)") == "10.0.0.1:9092/1: Disconnected");
    CHECK(plain_words("kafka (after all): no such host") == "kafka (after all): no such host");
    CHECK(plain_words("").empty());
}

TEST_CASE("words: a broker is the same one before and after librdkafka knows its number") {
    using stentor::detail::kafka::without_number;
    CHECK(without_number("10.0.0.1:9092/12: Connect failed: Connection refused") ==
          "10.0.0.1:9092: Connect failed: Connection refused");
    CHECK(without_number("ssl://kafka:9093/1: Disconnected") == "ssl://kafka:9093: Disconnected");
    for (const char* const as_it_is :
         {"10.0.0.1:9092: Disconnected", "ssl://kafka:9093: Disconnected", "h:1/one: x", "h:1/: x", "h/2", ""}) {
        CHECK(without_number(as_it_is) == as_it_is);
    }
}

TEST_CASE("words: a peer that hangs up at the first request raises the question what it is") {
    CHECK(plain_words("h:1/bootstrap: Disconnected while requesting ApiVersion: might be caused by incorrect security.protocol "
                      "configuration (connecting to a SSL listener?) or broker version is < 0.10 (see api.version.request) (after "
                      "0ms in state APIVERSION_QUERY)") ==
          "h:1: Disconnected while requesting ApiVersion; does this port expect TLS or SASL, or is it no Kafka broker?");
}

TEST_CASE("words: a size that is the text or the alert of another protocol names it, and any other stays as it is") {
    const auto words = [](const char* size) {
        return plain_words(std::string("h:1/bootstrap: Receive failed: Invalid response size ") + size +
                           " (0..100000000): increase receive.message.max.bytes (after 0ms in state APIVERSION_QUERY)");
    };
    CHECK(words("1213486160") ==
          "h:1: Receive failed: Invalid response size 1213486160: no Kafka broker listens there, its answer begins with \"HTTP\"");
    CHECK(words("352518912") ==
          "h:1: Receive failed: Invalid response size 352518912: a TLS alert came back: this port expects "
          "TLS, set security_protocol to ssl or sasl_ssl");
    CHECK(words("200000000") ==
          "h:1: Receive failed: Invalid response size 200000000 (0..100000000): increase receive.message.max.bytes");
    CHECK(words("-5") == "h:1: Receive failed: Invalid response size -5 (0..100000000): increase receive.message.max.bytes");
}
