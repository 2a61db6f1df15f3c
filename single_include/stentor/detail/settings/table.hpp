// Made by single_include/generate.py from include/stentor/detail/settings/table.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <stentor/stentor.hpp>
#include <stentor/detail/settings/row.hpp>
#include <stentor/settings/value.hpp>

// All variables that are read, in the order in which they are shown. README.md and docs/settings.md show this table.

namespace stentor::inline v0::detail::env {

[[nodiscard]] inline bool read_brokers(const row&, reading& r, std::string_view value) {
    // "a:9092, b:9092": what is around a broker is no part of its name.
    std::string list;
    for (bool more = true; more;) {
        const auto comma = value.find(',');
        list.append(trimmed(value.substr(0, comma)));
        more = comma != std::string_view::npos;
        if (more) {
            list.push_back(',');
            value.remove_prefix(comma + 1);
        }
    }
    r.to.client.brokers = list;
    return true;
}

[[nodiscard]] inline bool read_acks(const row&, reading& r, std::string_view value) {
    const std::string_view word = read_choice(value, "all -1 leader 1");
    if (word.empty()) {
        r.rule = "must be all (or -1) or leader (or 1)";
        return false;
    }
    r.to.client.acks = word == "all" || word == "-1" ? kafka_config::all : kafka_config::leader;
    return true;
}

// librdkafka takes parts of a millisecond here.
[[nodiscard]] inline bool read_linger(const row&, reading& r, std::string_view value) {
    double ms = 0;
    const auto [end, failed] = std::from_chars(value.data(), value.data() + value.size(), ms, std::chars_format::fixed);
    if (!is_decimal(value) || failed != std::errc{} || end != value.data() + value.size() || ms > 900'000) {
        r.rule = "must be a number of milliseconds from 0 to 900000, as in 5 or 0.5";
        return false;
    }
    r.to.client.linger = nanoseconds(std::llround(ms * 1e6));
    return true;
}

inline constexpr std::string_view codecs = "none gzip snappy lz4 zstd";

[[nodiscard]] inline bool read_compression(const row&, reading& r, std::string_view value) {
    const std::string_view word = read_choice(value, codecs);
    if (word.empty()) {
        r.rule = choice_rule(codecs);
        return false;
    }
    const auto before = codecs.substr(0, static_cast<std::size_t>(word.data() - codecs.data()));
    r.to.client.compression = static_cast<compression>(std::ranges::count(before, ' '));
    return true;
}
[[nodiscard]] inline std::string show_compression(const settings& s) {
    std::string_view rest = codecs;
    for (auto n = static_cast<int>(s.client.compression); n > 0 && rest.find(' ') != std::string_view::npos; --n) {
        rest.remove_prefix(rest.find(' ') + 1);
    }
    return std::string(rest.substr(0, rest.find(' ')));
}

[[nodiscard]] inline bool read_protocol(const row&, reading& r, std::string_view value) {
    r.heard.protocol = read_choice(value, "plaintext ssl sasl_plaintext sasl_ssl");
    r.rule = "must be plaintext, ssl, sasl_plaintext or sasl_ssl";
    return !r.heard.protocol.empty();
}

[[nodiscard]] inline bool read_verify_host(const row&, reading& r, std::string_view value) {
    const std::string_view word = read_choice(value, "https none");
    r.to.client.ssl_verify_host = word == "https";
    r.rule = "must be https, or none for no verification of host names";
    return !word.empty();
}

// Counted without the first try, as the name says, and as the library of the document counts that has it.
[[nodiscard]] inline bool read_retries(const row& self, reading& r, std::string_view value) {
    const auto n = read_whole(value);
    if (!n || *n < self.least || *n > self.most) {
        r.rule = whole_rule(self.least, self.most).append("; the first try is not counted");
        return false;
    }
    r.to.retry.attempts = static_cast<std::uint32_t>(*n) + 1;
    return true;
}

[[nodiscard]] inline bool read_mechanism(const row&, reading& r, std::string_view value) {
    r.to.client.sasl_mechanism = value;  // whether it is one is checked where it is used
    return true;
}
[[nodiscard]] inline std::string show_mechanism(const settings& s) {
    const std::string_view known = kafka::mechanism_of(s.client);
    return known.empty() ? s.client.sasl_mechanism : std::string(known);
}

template <std::optional<bool> said::* Which>
[[nodiscard]] bool read_switch(const row&, reading& r, std::string_view value) {
    r.heard.*Which = read_boolean(value);
    r.rule = boolean_rule;
    return (r.heard.*Which).has_value();
}

[[nodiscard]] inline std::string show_tls(const settings& s) {
    return kafka::protocol_of(s.client).ends_with("ssl") ? "true" : "false";
}
[[nodiscard]] inline std::string show_sasl(const settings& s) {
    return kafka::protocol_of(s.client).starts_with("sasl") ? "true" : "false";
}

inline constexpr std::string_view task_manager = "task manager";
inline constexpr std::string_view event_bus = "event bus";
inline constexpr std::string_view both = "task manager, event bus";
inline constexpr std::string_view librdkafka = "librdkafka";
inline constexpr std::string_view own = "stentor";

inline constexpr std::int64_t day = 86'400'000;

inline constexpr auto rows = std::to_array<row>({
    {"KAFKA_ENABLED", "client.enabled", "", event_bus, &read_switch<&said::enabled>,
     [](const settings& s) { return std::string(s.client.enabled ? "true" : "false"); }},
    {"KAFKA_BROKERS KAFKA_BOOTSTRAP_SERVERS KAFKA_METADATA_BROKER_LIST", "client.brokers", "bootstrap.servers", both, &read_brokers,
     // With an '@' it is wrong, and what is before that may be a password.
     [](const settings& s) { return s.client.brokers.find('@') == std::string::npos ? s.client.brokers : "***"; }},
    text("KAFKA_CLIENT_ID", "client.client_id", "client.id", task_manager, [](auto& s) -> auto& { return s.client.client_id; }),
    time("KAFKA_CONNECTION_TIMEOUT KAFKA_SOCKET_CONNECTION_SETUP_TIMEOUT_MS", "client.connection_timeout",
         "socket.connection.setup.timeout.ms", both, 1000, 3'600'000, [](auto& s) -> auto& { return s.client.connection_timeout; }),
    time("KAFKA_REQUEST_TIMEOUT KAFKA_REQUEST_TIMEOUT_MS", "client.request_timeout", "request.timeout.ms", both, 10, 300'000,
         [](auto& s) -> auto& { return s.client.request_timeout; }),
    time("KAFKA_MESSAGE_TIMEOUT_MS KAFKA_DELIVERY_TIMEOUT_MS", "client.attempt_timeout", "message.timeout.ms", librdkafka, 1,
         24 * day, [](auto& s) -> auto& { return s.client.attempt_timeout; }),
    time("KAFKA_DEADLINE", "publisher.deadline", "", own, 1, day, [](auto& s) -> auto& { return s.publisher.deadline; }),

    {"KAFKA_SSL_ENABLED KAFKA_SSL KAFKA_TLS", "client.security_protocol", "security.protocol", both, &read_switch<&said::tls>,
     &show_tls},
    {"KAFKA_SASL_ENABLED", "client.security_protocol", "security.protocol", task_manager, &read_switch<&said::sasl>, &show_sasl},
    {"KAFKA_SECURITY_PROTOCOL", "client.security_protocol", "security.protocol", librdkafka, &read_protocol,
     [](const settings& s) { return std::string(kafka::protocol_of(s.client)); }},
    {"KAFKA_SASL_MECHANISM KAFKA_SASL_MECHANISMS", "client.sasl_mechanism", "sasl.mechanism", both, &read_mechanism,
     &show_mechanism},
    text("KAFKA_SASL_USERNAME", "client.sasl_username", "sasl.username", both,
         [](auto& s) -> auto& { return s.client.sasl_username; }),
    hidden("KAFKA_SASL_PASSWORD", "client.sasl_password", "sasl.password", both,
           [](auto& s) -> auto& { return s.client.sasl_password; }),
    text("KAFKA_SSL_CA_LOCATION", "client.ssl_ca_location", "ssl.ca.location", librdkafka,
         [](auto& s) -> auto& { return s.client.ssl_ca_location; }),
    pem("KAFKA_SSL_CA_PEM", "client.ssl_ca_pem", "ssl.ca.pem", [](auto& s) -> auto& { return s.client.ssl_ca_pem; }),
    text("KAFKA_SSL_CERTIFICATE_LOCATION", "client.ssl_certificate_location", "ssl.certificate.location", librdkafka,
         [](auto& s) -> auto& { return s.client.ssl_certificate_location; }),
    pem("KAFKA_SSL_CERTIFICATE_PEM", "client.ssl_certificate_pem", "ssl.certificate.pem",
        [](auto& s) -> auto& { return s.client.ssl_certificate_pem; }),
    text("KAFKA_SSL_KEY_LOCATION", "client.ssl_key_location", "ssl.key.location", librdkafka,
         [](auto& s) -> auto& { return s.client.ssl_key_location; }),
    pem("KAFKA_SSL_KEY_PEM", "client.ssl_key_pem", "ssl.key.pem", [](auto& s) -> auto& { return s.client.ssl_key_pem; }),
    hidden("KAFKA_SSL_KEY_PASSWORD", "client.ssl_key_password", "ssl.key.password", librdkafka,
           [](auto& s) -> auto& { return s.client.ssl_key_password; }),
    truth("KAFKA_ENABLE_SSL_CERTIFICATE_VERIFICATION", "client.ssl_verify_certificate", "enable.ssl.certificate.verification",
          librdkafka, [](auto& s) -> auto& { return s.client.ssl_verify_certificate; }),
    {"KAFKA_SSL_ENDPOINT_IDENTIFICATION_ALGORITHM", "client.ssl_verify_host", "ssl.endpoint.identification.algorithm", librdkafka,
     &read_verify_host, [](const settings& s) { return std::string(s.client.ssl_verify_host ? "https" : "none"); }},

    {"KAFKA_ACKS KAFKA_REQUEST_REQUIRED_ACKS", "client.acks", "acks", librdkafka, &read_acks,
     [](const settings& s) { return std::string(s.client.acks == kafka_config::all ? "all" : "leader"); }},
    truth("KAFKA_ENABLE_IDEMPOTENCE", "client.idempotence", "enable.idempotence", librdkafka,
          [](auto& s) -> auto& { return s.client.idempotence; }),
    {"KAFKA_LINGER_MS KAFKA_QUEUE_BUFFERING_MAX_MS", "client.linger", "linger.ms", librdkafka, &read_linger,
     [](const settings& s) { return show_time(s.client.linger); }},
    number("KAFKA_BATCH_SIZE", "client.batch_size", "batch.size", librdkafka, 1, 2'147'483'647,
           [](auto& s) -> auto& { return s.client.batch_size; }),
    number("KAFKA_BATCH_NUM_MESSAGES", "client.batch_messages", "batch.num.messages", librdkafka, 1, 1'000'000,
           [](auto& s) -> auto& { return s.client.batch_messages; }),
    {"KAFKA_COMPRESSION_TYPE KAFKA_COMPRESSION_CODEC", "client.compression", "compression.type", librdkafka, &read_compression,
     &show_compression},
    truth("KAFKA_ALLOW_AUTO_CREATE_TOPICS", "client.create_topics", "allow.auto.create.topics", librdkafka,
          [](auto& s) -> auto& { return s.client.create_topics; }),

    {"KAFKA_MAX_RETRY_ATTEMPTS", "retry.attempts", "", task_manager, &read_retries,
     [](const settings& s) { return std::to_string(s.retry.attempts == 0 ? 0 : s.retry.attempts - 1); }, 0, 1000},
    time("KAFKA_RETRY_BACKOFF", "retry.initial", "", task_manager, 0, day, [](auto& s) -> auto& { return s.retry.initial; }),
    time("KAFKA_RETRY_MAX_BACKOFF", "retry.max", "", own, 0, day, [](auto& s) -> auto& { return s.retry.max; }),
    number("KAFKA_BREAKER_FAILURES", "breaker.failures", "", own, 0, 1'000'000,
           [](auto& s) -> auto& { return s.breaker.failures; }),
    number("KAFKA_BREAKER_SUCCESSES", "breaker.successes", "", own, 1, 1'000'000,
           [](auto& s) -> auto& { return s.breaker.successes; }),
    time("KAFKA_BREAKER_OPEN_FOR", "breaker.open_for", "", own, 0, day, [](auto& s) -> auto& { return s.breaker.open_for; }),
    time("KAFKA_BREAKER_MAX_OPEN_FOR", "breaker.max_open_for", "", own, 0, day,
         [](auto& s) -> auto& { return s.breaker.max_open_for; }),

    text("KAFKA_DLQ_TOPIC", "dead_letter_topic", "", event_bus, [](auto& s) -> auto& { return s.dead_letter_topic; }),
    truth("KAFKA_VALIDATE_ON_STARTUP", "validate_on_startup", "", event_bus,
          [](auto& s) -> auto& { return s.validate_on_startup; }),
    truth("HEALTH_INCLUDE_KAFKA", "health", "", event_bus, [](auto& s) -> auto& { return s.health; }),
    number("OUTBOX_BATCH_SIZE", "outbox_batch", "", event_bus, 1, 1'000'000, [](auto& s) -> auto& { return s.outbox_batch; }),

    text("KAFKA_GROUP_ID", "consumer.group_id", "group.id", task_manager, [](auto& s) -> auto& { return s.consumer.group_id; }),
    time("KAFKA_SESSION_TIMEOUT KAFKA_SESSION_TIMEOUT_MS", "consumer.session_timeout", "session.timeout.ms", task_manager, 1,
         3'600'000, [](auto& s) -> auto& { return s.consumer.session_timeout; }),
    time("KAFKA_HEARTBEAT_INTERVAL KAFKA_HEARTBEAT_INTERVAL_MS", "consumer.heartbeat_interval", "heartbeat.interval.ms",
         task_manager, 1, 3'600'000, [](auto& s) -> auto& { return s.consumer.heartbeat_interval; }),
});

// Calls `each(name)` for the names of a row.
template <class Each>
constexpr void for_each_name(std::string_view names, Each&& each) {
    while (!names.empty()) {
        const auto blank = names.find(' ');
        each(names.substr(0, blank));
        names.remove_prefix(blank == std::string_view::npos ? names.size() : blank + 1);
    }
}

[[nodiscard]] constexpr std::string_view first_name(const row& r) noexcept { return r.names.substr(0, r.names.find(' ')); }

// How Confluent's images spell a setting of librdkafka's: KAFKA_ before it, _ for a dot, __ for an underscore.
[[nodiscard]] inline std::string property_name(std::string_view variable) {
    std::string name;
    variable.remove_prefix(6);
    for (std::size_t i = 0; i < variable.size(); ++i) {
        if (variable[i] != '_') {
            name.push_back(lower(variable[i]));
        } else if (i + 1 < variable.size() && variable[i + 1] == '_') {
            name.push_back('_');
            ++i;
        } else {
            name.push_back('.');
        }
    }
    return name;
}
[[nodiscard]] inline std::string variable_name(std::string_view property) {
    std::string name = "KAFKA_";
    for (const char c : property) {
        name.append(c == '.' ? "_" : c == '_' ? "__" : std::string(1, upper(c)));
    }
    return name;
}

}  // namespace stentor::inline v0::detail::env
