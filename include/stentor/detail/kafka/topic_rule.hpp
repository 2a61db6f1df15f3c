#pragma once

#include <string_view>

#include <stentor/detail/ascii.hpp>
#include <stentor/version.hpp>

// What may be a topic's name; the broker's own rule. librdkafka takes any, and then waits for it in vain.

namespace stentor::inline v0::detail::kafka {

inline constexpr std::string_view topic_rule = "must have 1 to 249 letters, digits and . _ - and must not be . or ..";

[[nodiscard]] constexpr bool is_topic_name(std::string_view name) noexcept {
    for (const char c : name) {
        if ((lower(c) < 'a' || lower(c) > 'z') && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-') {
            return false;
        }
    }
    return !name.empty() && name.size() <= 249 && name != "." && name != "..";
}

}  // namespace stentor::inline v0::detail::kafka
