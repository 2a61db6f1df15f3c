#pragma once

#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <string_view>

#include <librdkafka/rdkafka.h>
#include <sys/socket.h>

#include <stentor/detail/kafka/connect/certificate.hpp>
#include <stentor/detail/kafka/connect/diagnosis.hpp>
#include <stentor/detail/kafka/versions.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

[[nodiscard]] inline std::string setting(const rd_kafka_conf_t* conf, const char* name) {
    std::array<char, 256> value{};
    std::size_t size = value.size();
    return ::rd_kafka_conf_get(conf, name, value.data(), &size) == RD_KAFKA_CONF_OK && size <= value.size() ? value.data()
                                                                                                            : std::string{};
}

// As librdkafka has understood it.
[[nodiscard]] inline security security_of(const rd_kafka_conf_t* conf) {
    const std::string protocol = setting(conf, "security.protocol");
    security s;
    s.tls = protocol.ends_with("ssl");
    s.sasl = protocol.starts_with("sasl");
    const std::string family = setting(conf, "broker.address.family");
    s.family = family == "v4" ? AF_INET : family == "v6" ? AF_INET6 : AF_UNSPEC;
    if (s.sasl) {
        s.mechanism = setting(conf, "sasl.mechanisms");
        s.old_scram = s.mechanism.starts_with("SCRAM") && !versions::scram_pleases_kafka_4();
    }
    return s;
}

// librdkafka says no more than that a certificate is not right. Decides nothing: it passes on what OpenSSL has found.
inline int certificate_checked(rd_kafka_t*, const char*, std::int32_t, int* error, int, const char*, std::size_t, char* why,
                               std::size_t size, void*) {
    if (*error == 0) {
        return 1;
    }
    const std::string_view words = certificate_words(*error);
    ::snprintf(why, size, "%.*s", static_cast<int>(words.size()), words.data());
    return 0;
}

}  // namespace stentor::inline v0::detail::kafka
