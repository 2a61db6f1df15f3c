#include "cluster.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include <stentor/settings.hpp>

namespace demo {
namespace {

constexpr std::array names_of_brokers{"KAFKA_BROKERS", "KAFKA_BOOTSTRAP_SERVERS", "KAFKA_METADATA_BROKER_LIST"};

bool is_set(const char* variable) {
    const char* const value = std::getenv(variable);
    return value != nullptr && *value != '\0';
}

// librdkafka takes mechanisms in capitals only.
std::string capitals(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return text;
}

// Of the other properties those that say how to get to a broker; the rest are a producer's.
bool is_about_connections(std::string_view property) {
    return property.starts_with("ssl.") || property.starts_with("sasl.") || property.starts_with("socket.") ||
           property.starts_with("broker.");
}

}  // namespace

std::optional<stentor::kafka_config> cluster_of_environment() {
    if (std::none_of(names_of_brokers.begin(), names_of_brokers.end(), is_set)) {
        return std::nullopt;
    }
    stentor::settings defaults;
    defaults.client.client_id = "web-crawl-gateway";
    const stentor::settings_report read = stentor::settings::examine(stentor::environment::of_process(), defaults);
    std::string wrong;
    for (const stentor::problem& p : read.problems) {
        wrong.append(wrong.empty() ? "" : "\n  ").append(p.key).append(": ").append(p.rule);
    }
    if (!wrong.empty()) {
        throw std::runtime_error(wrong);
    }
    if (!read.value.client.enabled) {
        throw std::runtime_error("KAFKA_ENABLED=false: nothing can be sent to the cluster that the environment names");
    }
    return read.value.client;
}

std::vector<std::pair<std::string, std::string>> plain_settings(const stentor::kafka_config& c) {
    std::vector<std::pair<std::string, std::string>> all{
        {"bootstrap.servers", c.brokers},
        {"security.protocol", c.security_protocol},
        {"ssl.ca.location", c.ssl_ca_location},
        {"ssl.ca.pem", c.ssl_ca_pem},
        {"ssl.certificate.location", c.ssl_certificate_location},
        {"ssl.certificate.pem", c.ssl_certificate_pem},
        {"ssl.key.location", c.ssl_key_location},
        {"ssl.key.pem", c.ssl_key_pem.reveal()},
        {"ssl.key.password", c.ssl_key_password.reveal()},
        {"enable.ssl.certificate.verification", c.ssl_verify_certificate ? "true" : "false"},
        {"ssl.endpoint.identification.algorithm", c.ssl_verify_host && c.ssl_verify_certificate ? "https" : "none"},
        {"sasl.mechanisms", capitals(c.sasl_mechanism)},
        {"sasl.username", c.sasl_username},
        {"sasl.password", c.sasl_password.reveal()},
    };
    std::erase_if(all, [](const auto& setting) { return setting.second.empty(); });
    std::copy_if(c.properties.begin(), c.properties.end(), std::back_inserter(all),
                 [](const auto& property) { return is_about_connections(property.first); });
    return all;
}

}  // namespace demo
