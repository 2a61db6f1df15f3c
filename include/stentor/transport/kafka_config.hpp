#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stentor/detail/durations.hpp>
#include <stentor/moment.hpp>
#include <stentor/secret.hpp>
#include <stentor/token_source.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

/// @file
/// What a Kafka client is made with.

namespace stentor::inline v0 {

/// How batches are compressed on their way to the broker.
enum class compression : std::uint8_t {
    none,    ///< as it is
    gzip,    ///< zlib
    snappy,  ///< built in
    lz4,     ///< built in
    zstd,    ///< only if librdkafka was built with it
};

/// The configuration of one Kafka client. Everything has a default but `brokers`. It is checked strictly when a client is made from
/// it, and by `validate`; all that is wrong is told at once by `errc::invalid_config`, with the members' names and the rules. Two
/// equal configurations are one client for `kafka_client::shared`.
struct kafka_config {
    static constexpr int all = -1;    ///< for `acks`: every in-sync replica
    static constexpr int leader = 1;  ///< for `acks`: the leader alone; needs `idempotence = false`

    /// "host:port,host:port"; the port defaults to 9092, "[::1]:9092" for an IPv6 address. A scheme ("ssl://host") must be that of
    /// `security_protocol`. Never with user or password.
    std::string brokers{};
    std::string client_id = "stentor";  ///< how brokers log and meter this client
    nanoseconds attempt_timeout =
        std::chrono::seconds(9);  ///< how long one try may take, librdkafka's own retries included; 1 ms to 24 days
    /// Who must have a record before it counts as persisted: `all` or `leader`. 0 is refused: nothing could ever be persisted.
    int acks = all;
    /// Keeps order and dedupes librdkafka's own retries; needs `acks = all`. Without it librdkafka retries nothing by itself,
    /// because that would reorder the records of a key: all retries are the RetryPolicy's then. And what ended `unknown` can then
    /// be written later, behind newer records of its key: brokers know no better.
    bool idempotence = true;
    nanoseconds linger{};                                  ///< how long a record may wait for a fuller batch; under attempt_timeout
    std::int32_t batch_size = 1'000'000;                   ///< bytes of a batch, at most
    std::int32_t batch_messages = 10'000;                  ///< records of a batch, at most
    stentor::compression compression = compression::none;  ///< of the batches on the wire
    nanoseconds request_timeout{};                         ///< for one answer of a broker; zero: attempt_timeout, at most 30 s
    nanoseconds connection_timeout = std::chrono::seconds(10);  ///< for TCP, TLS and SASL together; at least 1 s
    /// Topics that this client needs, with what a missing one is created with.
    std::vector<topic_settings> topics{};
    bool create_topics = false;  ///< create a missing topic instead of failing: as `topics` has it, else with the broker's defaults

    std::string security_protocol{};         ///< plaintext (also when empty), ssl, sasl_plaintext, sasl_ssl
    std::string ssl_ca_location{};           ///< PEM file or folder of the CAs to trust; empty: the system's
    std::string ssl_ca_pem{};                ///< instead: the CAs themselves
    std::string ssl_certificate_location{};  ///< PEM file of this client's certificate
    std::string ssl_certificate_pem{};       ///< instead: the certificate itself
    std::string ssl_key_location{};          ///< PEM file of its key
    secret ssl_key_pem{};                    ///< instead: the key itself
    secret ssl_key_password{};               ///< of that key
    bool ssl_verify_certificate = true;      ///< false: any certificate will do, so anybody can be the broker
    bool ssl_verify_host = true;             ///< false: it may be another host's
    std::string sasl_mechanism{};            ///< PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI, OAUTHBEARER; in any case
    std::string sasl_username{};             ///< for PLAIN and SCRAM
    secret sasl_password{};                  ///< for PLAIN and SCRAM
    std::shared_ptr<token_source> tokens{};  ///< for OAUTHBEARER

    /// false: the transport never connects, and refuses each record with `errc::disabled`. Nothing else is checked then.
    bool enabled = true;
    /// Reuse header lists from one record to the next, when the librdkafka at hand is one that this was tested with (2.0.2 to
    /// 2.14). Off: a fresh list for each record; slower, and nothing else changes.
    bool recycle_headers = true;
    /// Takes `properties` that run code from outside this program: plugins, OpenSSL engines and providers, a command for Kerberos.
    bool allow_code_running_properties = false;
    /// Any other setting of librdkafka, by its own name. Those that promises of this library rest on are refused, and so are those
    /// that run code, unless allowed; of `max.in.flight` only 1 is taken. Their values are in no text of this library's.
    std::vector<std::pair<std::string, std::string>> properties{};

    [[nodiscard]] friend bool operator==(const kafka_config&, const kafka_config&) = default;
};

}  // namespace stentor::inline v0
