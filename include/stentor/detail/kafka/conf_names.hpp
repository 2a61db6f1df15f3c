#pragma once

#include <string_view>

#include <stentor/detail/ascii.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// librdkafka puts these two into the command line that it gives to a shell to renew a Kerberos ticket.
[[nodiscard]] constexpr bool is_plain_for_a_shell(std::string_view value) noexcept {
    for (const char c : value) {
        const bool plain = (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') ||
                           std::string_view("._/@:+=-").find(c) != std::string_view::npos;
        if (!plain) {
            return false;
        }
    }
    return true;
}

// Their values are told nowhere: of those that somebody's librdkafka knows and this table does not, too.
[[nodiscard]] constexpr bool is_secret(std::string_view name) noexcept {
    for (const std::string_view part :
         {"password", "passphrase", "secret", "key.pem", "token", "jaas", "oauthbearer.config", "oauthbearer.extensions"}) {
        if (name.find(part) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// The member of kafka_config that a setting of librdkafka's has; empty if none.
[[nodiscard]] constexpr std::string_view member_of(std::string_view name) noexcept {
    struct row {
        const char* name;
        const char* member;
    };
    constexpr row rows[] = {
        {"bootstrap.servers", "brokers"},
        {"metadata.broker.list", "brokers"},
        {"client.id", "client_id"},
        {"message.timeout.ms", "attempt_timeout"},
        {"delivery.timeout.ms", "attempt_timeout"},
        {"acks", "acks"},
        {"request.required.acks", "acks"},
        {"enable.idempotence", "idempotence"},
        {"linger.ms", "linger"},
        {"queue.buffering.max.ms", "linger"},
        {"batch.size", "batch_size"},
        {"batch.num.messages", "batch_messages"},
        {"compression.codec", "compression"},
        {"compression.type", "compression"},
        {"request.timeout.ms", "request_timeout"},
        {"socket.connection.setup.timeout.ms", "connection_timeout"},
        {"allow.auto.create.topics", "create_topics"},
        {"security.protocol", "security_protocol"},
        {"ssl.ca.location", "ssl_ca_location"},
        {"ssl.certificate.location", "ssl_certificate_location"},
        {"ssl.key.location", "ssl_key_location"},
        {"ssl.key.password", "ssl_key_password"},
        {"sasl.mechanism", "sasl_mechanism"},
        {"sasl.mechanisms", "sasl_mechanism"},
        {"sasl.username", "sasl_username"},
        {"sasl.password", "sasl_password"},
        {"ssl.ca.pem", "ssl_ca_pem"},
        {"ssl.certificate.pem", "ssl_certificate_pem"},
        {"ssl.key.pem", "ssl_key_pem"},
        {"enable.ssl.certificate.verification", "ssl_verify_certificate"},
        {"ssl.endpoint.identification.algorithm", "ssl_verify_host"},
    };
    for (const row& r : rows) {
        if (name == r.name) {
            return r.member;
        }
    }
    return {};
}

// Why it is refused whatever its value; empty if it is not. Settings that this library makes itself because its promises rest on
// them, or that run code; from the lists of librdkafka 2.0 to 2.14, with those that its own list hides.
[[nodiscard]] constexpr std::string_view why_refused(std::string_view name, std::string_view value, bool may_run_code) noexcept {
    struct row {
        const char* name;
        const char* why;
    };
    constexpr const char* ours = "is set by this library, whose promises rest on it";
    constexpr const char* retries = "would let librdkafka send records of one key again in another order; give a retry policy";
    constexpr const char* flights = "is chosen by this library, which keeps the order of a key's records; only 1 is taken";
    constexpr const char* format = "could make librdkafka write records in an old format, which has no headers";
    constexpr const char* code = "would run code from outside this program; allow_code_running_properties would allow it";
    constexpr const char* signal = "would change what a signal does in this whole process";
    constexpr row rows[] = {
        {"partitioner", ours},
        {"partitioner_cb", ours},
        {"msg_order_cmp", ours},
        {"log.queue", ours},
        {"enabled_events", ours},
        {"transactional.id", ours},
        {"delivery.report.only.error", ours},
        {"produce.offset.report", ours},
        {"queuing.strategy", ours},
        {"enable.gapless.guarantee", ours},
        {"client.software.name", ours},
        {"client.software.version", ours},
        {"retries", retries},
        {"message.send.max.retries", retries},
        {"max.in.flight", flights},
        {"max.in.flight.requests.per.connection", flights},
        {"api.version.request", format},
        {"api.version.fallback.ms", format},
        {"broker.version.fallback", format},
        {"plugin.library.paths", code},
        {"sasl.kerberos.kinit.cmd", code},
        {"ssl.engine.location", code},
        {"ssl.engine.id", code},
        {"ssl.providers", code},
        {"internal.termination.signal", signal},
    };
    for (const row& r : rows) {
        if (name == r.name) {
            const std::string_view why = r.why;
            return (why == flights && value == "1") || (why == code && may_run_code) ? std::string_view{} : why;
        }
    }
    // "ut_…" is a function's address, which librdkafka would take from the value and call.
    if (name.starts_with("test.") || name.starts_with("ut_")) {
        return "is for librdkafka's own tests";
    }
    if ((name == "sasl.kerberos.principal" || name == "sasl.kerberos.keytab") && !is_plain_for_a_shell(value)) {
        return "may have letters, digits and . _ / @ : + = - only, because librdkafka gives it to a shell";
    }
    return {};
}

}  // namespace stentor::inline v0::detail::kafka
