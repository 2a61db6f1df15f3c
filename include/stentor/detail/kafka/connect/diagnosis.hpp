#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/detail/failure_class.hpp>
#include <stentor/detail/kafka/words.hpp>
#include <stentor/error.hpp>
#include <stentor/version.hpp>

// What a failed connection means and what to do about it, from librdkafka's code and words. The words decide, because its versions
// give different codes for the same thing, and one of them different codes from one try to the next.

namespace stentor::inline v0::detail::kafka {

// What is known beforehand of a client's way to its brokers.
struct security {
    bool tls = false;
    bool sasl = false;
    std::string mechanism{};
    int family = 0;          // AF_… of the addresses that are tried; 0: any
    bool old_scram = false;  // Apache Kafka 4 refuses this librdkafka's SCRAM
    bool proven = false;     // brokers have answered with these settings: who hangs up now has another reason
};

struct diagnosis {
    // What only a look at the port itself can settle: librdkafka has seen no more than a hang-up.
    enum class doubt : std::uint8_t {
        none,
        before_login,  // it hung up when a Kafka request came: TLS, or no Kafka at all
        in_tls,        // it hung up during the TLS handshake: plaintext, or no Kafka at all
        after_login,   // it hung up when the first request without SASL came
    };
    errc code = errc::broker_unavailable;
    std::string cause{};
    std::string hint{};
    doubt open = doubt::none;
};

[[nodiscard]] inline bool has(std::string_view text, std::string_view part) noexcept {
    return text.find(part) != std::string_view::npos;
}

// "… (after 3ms in state AUTH_REQ, …)": AUTH_REQ; empty when it does not say.
[[nodiscard]] inline std::string_view state_in(std::string_view words) noexcept {
    constexpr std::string_view mark = " in state ";
    const auto at = words.rfind(mark);
    if (at == std::string_view::npos) {
        return {};
    }
    words.remove_prefix(at + mark.size());
    return words.substr(0, words.find_first_of(",)"));
}

// What a stranger calls its mechanisms, as far as they can be that: the names go into logs.
[[nodiscard]] inline std::string mechanism_list(const std::vector<std::string_view>& names) {
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";  // RFC 4422
    constexpr std::size_t longest = 20;
    constexpr std::size_t most = 10;
    std::string list;
    std::size_t count = 0;
    for (const std::string_view name : names) {
        if (!name.empty() && name.size() <= longest && name.find_first_not_of(letters) == std::string_view::npos &&
            count++ < most) {
            list.append(list.empty() ? "" : ", ").append(name);
        }
    }
    return list;
}

// "PLAIN,SCRAM-SHA-256 (after …"
[[nodiscard]] inline std::string mechanisms_in(std::string_view words) {
    words = words.substr(0, words.find(' '));
    std::vector<std::string_view> names;
    while (!words.empty()) {
        const auto comma = words.find(',');
        names.push_back(words.substr(0, comma));
        words.remove_prefix(comma == std::string_view::npos ? words.size() : comma + 1);
    }
    return mechanism_list(names);
}

[[nodiscard]] inline diagnosis of_login(std::string_view words, const security& s) {
    diagnosis d{errc::authentication, {}, {}, diagnosis::doubt::none};
    constexpr std::string_view list = "supported mechanisms: ";
    if (has(words, "Unsupported SASL mechanism")) {
        const auto at = words.find(list);
        const std::string offered = at != std::string_view::npos ? mechanisms_in(words.substr(at + list.size())) : std::string{};
        d.hint = offered.empty() ? "Set sasl_mechanism to one that this listener has."
                                 : "Set sasl_mechanism to one that this listener has: " + offered + ".";
    } else if (has(words, "not valid in current SASL state")) {
        d.hint = std::string("This listener wants no SASL: set security_protocol to ").append(s.tls ? "ssl" : "plaintext") +
                 " and leave the sasl_ settings out, or use the port of a SASL listener.";
    } else if (s.old_scram) {
        d.hint =
            "Use librdkafka 2.6.1 or newer: an older one is refused by Apache Kafka 4 with SCRAM, whatever the password; or use "
            "sasl_mechanism PLAIN over TLS.";
    } else {
        d.hint = "Check sasl_username and sasl_password, and that this user exists for " + s.mechanism + ".";
    }
    return d;
}

[[nodiscard]] inline diagnosis of_tls(std::string_view words, const security& s) {
    diagnosis d{errc::tls, {}, {}, diagnosis::doubt::none};
    if (has(words, "certificate verify failed")) {
        if (has(words, "another host name")) {
            d.hint = "Name the broker in `brokers` as its certificate does, or give the broker a certificate for this name.";
        } else if (has(words, "expired") || has(words, "not valid yet")) {
            d.hint = "Renew the broker's certificate, or correct the clock of this machine.";
        } else {
            d.hint = "Set ssl_ca_location to the CA that signed the broker's certificate.";
        }
    } else if (has(words, "alert unknown ca") || has(words, "alert number 48")) {
        d.hint = "The broker does not trust this client's certificate: have it signed by a CA of the broker's truststore.";
    } else if (has(words, "alert bad certificate") || has(words, "certificate required") || has(words, "alert number 42") ||
               has(words, "alert number 116")) {
        d.hint = "This listener wants a certificate of the client: set ssl_certificate_location and ssl_key_location.";
    } else if (has(words, "alert protocol version") || has(words, "alert handshake failure")) {
        d.hint = "Client and broker have no TLS version or cipher in common: compare ssl.protocols of the broker.";
    } else if (has(words, "alert number")) {
        d.hint = "The broker has refused the TLS handshake: compare its TLS settings with these, and look at its log.";
    } else if (s.proven) {
        d.code = errc::broker_unavailable;
        d.hint = hint_for(d.code);
    } else {
        d.open = diagnosis::doubt::in_tls;
        d.hint = std::string("This port does not speak TLS: set security_protocol to ") +
                 (s.sasl ? "sasl_plaintext" : "plaintext") + ", or use the port of a TLS listener.";
    }
    return d;
}

[[nodiscard]] inline bool is_about_a_token(std::string_view words) noexcept {
    return words.starts_with("Failed to acquire SASL OAUTHBEARER token");
}

[[nodiscard]] inline bool is_about_a_login(std::int32_t code, std::string_view words) noexcept {
    constexpr std::int32_t authentication = -169;
    return code == authentication || has(words, "SASL authentication error") || has(words, "mechanism handshake failed");
}

// librdkafka says that a login has failed also when the connection was gone before the broker had said anything of it.
[[nodiscard]] inline bool is_a_hang_up(std::string_view words) noexcept {
    return has(words, "Local: Broker transport failure") || has(words, "Local: Timed out") || has(words, "Disconnected");
}

// What the port wants is TLS, as somebody knows who has looked.
[[nodiscard]] inline diagnosis wants_tls(std::string cause, const security& s) {
    return {errc::tls, std::move(cause),
            std::string("This port expects TLS: set security_protocol to ") + (s.sasl ? "sasl_ssl" : "ssl") +
                ", or use the port of a plaintext listener.",
            diagnosis::doubt::none};
}

// The port wants SASL, with one of those mechanisms, when they are known.
[[nodiscard]] inline diagnosis wants_sasl(std::string cause, std::string_view offered, const security& s) {
    std::string hint = std::string("This listener wants SASL: set security_protocol to ") +
                       (s.tls ? "sasl_ssl" : "sasl_plaintext") + ", sasl_mechanism";
    if (!offered.empty()) {
        hint.append(" (").append(offered).append(")");
    }
    hint += ", sasl_username and sasl_password.";
    return {errc::authentication, std::move(cause), std::move(hint), diagnosis::doubt::none};
}

[[nodiscard]] inline diagnosis diagnose(std::int32_t code, std::string_view words, const security& s) {
    constexpr std::int32_t resolve = -193;
    constexpr std::int32_t ssl = -181;
    const std::string_view state = state_in(words);
    const bool hung_up = has(words, "Disconnected");
    std::string cause = plain_words(words);
    diagnosis d;
    if (code == resolve || has(words, "Failed to resolve")) {
        d.code = errc::dns;
        d.hint = hint_for(errc::dns);
    } else if (is_about_a_login(code, words) && is_a_hang_up(words) && !is_about_a_token(words)) {
        d.hint = "Look at the broker's log: it has ended the login without saying why. Very old ones do that to a wrong password.";
    } else if (is_about_a_login(code, words)) {
        d = of_login(words, s);
    } else if (has(words, "a TLS alert came back") || has(cause, "a TLS alert came back")) {
        d = wants_tls({}, s);
    } else if (s.tls && (code == ssl || state == "SSL_HANDSHAKE" || has(words, "SSL routines") || has(words, "SSL alert")) &&
               !has(words, "timed out")) {
        d = of_tls(words, s);
    } else if (hung_up && (state == "APIVERSION_QUERY" || has(words, "requesting ApiVersion"))) {
        d.open = diagnosis::doubt::before_login;
        d.hint = std::string("Check that this port is a Kafka listener, and one without TLS if security_protocol says so.");
        if (!cause.ends_with('?')) {
            cause += "; does this port expect TLS or SASL, or is it no Kafka broker?";
        }
    } else if (hung_up && state == "UP" && !s.sasl && !s.proven) {
        d = wants_sasl({}, {}, s);
        d.open = diagnosis::doubt::after_login;
        if (!has(cause, "might require SASL")) {
            cause += "; a listener that wants SASL does that";
        }
    } else {
        const errc kind = classify(code).code;
        d.code = kind == errc::none || kind == errc::rejected ? errc::broker_unavailable : kind;
        d.hint = has(words, "refused") ? "Nothing listens there: check host and port in `brokers`, and that the broker runs."
                                       : std::string(hint_for(d.code));
    }
    if (const auto guess = cause.find(": verify that security.protocol"); s.proven && guess != std::string::npos) {
        cause.resize(guess);
    }
    d.cause = std::move(cause);
    return d;
}

// After a fatal error; `words` are fit for people already.
[[nodiscard]] inline diagnosis of_death(std::int32_t code, std::string_view words) {
    diagnosis d;
    d.cause = words;
    if (code == 31) {
        d.code = errc::authorization;
        d.hint =
            "Grant this user WRITE on its topic (before Apache Kafka 2.8: IDEMPOTENT_WRITE on the cluster), for example with "
            "kafka-acls.";
    } else {
        d.code = errc::fatal;
        d.hint = hint_for(errc::fatal);
    }
    return d;
}

}  // namespace stentor::inline v0::detail::kafka
