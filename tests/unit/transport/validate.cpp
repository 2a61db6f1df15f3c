#include <stentor/transport/validate.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

using namespace std::chrono_literals;
using stentor::kafka_config;
using stentor::problem;

namespace {

const std::string host = "localhost:9092";

std::vector<std::string> keys(const kafka_config& c) {
    std::vector<std::string> all;
    for (const problem& p : stentor::problems_of(c)) {
        all.push_back(p.key);
    }
    return all;
}
using names = std::vector<std::string>;

// The rule that one property breaks; empty if none.
std::string rule_of(std::string_view name, std::string_view value, bool may_run_code = false) {
    const auto all = stentor::problems_of(
        {.brokers = host, .allow_code_running_properties = may_run_code, .properties = {{std::string(name), std::string(value)}}});
    CHECK(std::ranges::all_of(all, [&](const problem& p) { return p.key == name; }));
    return all.empty() ? std::string{} : all.front().rule;
}
bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

kafka_config tls() { return {.brokers = host, .security_protocol = "ssl"}; }
kafka_config sasl(std::string mechanism) {
    return {.brokers = host,
            .security_protocol = "SASL_SSL",
            .sasl_mechanism = std::move(mechanism),
            .sasl_username = "u",
            .sasl_password = "p"};
}

constexpr const char* certificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
constexpr const char* key = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMII\n-----END ENCRYPTED PRIVATE KEY-----\n";

struct no_tokens : stentor::token_source {
    stentor::result<stentor::bearer_token> fetch() override { return stentor::error(stentor::errc::authentication); }
};

}  // namespace

TEST_CASE("a configuration with nothing but brokers is in order") {
    CHECK(stentor::problems_of({.brokers = host}).empty());
    CHECK(stentor::validate({.brokers = host}));
}

TEST_CASE("all that is wrong is told at once, and by validate as one error") {
    const kafka_config c{.brokers = "a:0,b:99999",
                         .acks = 7,
                         .linger = -1ms,
                         .batch_size = 0,
                         .topics = {{.name = ".."}},
                         .security_protocol = "tls",
                         .properties = {{"retry.backoff.ms", "5ms"}, {"partitioner", "random"}}};
    CHECK(keys(c) == names{"brokers", "brokers", "acks", "idempotence", "linger", "batch_size", "topics[0].name",
                           "security_protocol", "retry.backoff.ms", "partitioner"});
    const auto r = stentor::validate(c);
    REQUIRE_FALSE(r);
    CHECK(r.error() == stentor::errc::invalid_config);
    for (const std::string& name : keys(c)) {
        CHECK(has(r.error().cause, name + ": "));
    }
}

TEST_CASE("a client that is switched off has no problems") {
    CHECK(stentor::problems_of({.brokers = "", .acks = 7, .enabled = false}).empty());
}

TEST_CASE("a host name has letters, digits, dots, dashes and underscores") {
    for (const char* good : {"a", "my_kafka-0.kafka.svc:9092", "10.0.0.1:1", "bücher.example:9092", "[fe80::1%eth0]:9092"}) {
        CAPTURE(good);
        CHECK(keys({.brokers = good}).empty());
    }
    for (const char* bad : {"${HOST}:9092", "a;b", "a\\b:1", "a\x01:1", "a:1, b:2", "a:1,,b:2", "a:+1", "a: 1", "a:1 "}) {
        CAPTURE(bad);
        CHECK(keys({.brokers = bad}) == names{"brokers"});
    }
}

TEST_CASE("topics to be there are checked like those that are published to") {
    const auto of = [](stentor::topic_settings t) { return keys({.brokers = host, .topics = {std::move(t)}}); };
    CHECK(of({.name = "a.b_c-9", .partitions = 3, .replication = 2, .configs = {{"retention.ms", "1"}}}).empty());
    CHECK(of({.name = std::string(249, 'a')}).empty());
    for (const std::string& bad : {std::string{}, std::string("."), std::string(".."), std::string("a b"), std::string(250, 'a')}) {
        CAPTURE(bad);
        CHECK(of({.name = bad}) == names{"topics[0].name"});
    }
    CHECK(of({.name = "a", .partitions = 0}) == names{"topics[0].partitions"});
    CHECK(of({.name = "a", .replication = 0}) == names{"topics[0].replication"});
    CHECK(of({.name = "a", .replication = 40000}) == names{"topics[0].replication"});
    CHECK(of({.name = "a", .configs = {{"", "1"}}}) == names{"topics[0].configs"});
    CHECK(keys({.brokers = host, .topics = {{.name = "a"}, {.name = "a"}}}) == names{"topics[1].name"});
}

TEST_CASE("certificates and keys come by path or as text, not both, and together") {
    auto c = tls();
    c.ssl_ca_pem = certificate;
    c.ssl_certificate_pem = certificate;
    c.ssl_key_pem = key;
    c.ssl_key_password = "p";
    CHECK(keys(c).empty());
    c.ssl_ca_location = "/ca.pem";
    c.ssl_certificate_location = "/c.pem";
    c.ssl_key_location = "/k.pem";
    CHECK(keys(c) == names{"ssl_ca_pem", "ssl_certificate_pem", "ssl_key_pem"});

    c = tls();
    c.ssl_certificate_location = "/c.pem";
    CHECK(keys(c) == names{"ssl_key_location"});
    c.ssl_key_pem = key;
    CHECK(keys(c).empty());
    c.ssl_certificate_location.clear();
    CHECK(keys(c) == names{"ssl_certificate_location"});

    c = tls();
    c.ssl_ca_pem = "/etc/ssl/ca.pem";
    CHECK(keys(c) == names{"ssl_ca_pem"});
    c.ssl_ca_pem = key;
    CHECK(keys(c) == names{"ssl_ca_pem"});
    c = tls();
    c.ssl_key_password = "p";
    CHECK(keys(c) == names{"ssl_key_password"});
}

TEST_CASE("TLS settings need TLS, SASL settings need SASL") {
    CHECK(keys({.brokers = host, .ssl_ca_location = "/x"}) == names{"ssl_ca_location"});
    CHECK(keys({.brokers = host, .ssl_ca_pem = certificate}) == names{"ssl_ca_location"});
    CHECK(keys({.brokers = host, .sasl_password = "p"}) == names{"sasl_mechanism"});
    auto c = tls();
    c.sasl_username = "u";
    CHECK(keys(c) == names{"sasl_mechanism"});
}

TEST_CASE("hosts can only be verified when certificates are") {
    auto c = tls();
    c.ssl_verify_host = false;
    CHECK(keys(c).empty());
    c.ssl_verify_certificate = false;
    CHECK(keys(c).empty());
    c.ssl_verify_host = true;
    CHECK(keys(c) == names{"ssl_verify_host"});
}

TEST_CASE("a mechanism is taken in any case, and needs what it needs") {
    for (const char* mechanism : {"PLAIN", "plain", "scram-sha-256", "Scram-Sha-512", "GSSAPI"}) {
        CAPTURE(mechanism);
        CHECK(keys(sasl(mechanism)).empty());
    }
    CHECK(keys(sasl("")) == names{"sasl_mechanism"});
    CHECK(keys(sasl("MD5")) == names{"sasl_mechanism"});
    auto c = sasl("plain");
    c.sasl_password = {};
    CHECK(keys(c) == names{"sasl_password"});
    c.sasl_username.clear();
    CHECK(keys(c) == names{"sasl_username", "sasl_password"});
    c = sasl("gssapi");
    c.sasl_password = {};
    CHECK(keys(c).empty());
}

TEST_CASE("OAUTHBEARER needs a source of tokens, and nothing else does") {
    auto c = sasl("oauthbearer");
    CHECK(keys(c) == names{"tokens"});
    c.properties = {{"sasl.oauthbearer.method", "oidc"}};
    CHECK(keys(c).empty());
    c.properties.clear();
    c.tokens = std::make_shared<no_tokens>();
    CHECK(keys(c).empty());
    c.sasl_mechanism = "plain";
    CHECK(keys(c) == names{"tokens"});
    CHECK(c == c);
    auto other = c;
    other.tokens = std::make_shared<no_tokens>();
    CHECK(other != c);
}

TEST_CASE("a property's name must be one of librdkafka's") {
    CHECK(rule_of("retry.backoff.ms", "100").empty());
    CHECK(rule_of("retry.backof.ms", "100") == "is no setting of librdkafka; did you mean retry.backoff.ms?");
    CHECK(rule_of("my.own.thing", "100") == "is no setting of librdkafka");
    CHECK(rule_of("error_cb", "1") == "is no setting of librdkafka");
    CHECK(has(rule_of("group.id", "g"), "consumer"));
    CHECK(rule_of("linger.ms", "5") == "has a member of its own in kafka_config, linger: use that");
    CHECK(rule_of("ssl.key.pem", "x") == "has a member of its own in kafka_config, ssl_key_pem: use that");
    CHECK(rule_of("topic.acks", "0") == "has a member of its own in kafka_config, acks: use that");
    CHECK(rule_of("topic.metadata.refresh.interval.ms", "1000").empty());
    CHECK(keys({.brokers = host, .properties = {{"", "x"}}}) == names{"properties"});
    CHECK(keys({.brokers = host, .properties = {{std::string("a\0b", 3), "x"}}}) == names{"properties"});
    CHECK(keys({.brokers = host, .properties = {{"client.rack", "a"}, {"client.rack", "b"}}}) == names{"client.rack"});
}

TEST_CASE("a property's value must be of its kind") {
    CHECK(rule_of("retry.backoff.ms", "5ms") == "must be a whole number from 1 to 300000, in digits only");
    CHECK(has(rule_of("retry.backoff.ms", "0"), "from 1"));
    CHECK(has(rule_of("retry.backoff.ms", "1e4"), "whole number"));
    CHECK(has(rule_of("message.max.bytes", "4294968296"), "1000000000"));
    CHECK(rule_of("compression.level", "-1").empty());
    CHECK(rule_of("socket.keepalive.enable", "Yes").empty());
    CHECK(has(rule_of("socket.keepalive.enable", "sure"), "true or false"));
    CHECK(rule_of("broker.address.family", "v4").empty());
    CHECK(rule_of("broker.address.family", "v5") == "must be any, v4 or v6");
    CHECK(has(rule_of("client.rack", std::string_view("a\0b", 3)), "NUL"));
}

TEST_CASE("a property that runs code is refused unless that is allowed; what promises rest on is never taken") {
    for (const char* name :
         {"plugin.library.paths", "sasl.kerberos.kinit.cmd", "ssl.engine.location", "ssl.engine.id", "ssl.providers"}) {
        CAPTURE(name);
        CHECK(has(rule_of(name, "x"), "run code"));
        CHECK(rule_of(name, "x", true).empty());
    }
    CHECK(has(rule_of("partitioner", "random", true), "promises"));
    CHECK(has(rule_of("sasl.kerberos.principal", "x; reboot", true), "shell"));
    CHECK(has(rule_of("ut_handle_ProduceResponse", "1", true), "tests"));
}

TEST_CASE("a property that the version at hand lacks is refused with the version that has it") {
    const auto with = [](int version) {
        const kafka_config c{.brokers = host, .properties = {{"retry.backoff.max.ms", "100"}, {"brand.new.thing", "1"}}};
        stentor::detail::kafka::problems wrong;
        stentor::detail::kafka::check(c, version, wrong);
        return wrong;
    };
    const problem unknown{"brand.new.thing", "is no setting of librdkafka"};
    const problem lacking{"retry.backoff.max.ms", "is not known to this librdkafka, 2.0.2; version 2.3 has it"};
    CHECK(with(0x020002ff) == std::vector{lacking, unknown});
    CHECK(with(0x020300ff) == std::vector{unknown});
    CHECK(with(0x020e02ff) == std::vector{unknown});
    CHECK(with(0x021000ff).empty());  // newer than the table: librdkafka itself must say

    const auto debug = [](int version, const char* words) {
        stentor::detail::kafka::problems wrong;
        stentor::detail::kafka::check({.brokers = host, .properties = {{"debug", words}}}, version, wrong);
        return wrong;
    };
    const problem word{"debug", "telemetry is not known to this librdkafka, 2.0.2; version 2.5 has it"};
    CHECK(debug(0x020002ff, "broker, -Telemetry,eos") == std::vector{word});
    CHECK(debug(0x020002ff, "broker,eos").empty());
    CHECK(debug(0x020500ff, "telemetry").empty());
    CHECK(debug(0, "telemetry").empty());
}
