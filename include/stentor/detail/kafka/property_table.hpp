#pragma once

#include <cstdint>
#include <string_view>

#include <stentor/version.hpp>

// The settings that librdkafka 2.0 to 2.14 knows by name, callbacks aside, with the values that they take: librdkafka itself reads
// "5ms" as 5, and cannot say that a later version would know a name. In the order of their names.

namespace stentor::inline v0::detail::kafka {

struct property {
    enum kind : std::uint8_t {
        text,
        whole,
        decimal,
        boolean,
        choice,
        words
    };
    enum use : std::uint8_t {
        both,
        producer,
        consumer
    };

    // No views: in a table, g++ 12 would count the letters of each while it compiles, one by one.
    const char* name = "";
    kind what = property::text;
    use whose = property::both;
    std::int64_t least = 0;
    std::int64_t most = 0;
    const char* choices = "";  // with blanks between them; of `words` several may be given
    int since = 0;             // as rd_kafka_version() tells it, of a version that has it; 0: 2.0 has
};

[[nodiscard]] constexpr int version_of(int major, int minor) noexcept { return major << 24 | minor << 16 | 0xff; }

inline constexpr property properties[] = {
    {"acks", property::whole, property::producer, -1, 1000},
    {"allow.auto.create.topics", property::boolean, property::both},
    {"api.version.fallback.ms", property::whole, property::both, 0, 604800000},
    {"api.version.request", property::boolean, property::both},
    {"api.version.request.timeout.ms", property::whole, property::both, 1, 300000},
    {"auto.commit.enable", property::boolean, property::consumer},
    {"auto.commit.interval.ms", property::whole, property::consumer, 0, 86400000},
    {"auto.offset.reset", property::choice, property::consumer, 0, 0, "smallest earliest beginning largest latest end error"},
    {"batch.num.messages", property::whole, property::producer, 1, 1000000},
    {"batch.size", property::whole, property::producer, 1, 2147483647},
    {"bootstrap.servers", property::text, property::both},
    {"broker.address.family", property::choice, property::both, 0, 0, "any v4 v6"},
    {"broker.address.ttl", property::whole, property::both, 0, 86400000},
    {"broker.version.fallback", property::text, property::both},
    {"check.crcs", property::boolean, property::consumer},
    {"client.dns.lookup", property::choice, property::both, 0, 0, "use_all_dns_ips resolve_canonical_bootstrap_servers_only",
     version_of(2, 2)},
    {"client.id", property::text, property::both},
    {"client.rack", property::text, property::both},
    {"compression.codec", property::choice, property::producer, 0, 0, "none gzip snappy lz4 zstd inherit"},
    {"compression.level", property::whole, property::producer, -1, 12},
    {"compression.type", property::choice, property::producer, 0, 0, "none gzip snappy lz4 zstd"},
    {"connections.max.idle.ms", property::whole, property::both, 0, 2147483647},
    {"consume.callback.max.messages", property::whole, property::consumer, 0, 1000000},
    {"coordinator.query.interval.ms", property::whole, property::consumer, 1, 3600000},
    {"debug", property::words, property::both, 0, 0,
     "generic broker topic metadata feature queue msg protocol cgrp security fetch interceptor plugin consumer admin eos mock "
     "assignor conf telemetry all"},
    {"delivery.report.only.error", property::boolean, property::producer},
    {"delivery.timeout.ms", property::whole, property::producer, 0, 2147483647},
    {"enable.auto.commit", property::boolean, property::consumer},
    {"enable.auto.offset.store", property::boolean, property::consumer},
    {"enable.gapless.guarantee", property::boolean, property::producer},
    {"enable.idempotence", property::boolean, property::producer},
    {"enable.metrics.push", property::boolean, property::both, 0, 0, "", version_of(2, 5)},
    {"enable.partition.eof", property::boolean, property::consumer},
    {"enable.random.seed", property::boolean, property::both},
    {"enable.sasl.oauthbearer.unsecure.jwt", property::boolean, property::both},
    {"enable.sparse.connections", property::boolean, property::both},  // in no list of librdkafka's own
    {"enable.ssl.certificate.verification", property::boolean, property::both},
    {"enabled_events", property::whole, property::both, 0, 2147483647},
    {"fetch.error.backoff.ms", property::whole, property::consumer, 0, 300000},
    {"fetch.max.bytes", property::whole, property::consumer, 0, 2147483135},
    {"fetch.message.max.bytes", property::whole, property::consumer, 1, 1000000000},
    {"fetch.min.bytes", property::whole, property::consumer, 1, 100000000},
    {"fetch.queue.backoff.ms", property::whole, property::consumer, 0, 300000, "", version_of(2, 2)},
    {"fetch.wait.max.ms", property::whole, property::consumer, 0, 300000},
    {"group.id", property::text, property::consumer},
    {"group.instance.id", property::text, property::consumer},
    {"group.protocol", property::choice, property::consumer, 0, 0, "classic consumer", version_of(2, 4)},
    {"group.protocol.type", property::text, property::consumer},
    {"group.remote.assignor", property::text, property::consumer, 0, 0, "", version_of(2, 4)},
    {"heartbeat.interval.ms", property::whole, property::consumer, 1, 3600000},
    {"https.ca.location", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"https.ca.pem", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"internal.termination.signal", property::whole, property::both, 0, 128},
    {"isolation.level", property::choice, property::consumer, 0, 0, "read_uncommitted read_committed"},
    {"linger.ms", property::decimal, property::producer, 0, 900000},
    {"log.connection.close", property::boolean, property::both},
    {"log.queue", property::boolean, property::both},
    {"log.thread.name", property::boolean, property::both},
    {"log_level", property::whole, property::both, 0, 7},
    {"max.in.flight", property::whole, property::both, 1, 1000000},
    {"max.in.flight.requests.per.connection", property::whole, property::both, 1, 1000000},
    {"max.partition.fetch.bytes", property::whole, property::consumer, 1, 1000000000},
    {"max.poll.interval.ms", property::whole, property::consumer, 1, 86400000},
    {"message.copy.max.bytes", property::whole, property::both, 0, 1000000000},
    {"message.max.bytes", property::whole, property::both, 1000, 1000000000},
    {"message.send.max.retries", property::whole, property::producer, 0, 2147483647},
    {"message.timeout.ms", property::whole, property::producer, 0, 2147483647},
    {"metadata.broker.list", property::text, property::both},
    {"metadata.max.age.ms", property::whole, property::both, 1, 86400000},
    {"metadata.recovery.rebootstrap.trigger.ms", property::whole, property::both, 0, 2147483647, "", version_of(2, 12)},
    {"metadata.recovery.strategy", property::choice, property::both, 0, 0, "none rebootstrap", version_of(2, 10)},
    {"offset.store.method", property::choice, property::consumer, 0, 0, "none file broker"},
    {"offset.store.path", property::text, property::consumer},
    {"offset.store.sync.interval.ms", property::whole, property::consumer, -1, 86400000},
    {"partition.assignment.strategy", property::text, property::consumer},
    {"partitioner", property::text, property::producer},
    {"plugin.library.paths", property::text, property::both},
    {"produce.offset.report", property::boolean, property::producer},
    {"queue.buffering.backpressure.threshold", property::whole, property::producer, 1, 1000000},
    {"queue.buffering.max.kbytes", property::whole, property::producer, 1, 2147483647},
    {"queue.buffering.max.messages", property::whole, property::producer, 0, 2147483647},
    {"queue.buffering.max.ms", property::decimal, property::producer, 0, 900000},
    {"queued.max.messages.kbytes", property::whole, property::consumer, 1, 2097151},
    {"queued.min.messages", property::whole, property::consumer, 1, 10000000},
    {"queuing.strategy", property::choice, property::producer, 0, 0, "fifo lifo"},
    {"receive.message.max.bytes", property::whole, property::both, 1000, 2147483647},
    {"reconnect.backoff.jitter.ms", property::whole, property::both, 0, 3600000},
    {"reconnect.backoff.max.ms", property::whole, property::both, 0, 3600000},
    {"reconnect.backoff.ms", property::whole, property::both, 0, 3600000},
    {"request.required.acks", property::whole, property::producer, -1, 1000},
    {"request.timeout.ms", property::whole, property::producer, 1, 900000},
    {"retries", property::whole, property::producer, 0, 2147483647},
    {"retry.backoff.max.ms", property::whole, property::both, 1, 300000, "", version_of(2, 3)},
    {"retry.backoff.ms", property::whole, property::both, 1, 300000},
    {"sasl.kerberos.keytab", property::text, property::both},
    {"sasl.kerberos.kinit.cmd", property::text, property::both},
    {"sasl.kerberos.min.time.before.relogin", property::whole, property::both, 0, 86400000},
    {"sasl.kerberos.principal", property::text, property::both},
    {"sasl.kerberos.service.name", property::text, property::both},
    {"sasl.mechanism", property::text, property::both},
    {"sasl.mechanisms", property::text, property::both},
    {"sasl.oauthbearer.assertion.algorithm", property::choice, property::both, 0, 0, "RS256 ES256", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.aud", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.exp.seconds", property::whole, property::both, 1, 2147483647, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.iss", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.jti.include", property::boolean, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.nbf.seconds", property::whole, property::both, 0, 2147483647, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.claim.sub", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.jwt.template.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.file", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.passphrase", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.assertion.private.key.pem", property::text, property::both, 0, 0, "", version_of(2, 11)},
    {"sasl.oauthbearer.client.credentials.client.id", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.client.credentials.client.secret", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.client.id", property::text, property::both},
    {"sasl.oauthbearer.client.secret", property::text, property::both},
    {"sasl.oauthbearer.config", property::text, property::both},
    {"sasl.oauthbearer.extensions", property::text, property::both},
    {"sasl.oauthbearer.grant.type", property::choice, property::both, 0, 0,
     "client_credentials urn:ietf:params:oauth:grant-type:jwt-bearer", version_of(2, 11)},
    {"sasl.oauthbearer.metadata.authentication.type", property::choice, property::both, 0, 0, "none azure_imds", version_of(2, 12)},
    {"sasl.oauthbearer.method", property::choice, property::both, 0, 0, "default oidc"},
    {"sasl.oauthbearer.scope", property::text, property::both},
    {"sasl.oauthbearer.sub.claim.name", property::text, property::both, 0, 0, "", version_of(2, 14)},
    {"sasl.oauthbearer.token.endpoint.url", property::text, property::both},
    {"sasl.password", property::text, property::both},
    {"sasl.username", property::text, property::both},
    {"security.protocol", property::choice, property::both, 0, 0, "plaintext ssl sasl_plaintext sasl_ssl"},
    {"session.timeout.ms", property::whole, property::consumer, 1, 3600000},
    {"socket.blocking.max.ms", property::whole, property::both, 1, 60000},
    {"socket.connection.setup.timeout.ms", property::whole, property::both, 1000, 2147483647},
    {"socket.keepalive.enable", property::boolean, property::both},
    {"socket.max.fails", property::whole, property::both, 0, 1000000},
    {"socket.nagle.disable", property::boolean, property::both},
    {"socket.receive.buffer.bytes", property::whole, property::both, 0, 100000000},
    {"socket.send.buffer.bytes", property::whole, property::both, 0, 100000000},
    {"socket.timeout.ms", property::whole, property::both, 10, 300000},
    {"ssl.ca.certificate.stores", property::text, property::both},
    {"ssl.ca.location", property::text, property::both},
    {"ssl.ca.pem", property::text, property::both},
    {"ssl.certificate.location", property::text, property::both},
    {"ssl.certificate.pem", property::text, property::both},
    {"ssl.cipher.suites", property::text, property::both},
    {"ssl.crl.location", property::text, property::both},
    {"ssl.curves.list", property::text, property::both},
    {"ssl.endpoint.identification.algorithm", property::choice, property::both, 0, 0, "none https"},
    {"ssl.engine.id", property::text, property::both},
    {"ssl.engine.location", property::text, property::both},
    {"ssl.key.location", property::text, property::both},
    {"ssl.key.password", property::text, property::both},
    {"ssl.key.pem", property::text, property::both},
    {"ssl.keystore.location", property::text, property::both},
    {"ssl.keystore.password", property::text, property::both},
    {"ssl.providers", property::text, property::both},
    {"ssl.sigalgs.list", property::text, property::both},
    {"statistics.interval.ms", property::whole, property::both, 0, 86400000},
    {"sticky.partitioning.linger.ms", property::whole, property::producer, 0, 900000},
    {"topic.blacklist", property::text, property::both},
    {"topic.metadata.propagation.max.ms", property::whole, property::both, 0, 3600000},
    {"topic.metadata.refresh.fast.cnt", property::whole, property::both, 0, 1000},
    {"topic.metadata.refresh.fast.interval.ms", property::whole, property::both, 1, 60000},
    {"topic.metadata.refresh.interval.ms", property::whole, property::both, -1, 3600000},
    {"topic.metadata.refresh.sparse", property::boolean, property::both},
    {"transaction.timeout.ms", property::whole, property::producer, 1000, 2147483647},
    {"transactional.id", property::text, property::producer},
};

// Null when no version up to 2.14 has it.
[[nodiscard]] constexpr const property* find_property(std::string_view name) noexcept {
    for (const property& p : properties) {
        if (name == p.name) {
            return &p;
        }
    }
    return nullptr;
}

// The same; a topic's settings may be written with "topic." before them.
[[nodiscard]] constexpr const property* property_of(std::string_view name) noexcept {
    const property* const p = find_property(name);
    return p == nullptr && name.starts_with("topic.") ? find_property(name.substr(6)) : p;
}

}  // namespace stentor::inline v0::detail::kafka
