// Connecting to a real broker: every listener, the cause of every failure, how soon.

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "support/listeners.hpp"

using namespace broker;
using stentor::errc;

namespace {

/// The error of connecting, and how long it took, the best of three: the machine may be busy.
struct refusal {
    stentor::error why;
    std::chrono::milliseconds took = 1h;

    explicit refusal(const kafka_config& config) {
        for (int i = 0; i < 3; ++i) {
            const auto began = clock_type::now();
            auto got = kafka_client::connect(config);
            took = std::min(took, std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - began));
            REQUIRE_FALSE(got);
            why = got.error();
        }
        WARN(stentor::to_string(why.condition()) << " after " << took.count() << " ms");
    }

    void check(errc code, std::string_view cause, std::string_view hint) const {
        INFO(why.message());
        CHECK(why.condition() == code);
        CHECK(why.cause.find(cause) != std::string::npos);
        CHECK(why.hint.find(hint) != std::string::npos);
        CHECK(took < 250ms);
    }
};
}  // namespace

TEST_CASE("connecting works on every listener") {
    const std::string topic = make_topic(kafka().brokers(), "connect");
    kafka_config mutual = tls("MUTUAL");
    mutual.ssl_certificate_location = kafka()["CERTIFICATE"];
    mutual.ssl_key_location = kafka()["KEY"];
    std::vector<std::pair<std::string, kafka_config>> all{{"PLAINTEXT", at("PLAINTEXT")},
                                                          {"TLS", tls("SSL")},
                                                          {"TLS with a client's certificate", mutual},
                                                          {"PLAIN", login("PLAIN")},
                                                          {"PLAIN over TLS", login_over_tls("PLAIN")}};
    if (good_scram) {
        all.emplace_back("SCRAM-SHA-256", login("SCRAM-SHA-256"));
        all.emplace_back("SCRAM-SHA-512 over TLS", login_over_tls("SCRAM-SHA-512"));
    }
    for (const auto& [name, config] : all) {
        INFO(name);
        const auto client = kafka_client::connect(config);
        REQUIRE(client);
        auto p = publisher(*client);
        CHECK(p.publish(note{"k"}, {.topic = topic}));
    }
}

TEST_CASE("what is wrong with a connection is said at once, with what to do") {
    refusal({.brokers = "127.0.0.1:1"}).check(errc::broker_unavailable, "Connection refused", "Nothing listens there");
    refusal({.brokers = "no.such.host.invalid:9092"}).check(errc::dns, "no.such.host.invalid", "resolver");
    refusal(tls("SSL", "OTHER_CA")).check(errc::tls, "certificate verify failed", "ssl_ca_location");
    refusal(tls("WRONG_HOST")).check(errc::tls, "it is for another host name", "as its certificate does");
    refusal(tls("MUTUAL")).check(errc::tls, "alert", "ssl_certificate_location");
    refusal(at("SSL")).check(errc::tls, "this port speaks TLS", "set security_protocol to ssl");
    kafka_config secure = tls("SSL");
    secure.brokers = kafka().brokers();
    refusal(secure).check(errc::tls, "a Kafka listener without TLS", "security_protocol to plaintext");
    secure.brokers = kafka()["SASL_PLAINTEXT"];
    refusal(secure).check(errc::tls, "a Kafka listener without TLS", "security_protocol to sasl_plaintext");
    secure.brokers = kafka()["SASL_SSL"];
    refusal(secure).check(errc::authentication, "", "This listener wants SASL: set security_protocol to sasl_ssl");
    refusal(at("SASL_PLAINTEXT"))
        .check(errc::authentication, "this listener wants SASL", "sasl_plaintext, sasl_mechanism (PLAIN, SCRAM-SHA-");
}

TEST_CASE("what is wrong with a login is said at once, with what to do") {
    kafka_config wrong = login("PLAIN");
    wrong.sasl_password = "canary";
    const refusal password(wrong);
    password.check(errc::authentication, "Invalid username or password", "sasl_password");
    CHECK(password.why.message().find("canary") == std::string::npos);
    kafka_config out_of_place = login("PLAIN");
    out_of_place.brokers = kafka().brokers();
    refusal(out_of_place).check(errc::authentication, "Request not valid in current SASL state", "wants no SASL");
    out_of_place.brokers = kafka()["SSL"];
    refusal(out_of_place).check(errc::tls, "this port speaks TLS", "sasl_ssl");
    if (!good_scram) {
        refusal(login("SCRAM-SHA-256")).check(errc::authentication, "SCRAM-SHA-256", "librdkafka 2.6.1");
    }
    refusal(login("PLAIN", "NOBODY", "NOBODY_PASSWORD")).check(errc::authorization, "CLUSTER_AUTHORIZATION_FAILED", "WRITE");
}

TEST_CASE("publishers that wait for a first connection end with what the listener wants") {
    kafka_config secure = tls("SSL");
    secure.brokers = kafka().brokers();
    kafka_config no_login = tls("SSL");
    no_login.brokers = kafka()["SASL_SSL"];
    kafka_config wrong = login("PLAIN");
    wrong.sasl_password = "canary";
    const std::vector<std::pair<kafka_config, errc>> all{{at("SASL_PLAINTEXT"), errc::authentication},
                                                         {no_login, errc::authentication},
                                                         {wrong, errc::authentication},
                                                         {at("SSL"), errc::tls},
                                                         {secure, errc::tls},
                                                         {tls("SSL", "OTHER_CA"), errc::tls}};
    for (const auto& [config, code] : all) {
        auto p = publisher(config);
        const auto began = clock_type::now();
        const auto r = p.publish(note{"k"}, {.deadline = 20s});
        REQUIRE_FALSE(r);
        INFO(r.error().message());
        CHECK(r.error() == code);
        WARN(stentor::to_string(code) << " after "
                                      << std::chrono::duration_cast<std::chrono::milliseconds>(clock_type::now() - began).count()
                                      << " ms");
        CHECK(clock_type::now() - began < 5s);
    }
}
