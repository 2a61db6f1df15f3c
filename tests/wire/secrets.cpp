// A canary in every place that can hold a secret: it is in no text that this library makes or passes on, and nothing is printed.
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>

#include <stentor/log.hpp>
#include <stentor/settings.hpp>
#include <stentor/testing/recording_sink.hpp>
#include <stentor/testing/recording_tracer.hpp>

#include "notes.hpp"
#include "prints.hpp"

using namespace std::chrono_literals;
using stentor::kafka_config;
using stentor::settings;
using wire::prints;
namespace kafka = stentor::detail::kafka;

namespace {

// With what texts are quoted, cut or matched by; a part of it is as bad as all.
const std::string canary = "cAn4ry,\"=%s\\:;cAn4ry";
constexpr std::string_view sign = "cAn4ry";
const std::string pem = "-----BEGIN PRIVATE KEY-----\ncAn4ryMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----\n";

bool leaks(std::string_view text) { return text.find(sign) != std::string_view::npos; }

// Each with a secret in another place, all of them wrong or unreachable.
std::vector<kafka_config> configurations(const std::string& brokers) {
    std::vector<kafka_config> all;
    const kafka_config base{.brokers = brokers, .attempt_timeout = 300ms, .properties = {{"debug", "all"}}};
    for (const char* protocol : {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl", "nonsense"}) {
        for (const char* mechanism : {"PLAIN", "scram-sha-256", "SCRAM-SHA-512", "OAUTHBEARER", "nonsense"}) {
            kafka_config c = base;
            c.security_protocol = protocol;
            c.sasl_mechanism = mechanism;
            c.sasl_username = "bob";
            c.sasl_password = canary;
            all.push_back(c);
        }
        kafka_config c = base;
        c.security_protocol = protocol;
        c.ssl_key_password = canary;
        all.push_back(c);
        c.ssl_key_location = "/no/such/key";
        all.push_back(c);
        c.ssl_key_location.clear();
        c.ssl_key_pem = pem;
        all.push_back(c);
        c.ssl_key_pem = canary;
        all.push_back(c);
        c.ssl_key_pem = pem;
        c.ssl_certificate_pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
        all.push_back(c);
    }
    // What is refused for another reason than its place.
    kafka_config cut = base;
    cut.sasl_password = canary + std::string(1, '\0');
    cut.ssl_key_password = cut.sasl_password;
    cut.ssl_key_pem = cut.sasl_password;
    all.push_back(cut);
    for (const kafka::property& p : kafka::properties) {
        if (kafka::is_secret(p.name)) {
            for (const std::string& value : std::vector{canary, "principal=" + canary, canary + std::string(1, '\0')}) {
                kafka_config c = base;
                c.properties.emplace_back(p.name, value);
                all.push_back(c);
                c.security_protocol = "sasl_plaintext";
                c.sasl_mechanism = "OAUTHBEARER";
                c.properties.emplace_back("enable.sasl.oauthbearer.unsecure.jwt", "true");
                all.push_back(c);
            }
        }
    }
    return all;
}

// All that librdkafka itself says in that time, at its most talkative.
std::string words_of_librdkafka(const kafka_config& c, std::chrono::milliseconds time) {
    std::string all;
    std::array<char, 512> why{};
    kafka::conf_builder b = kafka::make_conf(c);
    rd_kafka_conf_t* const conf = b.take().release();
    rd_kafka_t* const client = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
    if (client == nullptr) {
        // Left alone: before 2.13 a conf that was refused may be half gone.
        static auto* const refused = new std::vector<rd_kafka_conf_t*>;
        refused->push_back(conf);
        return why.data();
    }
    ::rd_kafka_set_log_queue(client, nullptr);
    rd_kafka_queue_t* const queue = ::rd_kafka_queue_get_main(client);
    const auto until = wire::clock_type::now() + time;
    while (wire::clock_type::now() < until) {
        rd_kafka_event_t* const event = ::rd_kafka_queue_poll(queue, 10);
        const char* facility = nullptr;
        const char* text = nullptr;
        int level = 0;
        if (event != nullptr && ::rd_kafka_event_log(event, &facility, &text, &level) == 0) {
            all.append(text).push_back('\n');
        } else if (event != nullptr && ::rd_kafka_event_type(event) == RD_KAFKA_EVENT_ERROR) {
            all.append(::rd_kafka_event_error_string(event)).push_back('\n');
        }
        ::rd_kafka_event_destroy(event);
    }
    ::rd_kafka_queue_destroy(queue);
    ::rd_kafka_destroy(client);
    return all;
}

}  // namespace

TEST_CASE("no secret of a configuration is in what is wrong with it, with or without librdkafka") {
    prints printed;
    std::string all;
    for (const kafka_config& c : configurations("127.0.0.1:9")) {
        for (const stentor::problem& p : stentor::problems_of(c)) {
            all.append(p.key).append(": ").append(p.rule).push_back('\n');
        }
        if (const auto r = stentor::validate(c); !r) {
            all.append(r.error().message()).push_back('\n');
        }
        try {
            const stentor::kafka_transport t{c};
        } catch (const stentor::publish_failure& e) {
            all.append(e.what()).append(e.error().cause).append(e.error().hint).push_back('\n');
        }
        std::ostringstream out;
        out << c.sasl_password << c.ssl_key_password << c.ssl_key_pem;
        all.append(out.str());
    }
    const std::string from_the_process = printed.stop();
    CHECK(all.size() > 1000);
    CHECK_FALSE(leaks(all));
    CHECK_FALSE(leaks(from_the_process));
}

TEST_CASE(
    "no secret is in what a publisher says of brokers that refuse or are not there, nor in what its tracer is told, nor in its "
    "log, "
    "with all that librdkafka has to say") {
    const stentor::mock_cluster cluster;
    const stentor::recording_sink log;
    prints printed;
    std::string all;
    std::size_t published = 0;
    for (const std::string& brokers : std::vector{cluster.bootstrap(), std::string("127.0.0.1:9")}) {
        for (const kafka_config& c : configurations(brokers)) {
            // One configuration of each kind is enough where a clock runs.
            if (!stentor::validate(c) || published > 12 || c.properties.size() > 2) {
                continue;
            }
            try {
                stentor::recording_tracer seen;
                const stentor::recording_tracer kept = seen;
                stentor::log_tracer logging{log,
                                            {.level = stentor::log_level::debug, .correlation_header = "x-id", .interval = 0s}};
                auto p = wire::publisher(c, stentor::tracer_chain{seen, logging}, stentor::publisher_options{.deadline = 150ms});
                ++published;
                const auto r = p.publish(wire::note{canary, canary}, {.headers = {{"authorization", canary}, {"x-id", "c-1"}}});
                if (!r) {
                    all.append(r.error().message()).append(r.error().cause).append(r.error().hint).push_back('\n');
                }
                for (const auto& entry : kept.entries()) {
                    all.append(entry.cause).push_back('\n');
                }
            } catch (const stentor::publish_failure& e) {
                all.append(e.what());
            }
        }
    }
    const std::string from_the_process = printed.stop();
    CHECK(published > 4);
    CHECK(all.size() > 200);
    CHECK_FALSE(leaks(all));
    std::size_t lines_of_librdkafka = 0;
    std::size_t lines_with_the_id = 0;
    for (const std::string& line : log.lines()) {
        INFO(line);
        CHECK_FALSE(leaks(line));
        const auto o = boost::json::parse(line).as_object();
        lines_of_librdkafka += o.at("event") == "client_log" ? 1U : 0U;
        lines_with_the_id += o.contains("correlation_id") && o.at("correlation_id") == "c-1" ? 1U : 0U;
    }
    CHECK(lines_of_librdkafka > 100);
    CHECK(lines_with_the_id >= published);
    CHECK_FALSE(leaks(from_the_process));
}

TEST_CASE("librdkafka itself says no secret, with all of its debug lines") {
    const stentor::mock_cluster cluster;
    prints printed;
    std::string all;
    for (const char* mechanism : {"PLAIN", "SCRAM-SHA-256", "OAUTHBEARER"}) {
        kafka_config c{.brokers = cluster.bootstrap(),
                       .security_protocol = "sasl_plaintext",
                       .sasl_mechanism = mechanism,
                       .sasl_username = "bob",
                       .sasl_password = canary,
                       .properties = {{"debug", "all"}}};
        if (c.sasl_mechanism == "OAUTHBEARER") {
            c.properties.emplace_back("enable.sasl.oauthbearer.unsecure.jwt", "true");
            c.properties.emplace_back("sasl.oauthbearer.config", "principal=bob extension_" + std::string(sign) + "=x");
        }
        const std::string words = words_of_librdkafka(c, 200ms);
        CAPTURE(mechanism, words);
        CHECK(words.size() > 500);
        CHECK_FALSE(leaks(words));
    }
    kafka_config c{.brokers = cluster.bootstrap(), .security_protocol = "ssl", .properties = {{"debug", "all"}}};
    c.ssl_certificate_pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
    c.ssl_key_pem = pem;
    c.ssl_key_password = canary;
    CHECK_FALSE(leaks(words_of_librdkafka(c, 0ms)));
    CHECK_FALSE(leaks(printed.stop()));
}

TEST_CASE("no secret of an environment is in problems, notes or what is shown") {
    std::string all;
    const auto look = [&](const stentor::environment& variables) {
        const auto report = settings::examine(variables);
        std::ostringstream out;
        out << report.value;
        all.append(out.str());
        for (const auto& s : report.value.show()) {
            all.append(s.variable).append(s.field).append(s.property).append(s.value).append(s.source).push_back('\n');
        }
        for (const stentor::problem& p : report.problems) {
            all.append(p.key).append(": ").append(p.rule).push_back('\n');
        }
        for (const std::string& note : report.value.notes) {
            all.append(note).push_back('\n');
        }
        for (const auto& other : report.value.ignored) {
            all.append(other.name).append(other.meant).push_back('\n');
        }
        if (const auto r = settings::from(variables); !r) {
            all.append(r.error().message()).push_back('\n');
        }
    };
    for (const char* more : {"KAFKA_SSL", "KAFKA_SASL_ENABLED", "KAFKA_ENABLED", "KAFKA_NONSENSE"}) {
        for (const char* value : {"true", "false", "maybe"}) {
            for (const kafka::property& p : kafka::properties) {
                if (kafka::is_secret(p.name)) {
                    const std::string name = stentor::detail::env::variable_name(p.name);
                    for (const std::string& secret : std::vector{canary, pem, canary + std::string(1, '\0')}) {
                        look({{more, value}, {name, secret}});
                        look({{more, value}, {name, secret}, {"KAFKA_BROKERS", "a:9094"}, {"KAFKA_SASL_USERNAME", "u"}});
                    }
                }
            }
        }
    }
    CHECK(all.size() > 1000);
    CHECK_FALSE(leaks(all));
}

TEST_CASE("a secret in the wrong variable is not in the problem either") {
    for (const stentor::detail::env::row& r : stentor::detail::env::rows) {
        stentor::detail::env::for_each_name(r.names, [](std::string_view name) {
            // A broker is quoted, because a list has several; it is no place where anybody keeps a password without an '@'.
            if (name == "KAFKA_BROKERS" || name == "KAFKA_BOOTSTRAP_SERVERS" || name == "KAFKA_METADATA_BROKER_LIST") {
                return;
            }
            CAPTURE(name);
            const auto found = settings::from({{name, canary}, {"KAFKA_SSL_KEY_LOCATION", "/k"}});
            CHECK((found || !leaks(found.error().message())));
        });
    }
    const auto user = settings::from({{"KAFKA_BROKERS", "bob:cAn4ry@a:1,b:1"}});
    CHECK((!user && !leaks(user.error().message())));
}

TEST_CASE("what librdkafka says is passed on without the secrets of that configuration") {
    kafka_config c{.ssl_key_pem = pem, .ssl_key_password = canary, .sasl_password = "hunter2hunter2"};
    c.properties = {{"ssl.keystore.password", "keystore-secret"}, {"client.rack", "rack-1"}};
    CHECK(kafka::scrubbed("a " + canary + " b hunter2hunter2 " + pem + " keystore-secret rack-1", c) ==
          "a *** b *** *** *** rack-1");
    CHECK_FALSE(leaks(kafka::scrubbed(canary + canary + pem, c)));
    CHECK(kafka::scrubbed("rack-1", c) == "rack-1");
    c.sasl_password = "abc";
    CHECK(kafka::scrubbed("abc", c) == "abc");
}
