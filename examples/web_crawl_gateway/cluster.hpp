#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stentor/transport/kafka_config.hpp>

namespace demo {

/// The cluster of the environment's `KAFKA_…` variables; none when they name no brokers. Throws `std::runtime_error` with all that
/// is wrong with them, or when they switch Kafka off.
[[nodiscard]] std::optional<stentor::kafka_config> cluster_of_environment();

/// librdkafka's names and values for a plain client of the same cluster: where it is, and who asks. Secrets are in it.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> plain_settings(const stentor::kafka_config& cluster);

}  // namespace demo
