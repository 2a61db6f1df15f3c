#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stentor/detail/json/text.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The length of the UTF-8 sequence at `i`, or 0.
[[nodiscard]] inline std::size_t sequence_at(std::string_view text, std::size_t i) noexcept {
    const auto* const at = reinterpret_cast<const unsigned char*>(text.data()) + i;
    return *at < 0x80 ? 1 : utf8_sequence(at, text.size() - i);
}

[[nodiscard]] inline bool is_valid_text(std::string_view text) noexcept {
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_at(text, i);
        if (length == 0) {
            return false;
        }
        i += length;
    }
    return true;
}

// The text with U+FFFD for each byte that belongs to no UTF-8 sequence: what brokers and operating systems say goes into JSON.
[[nodiscard]] inline std::string valid_text(std::string_view text) {
    std::string valid;
    valid.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = sequence_at(text, i);
        if (length == 0) {
            valid += "\xef\xbf\xbd";
            ++i;
        } else {
            valid += text.substr(i, length);
            i += length;
        }
    }
    return valid;
}

}  // namespace stentor::inline v0::detail
