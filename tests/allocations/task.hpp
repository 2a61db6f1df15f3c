#pragma once

#include <cstddef>
#include <string_view>

#include <stentor/error.hpp>
#include <stentor/formats/gateway.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>

#include "counting.hpp"

// The message of the allocation tests, the gateway's, with its five headers: names and values too long for a std::string's own
// space.

namespace allocations {

inline constexpr int warm_up = 1000;
inline constexpr int measured = 1000;

// The i-th task. There are eight, so that several lanes and partitions are at work.
[[nodiscard]] inline stentor::formats::gateway::new_task_view new_task(int i) {
    static constexpr std::string_view ids =
        "5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b10 5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b11 5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b12 "
        "5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b13 5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b14 5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b15 "
        "5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b16 5f3c9f0e-6d0a-4c6e-9a65-0d6f1f5a2b17 ";
    constexpr std::size_t stride = 37;
    constexpr std::size_t count = ids.size() / stride;
    return {.task_id = ids.substr(static_cast<std::size_t>(i) % count * stride, stride - 1),
            .user_email = "margarethe.hollenbach@example.org",
            .query = "how do lighthouses keep their \"lamps\" turning when the mains supply fails in a storm \xf0\x9f\x98\x80",
            .original_url = "https://www.example.org/articles/2026/01/lighthouses-and-their-keepers?ref=frontpage",
            .timestamp = stentor::timestamp{stentor::milliseconds(1'767'225'600'123)}};
}

}  // namespace allocations
