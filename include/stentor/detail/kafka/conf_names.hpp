#pragma once

#include <array>
#include <string>
#include <string_view>

#include <stentor/detail/kafka/conf_rules.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Refuses names of librdkafka's that this library sets itself because its promises rest on them, or that run code.
inline void check_property_name(std::string_view given) {
    struct rule {
        std::string_view name;
        std::string_view why;
    };
    constexpr std::string_view member = "has a member of its own in kafka_config: use that";
    constexpr std::string_view ours = "is set by this library, whose promises rest on it";
    constexpr std::string_view retries = "would let librdkafka send records of one key again in another order; give a retry policy";
    constexpr std::string_view code = "would run code from outside this program";
    constexpr std::string_view test = "is for librdkafka's own tests";
    constexpr std::array<rule, 44> rules{{
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
        {"plugin.library.paths", code},
        {"sasl.kerberos.kinit.cmd", code},
        {"ssl.engine.location", code},
        {"ssl.engine.id", code},
        {"ssl.providers", code},
        {"test.mock.num.brokers", test},
        {"test.mock.broker.rtt", test},
    }};
    // librdkafka takes a topic's settings with that prefix, too.
    std::string_view name = given;
    if (name.starts_with("topic.")) {
        name.remove_prefix(6);
    }
    for (const rule& r : rules) {
        if (r.name == name) {
            refuse(given, r.why);
        }
    }
}

}  // namespace stentor::inline v0::detail::kafka
