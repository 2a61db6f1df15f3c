// Made by single_include/generate.py from include/stentor/detail/settings/security.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/detail/settings/row.hpp>
#include <stentor/settings/value.hpp>

// One security protocol out of what up to six variables say about TLS and SASL.

namespace stentor::inline v0::detail::env {

// Which variable set a member. Its row's first name tells those apart that set the same one.
struct origin {
    std::string_view field;
    std::string_view variable;
    std::string_view row;
};

struct security_question {
    const said& heard;
    const std::vector<origin>& origins;
    settings& to;
    kafka::problems& problems;

    [[nodiscard]] bool set(std::string_view field) const {
        return std::ranges::any_of(origins, [&](const origin& o) { return o.field == field; });
    }
    // As it was spelled.
    [[nodiscard]] std::string_view variable(std::string_view row) const {
        const auto at = std::ranges::find(origins, row, &origin::row);
        return at == origins.end() ? row : at->variable;
    }
};

// Whether all brokers have that port, and whether some have.
[[nodiscard]] inline bool all_have_port(std::string_view list, std::string_view port, bool& some) {
    bool all = !list.empty();
    for (bool more = true; more;) {
        const auto comma = list.find(',');
        const bool has = list.substr(0, comma).ends_with(port);
        all = all && has;
        some = some || has;
        more = comma != std::string_view::npos;
        list.remove_prefix(more ? comma + 1 : 0);
    }
    return all;
}

// On port 9094 there is a TLS listener by custom. Only where nobody has said anything.
[[nodiscard]] inline bool infer_tls(const security_question& q) {
    bool some = false;
    if (all_have_port(q.to.client.brokers, ":9094", some)) {
        q.to.notes.emplace_back("TLS is used, because all brokers have port 9094; KAFKA_SSL_ENABLED=false switches it off");
        return true;
    }
    if (some) {
        q.to.notes.emplace_back("TLS is not used: only some of the brokers have port 9094; KAFKA_SSL_ENABLED=true switches it on");
    }
    return false;
}

inline void settle_security(const security_question& q) {
    kafka_config& c = q.to.client;
    // A mechanism with a password says nothing by itself: it is a default in many deployments.
    const std::string_view mechanism = kafka::mechanism_of(c);
    const bool waits_for_password = mechanism == "PLAIN" || mechanism.starts_with("SCRAM");
    const bool credentials = q.set("client.sasl_username") || q.set("client.sasl_password");
    const auto disagree = [&](std::string_view row) {
        kafka::complain(q.problems, q.variable(row), "contradicts KAFKA_SECURITY_PROTOCOL; that alone is enough");
    };
    if (!q.heard.protocol.empty()) {
        c.security_protocol = q.heard.protocol;
        if (q.heard.tls && *q.heard.tls != q.heard.protocol.ends_with("ssl")) {
            disagree("KAFKA_SSL_ENABLED");
        }
        if (q.heard.sasl && *q.heard.sasl != q.heard.protocol.starts_with("sasl")) {
            disagree("KAFKA_SASL_ENABLED");
        }
    } else {
        const bool given = !c.security_protocol.empty();
        const std::string_view before = kafka::protocol_of(c);
        const bool tls = q.heard.tls ? *q.heard.tls : given ? before.ends_with("ssl") : infer_tls(q);
        const bool sasl = q.heard.sasl ? *q.heard.sasl
                                       : (given && before.starts_with("sasl")) || credentials ||
                                             (q.set("client.sasl_mechanism") && !waits_for_password);
        c.security_protocol = kafka::protocols[(sasl ? 2U : 0U) + (tls ? 1U : 0U)];
    }
    const bool sasl = c.security_protocol.starts_with("sasl");
    if (!sasl && !q.heard.sasl.value_or(true)) {
        if (credentials || !c.sasl_mechanism.empty()) {
            q.to.notes.emplace_back("KAFKA_SASL_ENABLED is false, so the SASL credentials are not used");
        }
        c.sasl_mechanism.clear();
        c.sasl_username.clear();
        c.sasl_password = {};
        c.tokens = nullptr;
    } else if (!sasl && waits_for_password && c.sasl_username.empty() && c.sasl_password.empty() && !c.tokens) {
        q.to.notes.push_back(std::string(q.variable("KAFKA_SASL_MECHANISM")) +
                             " alone does not switch SASL on: that needs a user and a password");
        c.sasl_mechanism.clear();
    }
    if (sasl && c.sasl_mechanism.empty() && !c.tokens) {
        c.sasl_mechanism = "PLAIN";
        q.to.notes.emplace_back("KAFKA_SASL_MECHANISM is not set: PLAIN is used");
    }
    if (c.security_protocol == "sasl_plaintext" && kafka::mechanism_of(c) == "PLAIN") {
        q.to.notes.emplace_back("the password goes over the network in clear text: PLAIN without TLS");
    }
}

}  // namespace stentor::inline v0::detail::env
