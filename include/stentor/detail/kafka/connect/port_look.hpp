#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// What a port turned out to be.
struct port_look {
    enum class kind : std::uint8_t {
        unknown,
        nobody,  // no connection
        tls,
        kafka,       // plaintext, and no SASL
        kafka_sasl,  // plaintext, and SASL with those mechanisms
    };
    kind what = kind::unknown;
    std::string mechanisms{};
};

// What was open in a diagnosis, now that somebody has looked. True: the look has shown the cause. Where it has shown nothing, what
// librdkafka guesses stays, but for the login that a broker wants: who wants one says so.
inline bool settle(diagnosis& d, const port_look& found, const security& s) {
    using doubt = diagnosis::doubt;
    using kind = port_look::kind;
    const auto say = [&](std::string_view what) {
        for (const std::string_view question :
             {"; does this port expect TLS or SASL, or is it no Kafka broker?", ": connecting to a PLAINTEXT broker listener?"}) {
            if (d.cause.ends_with(question)) {
                d.cause.resize(d.cause.size() - question.size());
            }
        }
        d.cause.append("; ").append(what);
    };
    const doubt open = std::exchange(d.open, doubt::none);
    if (open == doubt::before_login && !s.tls && found.what == kind::tls) {
        say("this port speaks TLS");
        d = wants_tls(std::move(d.cause), s);
        return true;
    }
    if (open == doubt::after_login && found.what == kind::kafka_sasl) {
        say("this listener wants SASL");
        d = wants_sasl(std::move(d.cause), found.mechanisms, s);
        return true;
    }
    if (open == doubt::in_tls && (found.what == kind::kafka || found.what == kind::kafka_sasl)) {
        say("this is a Kafka listener without TLS");
        d.hint = std::string("Set security_protocol to ") + (found.what == kind::kafka ? "plaintext" : "sasl_plaintext") +
                 ", or use the port of a TLS listener.";
        return true;
    }
    if (found.what == kind::nobody || (open == doubt::after_login && found.what != kind::tls)) {
        for (const std::string_view guess : {": verify that security.protocol", "; a listener that wants SASL does that"}) {
            if (const auto at = d.cause.find(guess); at != std::string::npos) {
                d.cause.resize(at);
            }
        }
        d.code = errc::broker_unavailable;
        d.hint = "The broker has hung up, and that may be all: check that it runs, and look at its log.";
    } else if (open == doubt::in_tls && found.what == kind::tls) {
        d.hint = "Look at the broker's log: it has ended the TLS handshake without saying why.";
    }
    return false;
}

}  // namespace stentor::inline v0::detail::kafka
