#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/detail/kafka/broker_list.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

// librdkafka takes "5ms", "1e4", port 99999 and acks=5 without a word, so what can be checked is checked here.

namespace stentor::inline v0::detail::kafka {

inline void check_duration(std::string_view name, nanoseconds value, nanoseconds least, nanoseconds most, std::string_view rule) {
    if (value < least || value > most) {
        refuse(name, rule);
    }
}

// Answers the protocol in small letters.
inline std::string_view check_security(const kafka_config& c) {
    constexpr std::array<std::string_view, 5> mechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"};
    std::string_view protocol = protocols[0];
    if (!c.security_protocol.empty()) {
        bool known = false;
        for (const std::string_view p : protocols) {
            if (same_ignoring_case(p, c.security_protocol)) {
                known = true;
                protocol = p;
            }
        }
        if (!known) {
            refuse("security_protocol", "must be plaintext, ssl, sasl_plaintext or sasl_ssl");
        }
    }
    const bool sasl = protocol.starts_with("sasl");
    const bool tls = protocol.ends_with("ssl");
    if (!sasl && !(c.sasl_mechanism.empty() && c.sasl_username.empty() && c.sasl_password.empty())) {
        refuse("sasl_mechanism", "SASL settings need security_protocol sasl_plaintext or sasl_ssl");
    }
    if (!tls && !(c.ssl_ca_location.empty() && c.ssl_certificate_location.empty() && c.ssl_key_location.empty() &&
                  c.ssl_key_password.empty())) {
        refuse("ssl_ca_location", "TLS settings need security_protocol ssl or sasl_ssl");
    }
    if (c.ssl_certificate_location.empty() != c.ssl_key_location.empty()) {
        refuse("ssl_certificate_location", "a client certificate needs both ssl_certificate_location and ssl_key_location");
    }
    if (!sasl) {
        return protocol;
    }
    bool known = false;
    for (const std::string_view m : mechanisms) {
        known = known || m == c.sasl_mechanism;
    }
    if (!known) {
        refuse("sasl_mechanism", "must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI or OAUTHBEARER, in capitals");
    }
    if ((c.sasl_mechanism == "PLAIN" || c.sasl_mechanism.starts_with("SCRAM")) &&
        (c.sasl_username.empty() || c.sasl_password.empty())) {
        refuse("sasl_username", "this sasl_mechanism needs sasl_username and sasl_password");
    }
    return protocol;
}

// Everything that can be said without librdkafka. Returns how many bootstrap brokers there are.
[[nodiscard]] inline std::size_t check(const kafka_config& c) {
    using std::chrono::hours;
    using std::chrono::seconds;
    if (c.client_id.find('\0') != std::string::npos) {
        refuse("client_id", "contains a NUL character");
    }
    check_duration("attempt_timeout", c.attempt_timeout, milliseconds(1), hours(24 * 24), "must be from 1 ms to 24 days");
    if (c.acks != kafka_config::all && c.acks != kafka_config::leader) {
        refuse("acks",
               c.acks == 0 ? "0 would leave every outcome unknown; use all (-1) or leader (1)" : "must be all (-1) or leader (1)");
    }
    if (c.idempotence && c.acks != kafka_config::all) {
        refuse("idempotence", "needs acks = all; with acks = leader set idempotence = false");
    }
    check_duration("linger", c.linger, nanoseconds(0), seconds(900), "must be from 0 to 900 s");
    if (c.linger >= c.attempt_timeout) {
        refuse("linger", "must be shorter than attempt_timeout");
    }
    if (c.batch_size < 1) {
        refuse("batch_size", "must be at least 1 byte");
    }
    if (c.batch_messages < 1 || c.batch_messages > 1'000'000) {
        refuse("batch_messages", "must be from 1 to 1,000,000");
    }
    if (c.compression > compression::zstd) {
        refuse("compression", "must be none, gzip, snappy, lz4 or zstd");
    }
    if (c.request_timeout != nanoseconds(0)) {
        check_duration("request_timeout", c.request_timeout, milliseconds(10), seconds(300), "must be from 10 ms to 300 s");
    }
    check_duration("connection_timeout", c.connection_timeout, seconds(1), hours(1), "must be from 1 s to 1 h");
    return check_brokers(c.brokers, check_security(c));
}

}  // namespace stentor::inline v0::detail::kafka
