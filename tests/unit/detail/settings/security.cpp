#include <stentor/detail/settings/security.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/settings.hpp>

using stentor::environment;
using stentor::settings;

namespace {

// What comes of it: the protocol, or the variable that is wrong.
std::string protocol(const environment& variables) {
    const auto report = settings::examine(variables);
    return report.problems.empty() ? report.value.client.security_protocol : report.problems.front().key;
}
bool noted(const environment& variables, std::string_view part) {
    const settings s = settings::examine(variables).value;
    return std::ranges::any_of(s.notes, [&](const std::string& n) { return n.find(part) != std::string::npos; });
}

}  // namespace

TEST_CASE("TLS and SASL are switched on and off by themselves") {
    CHECK(protocol({}) == "plaintext");
    for (const char* name : {"KAFKA_SSL", "KAFKA_TLS", "KAFKA_SSL_ENABLED"}) {
        CAPTURE(name);
        CHECK(protocol({{name, "true"}}) == "ssl");
        CHECK(protocol({{name, "false"}}) == "plaintext");
    }
    CHECK(protocol({{"KAFKA_SASL_ENABLED", "true"}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}}) ==
          "sasl_plaintext");
    CHECK(protocol(
              {{"KAFKA_SASL_ENABLED", "true"}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}, {"KAFKA_SSL", "1"}}) ==
          "sasl_ssl");
}

TEST_CASE("credentials switch SASL on where nobody has said, and PLAIN is the mechanism where none is") {
    const environment e{{"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}};
    CHECK(protocol(e) == "sasl_plaintext");
    CHECK(settings::examine(e).value.client.sasl_mechanism == "PLAIN");
    CHECK(noted(e, "PLAIN is used"));
    CHECK(noted(e, "in clear text"));
    CHECK_FALSE(noted({{"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}, {"KAFKA_SSL", "1"}}, "in clear text"));
    CHECK_FALSE(noted({{"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}, {"KAFKA_SASL_MECHANISM", "SCRAM-SHA-512"}},
                      "in clear text"));
}

TEST_CASE("KAFKA_SASL_ENABLED=false wins over credentials, which are then forgotten") {
    const environment e{
        {"KAFKA_SASL_ENABLED", "false"}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}, {"KAFKA_SASL_MECHANISM", "x"}};
    CHECK(protocol(e) == "plaintext");
    CHECK(noted(e, "the SASL credentials are not used"));
    CHECK(settings::examine(e).value.client.sasl_password.empty());
}

TEST_CASE("it also wins where KAFKA_SECURITY_PROTOCOL says the same") {
    const environment e{{"KAFKA_SECURITY_PROTOCOL", "plaintext"},
                        {"KAFKA_SASL_ENABLED", "false"},
                        {"KAFKA_SASL_USERNAME", "u"},
                        {"KAFKA_SASL_PASSWORD", "p"}};
    CHECK(protocol(e) == "plaintext");
    CHECK(noted(e, "the SASL credentials are not used"));
    CHECK(settings::examine(e).value.client.sasl_password.empty());
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "plaintext"}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}}) ==
          "KAFKA_SASL_MECHANISM");
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "sasl_ssl"},
                    {"KAFKA_SASL_ENABLED", "false"},
                    {"KAFKA_SASL_USERNAME", "u"},
                    {"KAFKA_SASL_PASSWORD", "p"}}) == "KAFKA_SASL_ENABLED");
}

TEST_CASE("a mechanism that waits for a password does not switch SASL on alone, and that is noted") {
    for (const char* mechanism : {"plain", "PLAIN", "scram-sha-512"}) {
        CAPTURE(mechanism);
        const environment e{{"KAFKA_SASL_MECHANISM", mechanism}};
        CHECK(protocol(e) == "plaintext");
        CHECK(noted(e, "KAFKA_SASL_MECHANISM alone does not switch SASL on"));
        CHECK(settings::examine(e).value.client.sasl_mechanism.empty());
        CHECK(protocol({{"KAFKA_SASL_MECHANISM", mechanism}, {"KAFKA_SSL", "1"}}) == "ssl");
        CHECK(protocol({{"KAFKA_SASL_MECHANISM", mechanism}, {"KAFKA_SECURITY_PROTOCOL", "plaintext"}}) == "plaintext");
        CHECK(protocol({{"KAFKA_SASL_MECHANISM", mechanism}, {"KAFKA_SASL_ENABLED", "true"}}) == "KAFKA_SASL_USERNAME");
        CHECK(protocol({{"KAFKA_SASL_MECHANISM", mechanism}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}}) ==
              "sasl_plaintext");
    }
    CHECK(noted({{"KAFKA_SASL_MECHANISMS", "PLAIN"}}, "KAFKA_SASL_MECHANISMS alone"));
    CHECK(protocol({{"KAFKA_SASL_MECHANISM", "GSSAPI"}}) == "sasl_plaintext");  // needs none
    settings own;
    own.client.sasl_mechanism = "SCRAM-SHA-256";
    CHECK(settings::from({}, own)->client.security_protocol == "plaintext");
    const environment credentials{{"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}};
    CHECK(settings::from(credentials, own)->client.security_protocol == "sasl_plaintext");
    CHECK(settings::from(credentials, own)->client.sasl_mechanism == "SCRAM-SHA-256");
}

TEST_CASE("TLS is inferred when all brokers have port 9094 and nobody has said, and that is noted") {
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094,b:9094"}}) == "ssl");
    CHECK(noted({{"KAFKA_BROKERS", "a:9094"}}, "TLS is used, because"));
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094"}, {"KAFKA_SASL_USERNAME", "u"}, {"KAFKA_SASL_PASSWORD", "p"}}) == "sasl_ssl");
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094"}, {"KAFKA_SSL_CA_LOCATION", "/ca.pem"}}) == "ssl");
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094,b:9092"}}) == "plaintext");
    CHECK(protocol({{"KAFKA_BROKERS", "a:9092,b:9094"}}) == "plaintext");
    CHECK(noted({{"KAFKA_BROKERS", "a:9094,b:9092"}}, "only some of the brokers"));
    CHECK(protocol({{"KAFKA_BROKERS", "a:19094"}}) == "plaintext");
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094"}, {"KAFKA_TLS", "false"}}) == "plaintext");
    CHECK(protocol({{"KAFKA_BROKERS", "a:9094"}, {"KAFKA_SECURITY_PROTOCOL", "plaintext"}}) == "plaintext");
    CHECK_FALSE(noted({{"KAFKA_BROKERS", "a:9094"}, {"KAFKA_TLS", "true"}}, "9094"));
    settings own;
    own.client.brokers = "a:9094";
    own.client.security_protocol = "plaintext";
    CHECK(settings::from({}, own)->client.security_protocol == "plaintext");
}

TEST_CASE("KAFKA_SECURITY_PROTOCOL says both, and must not be contradicted") {
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "SSL"}}) == "ssl");
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "SSL"}, {"KAFKA_TLS", "true"}}) == "ssl");
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "SSL"}, {"KAFKA_TLS", "false"}}) == "KAFKA_TLS");
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "plaintext"}, {"KAFKA_SSL", "true"}}) == "KAFKA_SSL");
    CHECK(protocol({{"KAFKA_SECURITY_PROTOCOL", "ssl"}, {"KAFKA_SASL_ENABLED", "true"}}) == "KAFKA_SASL_ENABLED");
}
