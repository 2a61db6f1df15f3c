#pragma once

#include <vector>

#include <stentor/detail/kafka/conf_rules.hpp>
#include <stentor/error.hpp>
#include <stentor/problem.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

/// @file
/// Whether a `kafka_config` keeps the rules.

namespace stentor::inline v0 {

/// Every rule that it breaks, all at once. What only librdkafka can say (whether files can be read, what its version and its build
/// lack) comes when a client is made.
[[nodiscard]] inline std::vector<problem> problems_of(const kafka_config& config) {
    std::vector<problem> wrong;
    detail::kafka::check(config, 0, wrong);
    return wrong;
}

/// The same as one error, `errc::invalid_config`, which names each member and its rule.
[[nodiscard]] inline result<void> validate(const kafka_config& config) {
    const std::vector<problem> wrong = problems_of(config);
    return wrong.empty() ? result<void>{} : result<void>{error_of("kafka_config", wrong)};
}

}  // namespace stentor::inline v0
