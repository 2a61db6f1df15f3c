#pragma once

#include <array>
#include <string>
#include <string_view>

#include <stentor/detail/kafka/conf_rules.hpp>
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

// Refuses settings of librdkafka's that this library makes itself because its promises rest on them, or that run code. From the
// lists of librdkafka 2.0 to 2.14, with those that its own list hides.
inline void check_property(std::string_view given, std::string_view value) {
    struct rule {
        std::string_view name;
        std::string_view why;
    };
    constexpr std::string_view member = "has a member of its own in kafka_config: use that";
    constexpr std::string_view ours = "is set by this library, whose promises rest on it";
    constexpr std::string_view retries = "would let librdkafka send records of one key again in another order; give a retry policy";
    constexpr std::string_view flights = "is chosen by this library, which keeps the order of a key's records; only 1 is taken";
    constexpr std::string_view format = "could make librdkafka write records in an old format, which has no headers";
    constexpr std::string_view code = "would run code from outside this program";
    constexpr std::string_view signal = "would change what a signal does in this whole process";
    constexpr auto rules = std::to_array<rule>({
        {"bootstrap.servers", member},
        {"metadata.broker.list", member},
        {"client.id", member},
        {"message.timeout.ms", member},
        {"delivery.timeout.ms", member},
        {"acks", member},
        {"request.required.acks", member},
        {"enable.idempotence", member},
        {"linger.ms", member},
        {"queue.buffering.max.ms", member},
        {"batch.size", member},
        {"batch.num.messages", member},
        {"compression.codec", member},
        {"compression.type", member},
        {"request.timeout.ms", member},
        {"socket.connection.setup.timeout.ms", member},
        {"allow.auto.create.topics", member},
        {"security.protocol", member},
        {"ssl.ca.location", member},
        {"ssl.certificate.location", member},
        {"ssl.key.location", member},
        {"ssl.key.password", member},
        {"sasl.mechanism", member},
        {"sasl.mechanisms", member},
        {"sasl.username", member},
        {"sasl.password", member},
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
    });
    // librdkafka takes a topic's settings with that prefix, too.
    std::string_view name = given;
    if (name.starts_with("topic.")) {
        name.remove_prefix(6);
    }
    for (const rule& r : rules) {
        if (r.name == name && !(r.why == flights && value == "1")) {
            refuse(given, r.why);
        }
    }
    // "ut_…" is a function's address, which librdkafka would take from the value and call.
    if (name.starts_with("test.") || name.starts_with("ut_")) {
        refuse(given, "is for librdkafka's own tests");
    }
    if ((name == "sasl.kerberos.principal" || name == "sasl.kerberos.keytab") && !is_plain_for_a_shell(value)) {
        refuse(given, "may have letters, digits and . _ / @ : + = - only, because librdkafka gives it to a shell");
    }
}

}  // namespace stentor::inline v0::detail::kafka
