#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/transport/kafka.hpp>

using namespace std::chrono_literals;
using stentor::errc;
using stentor::kafka_config;

namespace {

// What the constructor says of a configuration; empty when it takes it.
std::string complaint(const kafka_config& c) {
    try {
        const stentor::kafka_transport t{c};
        return {};
    } catch (const stentor::publish_failure& e) {
        CHECK(e.error().condition() == errc::invalid_config);
        return e.error().cause;
    }
}

std::string about_property(const char* name, const std::string& value) {
    return complaint({.brokers = "localhost:9092", .properties = {{name, value}}});
}

bool names(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

}  // namespace

TEST_CASE("a broker list is checked to the port") {
    for (const char* good : {"localhost", "localhost:9092", "a:1,b:65535", "[::1]:9092", "PLAINTEXT://h:9092"}) {
        CAPTURE(good);
        CHECK(complaint({.brokers = good}).empty());
    }
    CHECK(complaint({.brokers = "SSL://h:9093", .security_protocol = "ssl"}).empty());
    for (const char* bad : {"http://h:9092", "ssl://h:9092", "h:1:2", "::1:9092", "", "h:0", "h:65536", "h:99999", "h:", "h:9x",
                            ":9092", "a:1,", "a b:1", "[::1:9092", "[]:1", "[a b]:1"}) {
        CAPTURE(bad);
        CHECK(names(complaint({.brokers = bad}), "brokers"));
    }
    CHECK(names(complaint({.brokers = "::1:9092"}), "[::1]:9092"));
    CHECK(names(complaint({.brokers = "sasl_ssl://h:9092"}), "security_protocol, which is plaintext"));
}

TEST_CASE("each member is checked, and named when wrong") {
    const std::string b = "localhost:9092";
    CHECK(names(complaint({.brokers = b, .attempt_timeout = 0s}), "attempt_timeout"));
    CHECK(names(complaint({.brokers = b, .acks = 0}), "acks"));
    CHECK(names(complaint({.brokers = b, .acks = 5}), "acks"));
    CHECK(names(complaint({.brokers = b, .acks = kafka_config::leader}), "idempotence"));
    CHECK(complaint({.brokers = b, .acks = kafka_config::leader, .idempotence = false}).empty());
    CHECK(names(complaint({.brokers = b, .linger = -1ms}), "linger"));
    CHECK(names(complaint({.brokers = b, .attempt_timeout = 1s, .linger = 1s}), "linger"));
    CHECK(complaint({.brokers = b, .linger = 500us}).empty());
    CHECK(names(complaint({.brokers = b, .batch_size = 0}), "batch_size"));
    CHECK(names(complaint({.brokers = b, .batch_messages = 0}), "batch_messages"));
    CHECK(names(complaint({.brokers = b, .request_timeout = 1ms}), "request_timeout"));
    CHECK(names(complaint({.brokers = b, .connection_timeout = 10ms}), "connection_timeout"));
    CHECK(names(complaint({.brokers = b, .security_protocol = "tls"}), "security_protocol"));
    CHECK(names(complaint({.brokers = b, .sasl_username = "u"}), "sasl_mechanism"));
    CHECK(names(complaint({.brokers = b, .ssl_ca_location = "/x"}), "ssl_ca_location"));
    CHECK(complaint({.brokers = b,
                     .security_protocol = "SASL_PLAINTEXT",
                     .sasl_mechanism = "scram-sha-256",
                     .sasl_username = "u",
                     .sasl_password = "p"})
              .empty());
    CHECK(names(complaint({.brokers = b, .security_protocol = "sasl_plaintext", .sasl_mechanism = "PLAIN"}), "sasl_username"));
    CHECK(complaint({.brokers = b,
                     .security_protocol = "sasl_plaintext",
                     .sasl_mechanism = "PLAIN",
                     .sasl_username = "u",
                     .sasl_password = "p"})
              .empty());
    CHECK(names(complaint({.brokers = b, .security_protocol = "ssl", .ssl_ca_location = "/no/such/file"}), "librdkafka"));
}

TEST_CASE("a broker's answer may be waited for longer than a try takes, as the documents' 30 s are") {
    CHECK(complaint({.brokers = "localhost:9092", .attempt_timeout = 9s, .request_timeout = 30s}).empty());
    CHECK(complaint({.brokers = "localhost:9092", .attempt_timeout = 1ms, .request_timeout = 300s}).empty());
}

TEST_CASE("a property that librdkafka would misread is refused") {
    CHECK(about_property("message.max.bytes", "2000000").empty());
    CHECK(about_property("topic.metadata.refresh.interval.ms", "-1").empty());
    CHECK(about_property("compression.level", "3").empty());
    CHECK(about_property("debug", "broker,topic").empty());
    CHECK(about_property("socket.keepalive.enable", "false").empty());
    CHECK(about_property("enable.sparse.connections", "true").empty());  // which librdkafka's own list does not show
    CHECK(names(about_property("message.max.bytes", "4294968296"), "message.max.bytes"));
    CHECK(names(about_property("socket.send.buffer.bytes", "10,000"), "socket.send.buffer.bytes"));
    CHECK(names(about_property("retry.backoff.ms", "1e4"), "retry.backoff.ms"));
    CHECK(names(about_property("retry.backoff.ms", "5ms"), "retry.backoff.ms"));
    CHECK(names(about_property("no.such.thing", "1"), "no.such.thing"));
}

TEST_CASE("a property that promises rest on, or that runs code, is refused") {
    CHECK(names(about_property("plugin.library.paths", "x.so"), "plugin.library.paths"));
    CHECK(names(about_property("sasl.kerberos.kinit.cmd", "rm"), "sasl.kerberos.kinit.cmd"));
    CHECK(names(about_property("partitioner", "random"), "partitioner"));
    CHECK(names(about_property("enable.idempotence", "false"), "kafka_config"));
    CHECK(names(about_property("transactional.id", "t"), "transactional.id"));
    CHECK(names(about_property("ssl.engine.location", "/x.so"), "run code"));
    CHECK(names(about_property("ssl.providers", "x"), "run code"));
    for (const char* name : {"retries", "message.send.max.retries", "enable.gapless.guarantee", "api.version.request",
                             "internal.termination.signal", "test.mock.num.brokers", "ut_handle_ProduceResponse"}) {
        CAPTURE(name);
        CHECK(names(about_property(name, "1"), name));
    }
    CHECK(names(about_property("broker.version.fallback", "0.9.0"), "headers"));
    CHECK(about_property("retry.backoff.ms", "50").empty());
}

TEST_CASE("of the requests that may be under way at once, the user may only ask for one") {
    for (const char* name : {"max.in.flight", "max.in.flight.requests.per.connection"}) {
        CAPTURE(name);
        CHECK(about_property(name, "1").empty());
        CHECK(names(about_property(name, "100"), name));
        CHECK_FALSE(
            complaint(
                {.brokers = "localhost:9092", .acks = kafka_config::leader, .idempotence = false, .properties = {{name, "5"}}})
                .empty());
    }
}

TEST_CASE("what librdkafka gives to a shell has nothing in it that a shell understands") {
    CHECK(about_property("sasl.kerberos.principal", "kafka/host.example@EXAMPLE.COM").empty());
    CHECK(about_property("sasl.kerberos.keytab", "/etc/security/kafka-1.keytab").empty());
    for (const char* bad : {"x; reboot", "$(reboot)", "`reboot`", "a\"b", "a|b", "a\nb", "a&b"}) {
        CAPTURE(bad);
        CHECK(names(about_property("sasl.kerberos.principal", bad), "shell"));
        CHECK(names(about_property("sasl.kerberos.keytab", bad), "shell"));
    }
}

TEST_CASE("a topic's settings under their prefixed names are refused like the others") {
    CHECK(names(about_property("topic.acks", "0"), "topic.acks"));
    CHECK(names(about_property("topic.message.timeout.ms", "1"), "topic.message.timeout.ms"));
    CHECK(names(about_property("topic.partitioner", "random"), "topic.partitioner"));
    CHECK(about_property("topic.compression.level", "3").empty());
}

TEST_CASE("a broker that is listed twice counts once, however it is written") {
    using stentor::detail::kafka::check_brokers;
    stentor::detail::kafka::problems wrong;
    CHECK(check_brokers("a:9092,a:9092", "plaintext", wrong) == 1);
    CHECK(check_brokers("a,A:9092,PLAINTEXT://a", "plaintext", wrong) == 1);
    CHECK(check_brokers("a,b,[::1]:1", "plaintext", wrong) == 3);
}

TEST_CASE("a character that would cut a text short is refused") {
    CHECK(names(complaint({.brokers = std::string("a\0b", 3)}), "NUL"));
    CHECK(names(complaint({.brokers = "a:1", .client_id = std::string("a\0b", 3)}), "NUL"));
    CHECK(names(about_property("client.rack", std::string("a\0b", 3)), "NUL"));
    CHECK(names(complaint({.brokers = "a:1",
                           .security_protocol = "sasl_plaintext",
                           .sasl_mechanism = "PLAIN",
                           .sasl_username = "u",
                           .sasl_password = std::string("a\0b", 3)}),
                "NUL"));
    try {
        const stentor::kafka_transport t{{.brokers = std::string("a:1,b\0c:2,d", 11)}};
        FAIL("taken");
    } catch (const stentor::publish_failure& e) {
        CHECK(names(e.what(), e.error().hint));  // the text goes on after the cause
    }
}

TEST_CASE("librdkafka's own words do not end in a new line of theirs") {
    const std::string text = about_property("message.max.bytes", "1e6");
    CHECK(names(text, "message.max.bytes"));
    CHECK_FALSE(names(text, "\n"));
}

TEST_CASE("all that is wrong is told at once, librdkafka's own objections too") {
    const std::string text = complaint(
        {.brokers = "a:0", .acks = 7, .properties = {{"retry.backoff.ms", "5ms"}, {"debug", "nonsense"}, {"partitioner", "x"}}});
    for (const char* name : {"brokers: ", "acks: ", "idempotence: ", "retry.backoff.ms: ", "debug: ", "partitioner: "}) {
        CAPTURE(text, name);
        CHECK(names(text, name));
    }
}

TEST_CASE("a property that this librdkafka lacks is refused with the version that has it") {
    const std::string text = about_property("metadata.recovery.strategy", "none");
    if (::rd_kafka_version() < 0x020a00ff) {
        CHECK(names(text, "metadata.recovery.strategy: is not known to this librdkafka, "));
        CHECK(names(text, "version 2.10 has it"));
    } else {
        CHECK(text.empty());
    }
}

TEST_CASE("a plugin is not loaded to find out that it is refused") {
    // librdkafka loads it when the property is set: its own complaint would be that there is no such file.
    const std::string text = about_property("plugin.library.paths", "/no/such/plugin.so");
    CHECK(names(text, "run code"));
    CHECK_FALSE(names(text, "no/such"));
    CHECK(names(complaint({.brokers = "a:1",
                           .allow_code_running_properties = true,
                           .properties = {{"plugin.library.paths", "/no/such/plugin.so"}}}),
                "no/such"));
}

TEST_CASE("certificates and keys as text reach librdkafka") {
    kafka_config c{.brokers = "localhost:9092", .security_protocol = "ssl"};
    c.ssl_ca_pem = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
    CHECK(names(complaint(c), "librdkafka: "));
    c.ssl_ca_pem.clear();
    c.ssl_certificate_pem = "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n";
    c.ssl_key_pem = "-----BEGIN PRIVATE KEY-----\nnonsense\n-----END PRIVATE KEY-----\n";
    CHECK(names(complaint(c), "librdkafka: "));
}

TEST_CASE("the table of settings has all of this librdkafka's, unless it is newer") {
    if (::rd_kafka_version() >= 0x020f00ff) {
        SKIP("newer than the table");
    }
    char* text = nullptr;
    std::size_t size = 0;
    std::FILE* const out = ::open_memstream(&text, &size);
    ::rd_kafka_conf_properties_show(out);
    std::fclose(out);
    std::istringstream lines(std::string(text, size));
    std::free(text);
    int count = 0;
    for (std::string line; std::getline(lines, line);) {
        const bool callback = names(line, "see dedicated API") || line.starts_with("builtin.features");
        if (names(line, " | ") && !line.starts_with("Property") && !line.starts_with("---") && !callback) {
            const std::string name = line.substr(0, line.find(' '));
            CAPTURE(name);
            CHECK(stentor::detail::kafka::find_property(name) != nullptr);
            ++count;
        }
    }
    CHECK(count > 120);
}

TEST_CASE("no secret is in any complaint") {
    const std::string secret = "hunter2-hunter2";
    CHECK_FALSE(names(complaint({.brokers = "sasl_plaintext://bob:" + secret + "@host:9092"}), secret));
    CHECK_FALSE(names(complaint({.brokers = "bob:" + secret + "@host:9092"}), secret));
    // A password with a comma in it: not even its first half.
    const std::string halves = complaint({.brokers = "a:1,sasl_plaintext://bob:hunter2,tail@host:9092"});
    CHECK(names(halves, "must not contain user or password"));
    CHECK_FALSE(names(halves, "hunter2"));
    CHECK_FALSE(names(halves, "bob"));
    CHECK_FALSE(names(about_property("ssl.keystore.password", secret), secret));
    CHECK_FALSE(names(complaint({.brokers = "localhost:9092",
                                 .security_protocol = "ssl",
                                 .ssl_certificate_location = "/no/such",
                                 .ssl_key_location = "/no/such",
                                 .ssl_key_password = secret}),
                      secret));
    CHECK_FALSE(names(about_property("ssl.key.pem", secret), secret));
}
