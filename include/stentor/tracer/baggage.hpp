#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <stentor/version.hpp>

/// @file
/// W3C Baggage (https://www.w3.org/TR/baggage/), as far as it is passed on. A pure function: no allocation, no state, any thread.

namespace stentor::inline v0 {

/// As many bytes of `baggage` as are forwarded: what the specification asks everybody to carry.
inline constexpr std::size_t baggage_limit = 8192;
/// As many members.
inline constexpr std::size_t baggage_members = 64;

namespace detail {

// RFC 7230: what a token is made of.
inline constexpr auto token_characters = [] {
    std::array<bool, 256> table{};
    for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
        table[static_cast<unsigned char>(c)] = true;
    }
    return table;
}();

[[nodiscard]] constexpr std::string_view without_blanks(std::string_view text) noexcept {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// `key=value;properties`. Of the value only what no header may hold is looked for: control characters, and bytes that are no ASCII.
[[nodiscard]] constexpr bool is_baggage_member(std::string_view member) noexcept {
    const std::size_t equals = member.find('=');
    if (equals == std::string_view::npos) {
        return false;
    }
    const std::string_view key = without_blanks(member.substr(0, equals));
    for (const char c : key) {
        if (!token_characters[static_cast<unsigned char>(c)]) {
            return false;
        }
    }
    for (const char c : member) {
        if ((c < ' ' && c != '\t') || c > '~') {
            return false;
        }
    }
    return !key.empty();
}

}  // namespace detail

/// The part of a `baggage` that is to be forwarded, as it was given: all of it, or, over 8,192 bytes or 64 members, as many whole
/// members from its beginning as keep to both. Empty when a member breaks a rule that others may rely on: it has no `key=`, its key
/// is no token, or it has control characters or bytes that are no ASCII. Empty members and blanks around members are let be, and
/// values are not looked at more closely.
[[nodiscard]] constexpr std::string_view forwardable_baggage(std::string_view given) noexcept {
    std::size_t members = 0;
    std::size_t kept = 0;
    for (std::size_t at = 0; at < given.size();) {
        const std::size_t comma = given.find(',', at);
        const std::size_t end = comma < given.size() ? comma : given.size();
        const std::string_view member = detail::without_blanks(given.substr(at, end - at));
        at = end + 1;
        if (member.empty()) {
            continue;
        }
        if (!detail::is_baggage_member(member)) {
            return {};
        }
        ++members;
        if (members <= baggage_members && end <= baggage_limit) {
            kept = end;
        }
    }
    const bool whole = members <= baggage_members && given.size() <= baggage_limit;
    return members == 0 ? std::string_view{} : whole ? given : given.substr(0, kept);
}

}  // namespace stentor::inline v0
