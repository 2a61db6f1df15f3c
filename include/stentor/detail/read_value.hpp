#pragma once

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <stentor/detail/ascii.hpp>
#include <stentor/version.hpp>

// What people write into settings, read strictly: all of the text, or nothing. Nothing here repeats a value: it may be a secret
// that got into the wrong place.

namespace stentor::inline v0::detail {

// "-5", "3000"; no blanks, no plus, no other base.
[[nodiscard]] inline std::optional<std::int64_t> read_whole(std::string_view text) noexcept {
    std::int64_t number = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failed == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

[[nodiscard]] inline std::string whole_rule(std::int64_t least, std::int64_t most, std::string_view unit = {}) {
    std::string rule = "must be a whole number";
    if (!unit.empty()) {
        rule.append(" of ").append(unit);
    }
    return rule.append(" from ")
        .append(std::to_string(least))
        .append(" to ")
        .append(std::to_string(most))
        .append(", in digits only");
}

// "5", "0.5".
[[nodiscard]] constexpr bool is_decimal(std::string_view text) noexcept {
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
    };
    const auto point = text.find('.');
    return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

inline constexpr std::string_view boolean_rule = "must be true or false (or yes, no, on, off, 1, 0)";

[[nodiscard]] constexpr std::optional<bool> read_boolean(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 4> yes{"true", "yes", "on", "1"};
    constexpr std::array<std::string_view, 4> no{"false", "no", "off", "0"};
    for (const std::string_view word : yes) {
        if (same_ignoring_case(word, text)) {
            return true;
        }
    }
    for (const std::string_view word : no) {
        if (same_ignoring_case(word, text)) {
            return false;
        }
    }
    return std::nullopt;
}

// One of the words that `choices` has with blanks between them, as it is spelled there; empty if none.
[[nodiscard]] constexpr std::string_view read_choice(std::string_view text, std::string_view choices) noexcept {
    while (!choices.empty()) {
        const auto blank = choices.find(' ');
        const std::string_view word = choices.substr(0, blank);
        if (same_ignoring_case(word, text)) {
            return word;
        }
        choices.remove_prefix(blank == std::string_view::npos ? choices.size() : blank + 1);
    }
    return {};
}

// "must be a, b or c"
[[nodiscard]] inline std::string choice_rule(std::string_view choices) {
    std::string rule = "must be ";
    for (const char c : choices) {
        if (c == ' ') {
            rule.append(", ");
        } else {
            rule.push_back(c);
        }
    }
    if (const auto last = rule.rfind(", "); last != std::string::npos) {
        rule.replace(last, 2, " or ");
    }
    return rule;
}

}  // namespace stentor::inline v0::detail
