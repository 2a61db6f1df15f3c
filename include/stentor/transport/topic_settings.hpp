#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <stentor/version.hpp>

/// @file
/// What a topic is created with.

namespace stentor::inline v0 {

/// A topic that a client needs. When it is missing and topics are to be created, it is made like this.
struct topic_settings {
    std::string name{};                                          ///< letters, digits and . _ - only, at most 249 of them
    std::int32_t partitions = -1;                                ///< how many; -1: the broker's default
    std::int32_t replication = -1;                               ///< copies of each; -1: the broker's default
    std::vector<std::pair<std::string, std::string>> configs{};  ///< of the topic: {"retention.ms", "86400000"}

    [[nodiscard]] friend bool operator==(const topic_settings&, const topic_settings&) = default;
};

}  // namespace stentor::inline v0
