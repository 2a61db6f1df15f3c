#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/versions.hpp>

#include "gateway.hpp"

// Ways into the broker, by each of its listeners, and what a client of its own is tried with.

namespace broker {

struct note {
    std::string id;
};

struct text_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(n.id);
        return {};
    }
};

}  // namespace broker

template <>
struct stentor::message_traits<broker::note> {
    static constexpr std::string_view topic = "task-status";
    static std::string_view key(const broker::note& n) { return n.id; }
};

namespace broker {

using stentor::kafka_client;
using stentor::kafka_config;

inline const cluster& kafka() { return cluster::shared(); }

inline kafka_config at(const char* listener, kafka_config config = {}) {
    config.brokers = std::string_view(listener) == "PLAINTEXT" ? kafka().brokers() : kafka()[listener];
    return config;
}

inline kafka_config tls(const char* listener, const char* ca = "CA") {
    return at(listener, {.security_protocol = "ssl", .ssl_ca_location = kafka()[ca]});
}

inline kafka_config login(const char* mechanism, const char* user = "USER", const char* password = "PASSWORD") {
    return at("SASL_PLAINTEXT", {.security_protocol = "sasl_plaintext",
                                 .sasl_mechanism = mechanism,
                                 .sasl_username = kafka()[user],
                                 .sasl_password = kafka()[password]});
}

inline kafka_config login_over_tls(const char* mechanism) {
    kafka_config c = login(mechanism);
    c.brokers = kafka()["SASL_SSL"];
    c.security_protocol = "sasl_ssl";
    c.ssl_ca_location = kafka()["CA"];
    return c;
}

inline const bool good_scram = stentor::detail::kafka::versions::scram_pleases_kafka_4();

/// Ends of publishes, in the order in which they came.
struct endings {
    std::mutex lock;
    std::vector<stentor::result<stentor::receipt>> all;

    auto one() {
        return [this](stentor::result<stentor::receipt> r) {
            const std::lock_guard guard(lock);
            all.push_back(std::move(r));
        };
    }
    std::size_t count() {
        const std::lock_guard guard(lock);
        return all.size();
    }
};

template <class... Policies>
auto publisher(std::shared_ptr<kafka_client> client, Policies... policies) {
    return stentor::basic_publisher{stentor::kafka_transport{std::move(client)}, text_serializer{}, stentor::no_breaker{},
                                    std::move(policies)...};
}

template <class... Policies>
auto publisher(const kafka_config& config, Policies... policies) {
    return publisher(std::make_shared<kafka_client>(config), std::move(policies)...);
}

}  // namespace broker
