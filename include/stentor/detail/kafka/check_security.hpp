#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/ascii.hpp>
#include <stentor/detail/kafka/broker_list.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

// TLS and SASL: what must be given together, and what must not. No value is repeated.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::array<std::string_view, 5> mechanisms{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI", "OAUTHBEARER"};

// As librdkafka spells it; plaintext, when nothing is said or it is none of them.
[[nodiscard]] inline std::string_view protocol_of(const kafka_config& c) noexcept {
    for (const std::string_view p : protocols) {
        if (same_ignoring_case(p, c.security_protocol)) {
            return p;
        }
    }
    return protocols[0];
}

// As the brokers spell it; empty when it is none of them.
[[nodiscard]] inline std::string_view mechanism_of(const kafka_config& c) noexcept {
    for (const std::string_view m : mechanisms) {
        if (same_ignoring_case(m, c.sasl_mechanism)) {
            return m;
        }
    }
    return {};
}

// Where a text is cut short at a NUL, a part of it would be used.
inline void check_text(const kafka_config& c, problems& wrong) {
    const auto look = [&](std::string_view name, const std::string& text) {
        if (text.find('\0') != std::string::npos) {
            complain(wrong, name, "contains a NUL character");
        }
    };
    look("client_id", c.client_id);
    look("security_protocol", c.security_protocol);
    look("ssl_ca_location", c.ssl_ca_location);
    look("ssl_ca_pem", c.ssl_ca_pem);
    look("ssl_certificate_location", c.ssl_certificate_location);
    look("ssl_certificate_pem", c.ssl_certificate_pem);
    look("ssl_key_location", c.ssl_key_location);
    look("ssl_key_pem", c.ssl_key_pem.reveal());
    look("ssl_key_password", c.ssl_key_password.reveal());
    look("sasl_mechanism", c.sasl_mechanism);
    look("sasl_username", c.sasl_username);
    look("sasl_password", c.sasl_password.reveal());
}

inline void check_pem(std::string_view name, std::string_view path_name, std::string_view pem, bool path_given, std::string_view of,
                      problems& wrong) {
    if (pem.empty()) {
        return;
    }
    if (path_given) {
        complain(wrong, name, std::string("give it or ").append(path_name).append(", not both"));
    }
    const auto begin = pem.find("-----BEGIN ");
    if (begin == std::string_view::npos || pem.find(of, begin) == std::string_view::npos ||
        pem.find("-----END ", begin) == std::string_view::npos) {
        complain(wrong, name,
                 std::string("is no PEM text of a ").append(of == "CERTIFICATE-----" ? "certificate" : "private key") +
                     ", from -----BEGIN to -----END; the path of a file belongs into " + std::string(path_name));
    }
}

inline void check_tls(const kafka_config& c, bool tls, problems& wrong) {
    const bool certificate = !c.ssl_certificate_location.empty() || !c.ssl_certificate_pem.empty();
    const bool key = !c.ssl_key_location.empty() || !c.ssl_key_pem.empty();
    if (!tls && (certificate || key || !c.ssl_ca_location.empty() || !c.ssl_ca_pem.empty() || !c.ssl_key_password.empty())) {
        const bool ca = !c.ssl_ca_location.empty() || !c.ssl_ca_pem.empty();
        complain(wrong, ca ? "ssl_ca_location" : "ssl_certificate_location", "TLS settings need security_protocol ssl or sasl_ssl");
    }
    check_pem("ssl_ca_pem", "ssl_ca_location", c.ssl_ca_pem, !c.ssl_ca_location.empty(), "CERTIFICATE-----", wrong);
    check_pem("ssl_certificate_pem", "ssl_certificate_location", c.ssl_certificate_pem, !c.ssl_certificate_location.empty(),
              "CERTIFICATE-----", wrong);
    check_pem("ssl_key_pem", "ssl_key_location", c.ssl_key_pem.reveal(), !c.ssl_key_location.empty(), "PRIVATE KEY-----", wrong);
    if (certificate != key) {
        complain(wrong, certificate ? "ssl_key_location" : "ssl_certificate_location",
                 "a client certificate needs both ssl_certificate_location and ssl_key_location, or their texts as "
                 "ssl_certificate_pem and ssl_key_pem");
    }
    if (!c.ssl_key_password.empty() && !key && tls) {
        complain(wrong, "ssl_key_password", "there is no ssl_key_location or ssl_key_pem that it could open");
    }
    if (!c.ssl_verify_certificate && c.ssl_verify_host) {
        complain(wrong, "ssl_verify_host", "means nothing when certificates are not verified: set it to false, too");
    }
}

inline void check_sasl(const kafka_config& c, bool sasl, problems& wrong) {
    if (!sasl) {
        if (!c.sasl_mechanism.empty() || !c.sasl_username.empty() || !c.sasl_password.empty() || c.tokens) {
            complain(wrong, "sasl_mechanism", "SASL settings need security_protocol sasl_plaintext or sasl_ssl");
        }
        return;
    }
    const std::string_view mechanism = mechanism_of(c);
    if (mechanism.empty()) {
        complain(wrong, "sasl_mechanism", "must be PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI or OAUTHBEARER");
        return;
    }
    if (mechanism == "PLAIN" || mechanism.starts_with("SCRAM")) {
        if (c.sasl_username.empty()) {
            complain(wrong, "sasl_username", "this sasl_mechanism needs sasl_username and sasl_password");
        }
        if (c.sasl_password.empty()) {
            complain(wrong, "sasl_password", "this sasl_mechanism needs sasl_username and sasl_password");
        }
    }
    bool gets_its_own = false;
    for (const auto& [name, value] : c.properties) {
        gets_its_own = gets_its_own || name == "sasl.oauthbearer.method" || name == "enable.sasl.oauthbearer.unsecure.jwt" ||
                       name == "sasl.oauthbearer.metadata.authentication.type";
    }
    if (mechanism == "OAUTHBEARER" && !c.tokens && !gets_its_own) {
        complain(wrong, "tokens", "OAUTHBEARER needs a token_source, or sasl.oauthbearer.method = oidc among the properties");
    }
    if (mechanism != "OAUTHBEARER" && c.tokens) {
        complain(wrong, "tokens", "a token_source is for the mechanism OAUTHBEARER only");
    }
}

inline void check_security(const kafka_config& c, problems& wrong) {
    const std::string_view protocol = protocol_of(c);
    if (!c.security_protocol.empty() && !same_ignoring_case(protocol, c.security_protocol)) {
        complain(wrong, "security_protocol", "must be plaintext, ssl, sasl_plaintext or sasl_ssl");
        return;  // whether the rest goes with it, nobody knows
    }
    check_tls(c, protocol.ends_with("ssl"), wrong);
    check_sasl(c, protocol.starts_with("sasl"), wrong);
}

}  // namespace stentor::inline v0::detail::kafka
