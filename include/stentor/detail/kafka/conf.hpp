#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/check_properties.hpp>
#include <stentor/detail/kafka/check_security.hpp>
#include <stentor/detail/kafka/conf_names.hpp>
#include <stentor/detail/kafka/conf_rules.hpp>
#include <stentor/detail/kafka/property_table.hpp>
#include <stentor/detail/read_value.hpp>
#include <stentor/error.hpp>
#include <stentor/problem.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

// From a kafka_config to librdkafka's own.

namespace stentor::inline v0::detail::kafka {

struct conf_deleter {
    void operator()(rd_kafka_conf_t* c) const noexcept { ::rd_kafka_conf_destroy(c); }
};
using conf_ptr = std::unique_ptr<rd_kafka_conf_t, conf_deleter>;

// Java's and kafkajs's choice of partition for a key. For a record without one, `submit` has put a random number where the hash
// would be: librdkafka may ask again, on its own thread, and must get the same answer.
inline std::int32_t pick_partition(const rd_kafka_topic_t*, const void*, std::size_t, std::int32_t count, void*, void* opaque) {
    const auto* const c = static_cast<const completion*>(opaque);
    return static_cast<std::int32_t>((c->key_hash & 0x7fffffffU) % static_cast<std::uint32_t>(count));
}

// Throws publish_failure with errc::invalid_config; nothing if nothing is wrong.
inline void refuse(const problems& wrong) {
    if (!wrong.empty()) {
        throw publish_failure(error_of("kafka_config", wrong));
    }
}

class conf_builder {
public:
    conf_builder() : conf_(::rd_kafka_conf_new()) {
        // First of all: it throws away topic settings made before it.
        rd_kafka_topic_conf_t* const topic = ::rd_kafka_topic_conf_new();
        ::rd_kafka_topic_conf_set_partitioner_cb(topic, &pick_partition);
        ::rd_kafka_conf_set_default_topic_conf(conf_.get(), topic);
    }

    void set(const char* name, const std::string& value) {
        std::array<char, 512> why{};
        if (::rd_kafka_conf_set(conf_.get(), name, value.c_str(), why.data(), why.size()) != RD_KAFKA_CONF_OK) {
            // librdkafka's text repeats the value.
            const bool may_be_told = find_property(name) != nullptr && !is_secret(name);
            complain(wrong_, name, may_be_told ? std::string_view(why.data()) : "librdkafka refuses the value");
        }
    }
    void set(const char* name, std::int64_t value) { set(name, std::to_string(value)); }
    void set(const char* name, bool value) { set(name, std::string(value ? "true" : "false")); }
    void set(const char* name, const char* value) { set(name, std::string(value)); }
    void set_if_given(const char* name, const std::string& value) {
        if (!value.empty()) {
            set(name, value);
        }
    }

    // A setting of the user's own, which has passed check_properties. One that is newer than the table is read back, because
    // librdkafka silently takes "5ms" as 5 and wraps what is too large.
    void set_property(const std::string& name, const std::string& value) {
        const property* const known = property_of(name);
        const std::size_t before = wrong_.size();
        set(name.c_str(), known != nullptr ? canonical(*known, value) : value);
        if (known != nullptr || wrong_.size() != before) {
            return;
        }
        std::array<char, 512> seen{};
        std::size_t size = seen.size();
        if (::rd_kafka_conf_get(conf_.get(), name.c_str(), seen.data(), &size) == RD_KAFKA_CONF_OK && size <= seen.size() &&
            read_whole(seen.data()) && value.find_first_of("0123456789") == 0 && value != seen.data()) {
            complain(wrong_, name, "librdkafka would read another number; give a plain one, in range");
        }
    }

    [[nodiscard]] const problems& wrong() const noexcept { return wrong_; }
    [[nodiscard]] conf_ptr take() noexcept { return std::move(conf_); }
    [[nodiscard]] rd_kafka_conf_t* get() noexcept { return conf_.get(); }

private:
    conf_ptr conf_;
    problems wrong_;
};

[[nodiscard]] inline std::int64_t whole_ms(nanoseconds d) noexcept {
    return std::max<std::int64_t>(1, std::chrono::ceil<milliseconds>(d).count());
}

// Its properties have passed check_properties. What librdkafka itself refuses is in the builder's wrong().
[[nodiscard]] inline conf_builder make_conf(const kafka_config& c) {
    conf_builder b;
    b.set("bootstrap.servers", c.brokers);
    b.set("client.id", c.client_id);
    b.set("client.software.name", "stentor");
    b.set("client.software.version", version);
    b.set("message.timeout.ms", whole_ms(c.attempt_timeout));
    b.set("acks", std::int64_t{c.acks});
    b.set("enable.idempotence", c.idempotence);
    if (!c.idempotence) {
        b.set("message.send.max.retries", std::int64_t{0});  // its own retries reorder the records of a key
    }
    std::array<char, 32> linger{};
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(c.linger).count();
    auto end = std::to_chars(linger.data(), linger.data() + 16, us / 1000).ptr;
    if (us % 1000 != 0) {
        *end++ = '.';
        for (std::int64_t unit = 100; unit > 0; unit /= 10) {
            *end++ = static_cast<char>('0' + us / unit % 10);
        }
    }
    b.set("linger.ms", std::string(linger.data(), end));
    b.set("batch.size", std::int64_t{c.batch_size});
    b.set("batch.num.messages", std::int64_t{c.batch_messages});
    constexpr std::array<const char*, 5> codecs{"none", "gzip", "snappy", "lz4", "zstd"};
    b.set("compression.codec", codecs[std::min(static_cast<std::size_t>(c.compression), codecs.size() - 1)]);
    const nanoseconds request = c.request_timeout != nanoseconds(0)
                                    ? c.request_timeout
                                    : std::min<nanoseconds>(c.attempt_timeout, std::chrono::seconds(30));
    b.set("request.timeout.ms", whole_ms(request));
    b.set("socket.timeout.ms", std::max<std::int64_t>(whole_ms(request), 10));
    b.set("socket.connection.setup.timeout.ms", whole_ms(c.connection_timeout));
    b.set("allow.auto.create.topics", c.create_topics);
    // The slots are the only admission: librdkafka's own limits must never be met first.
    b.set("queue.buffering.max.messages", std::int64_t{0});
    b.set("queue.buffering.max.kbytes", std::int64_t{2147483647});
    b.set("reconnect.backoff.ms", std::int64_t{50});
    b.set("reconnect.backoff.max.ms", std::int64_t{500});
    // Else a broker is connected to when somebody needs it or once a second, one after the other. It costs a connection to each
    // broker: for clusters with many of them it can be set otherwise.
    b.set("enable.sparse.connections", false);
    b.set("socket.keepalive.enable", true);
    b.set("socket.nagle.disable", true);
    b.set("log.queue", true);
    b.set("security.protocol", std::string(protocol_of(c)));
    b.set_if_given("ssl.ca.location", c.ssl_ca_location);
    b.set_if_given("ssl.ca.pem", c.ssl_ca_pem);
    b.set_if_given("ssl.certificate.location", c.ssl_certificate_location);
    b.set_if_given("ssl.certificate.pem", c.ssl_certificate_pem);
    b.set_if_given("ssl.key.location", c.ssl_key_location);
    b.set_if_given("ssl.key.pem", c.ssl_key_pem.reveal());
    b.set_if_given("ssl.key.password", c.ssl_key_password.reveal());
    b.set("enable.ssl.certificate.verification", c.ssl_verify_certificate);
    b.set("ssl.endpoint.identification.algorithm", c.ssl_verify_host ? "https" : "none");
    b.set_if_given("sasl.mechanism", std::string(mechanism_of(c)));
    b.set_if_given("sasl.username", c.sasl_username);
    b.set_if_given("sasl.password", c.sasl_password.reveal());
    for (const auto& [name, value] : c.properties) {
        b.set_property(name, value);
    }
    ::rd_kafka_conf_set_events(b.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG | RD_KAFKA_EVENT_STATS |
                                            (c.tokens ? RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH : 0));
    return b;
}

// All that is wrong with it, librdkafka's own objections too, in one publish_failure with errc::invalid_config. Throws
// errc::disabled for one that is not to be used. Returns how many bootstrap brokers there are.
inline std::size_t check(const kafka_config& c) {
    if (!c.enabled) {
        throw publish_failure(error(errc::disabled, "kafka_config::enabled is false: there is no client to make"));
    }
    problems wrong;
    const std::size_t brokers = check(c, ::rd_kafka_version(), wrong);
    const auto complained = [&](std::string_view name) {
        bool found = false;
        for (const problem& known : wrong) {
            found = found || known.key == name;
        }
        return found;
    };
    // librdkafka loads a plugin as soon as its name is set, so what has been refused is not even shown to it.
    kafka_config rest = c;
    rest.properties.clear();
    for (const auto& one : c.properties) {
        if (!complained(one.first)) {
            rest.properties.push_back(one);
        }
    }
    const conf_builder built = make_conf(rest);
    for (const problem& p : built.wrong()) {
        if (wrong.empty() || member_of(p.key).empty()) {
            wrong.push_back(p);
        }
    }
    refuse(wrong);
    return brokers;
}

}  // namespace stentor::inline v0::detail::kafka
