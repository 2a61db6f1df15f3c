#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <stentor/version.hpp>

// Is this the URL of something on a network: scheme "://" [user "@"] host [":" port] …, RFC 3986. Bytes over 0x7F pass everywhere
// but in the scheme: browsers hand over addresses with them. Path and query are not looked into, but for blanks.

namespace stentor::inline v0::detail {

[[nodiscard]] constexpr bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
[[nodiscard]] constexpr bool is_hex_digit(char c) noexcept {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
[[nodiscard]] constexpr bool is_scheme_tail(char c) noexcept {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
}
[[nodiscard]] constexpr bool is_above_ascii(char c) noexcept { return static_cast<unsigned char>(c) > 0x7F; }
// White space and control characters of ASCII.
[[nodiscard]] constexpr bool is_blank(char c) noexcept { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; }

// Empty, or 0 to 65535; leading zeros are legal.
[[nodiscard]] constexpr bool is_port(std::string_view text) noexcept {
    unsigned value = 0;
    for (const char c : text) {
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (!is_digit(c) || value > 65535) {
            return false;
        }
    }
    return true;
}

// Four numbers of 0 to 255, as they end an IPv6 address.
[[nodiscard]] constexpr bool is_ipv4(std::string_view text) noexcept {
    for (int i = 0; i < 4; ++i) {
        const std::size_t end = i < 3 ? text.find('.') : text.size();
        if (end == 0 || end > 3) {  // npos is more, too
            return false;
        }
        unsigned value = 0;
        for (const char c : text.substr(0, end)) {
            value = is_digit(c) ? value * 10 + static_cast<unsigned>(c - '0') : 256;
            if (value > 255) {
                return false;
            }
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

// Groups of one to four hex digits between colons; -1: something else. An IPv4 address may be the end, and counts as two.
[[nodiscard]] constexpr int ipv6_groups(std::string_view text, bool at_end) noexcept {
    int groups = 0;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(':'), text.size());
        const std::string_view group = text.substr(0, end);
        const bool last = end == text.size();
        if (last && at_end && is_ipv4(group)) {
            return groups + 2;
        }
        if (group.empty() || group.size() > 4 || !std::all_of(group.begin(), group.end(), is_hex_digit) || end + 1 == text.size()) {
            return -1;
        }
        ++groups;
        text.remove_prefix(last ? end : end + 1);
    }
    return groups;
}

// Without a zone: that would name a network card of the machine it came from.
[[nodiscard]] constexpr bool is_ipv6(std::string_view text) noexcept {
    const std::size_t gap = text.find("::");
    if (gap == std::string_view::npos) {
        return ipv6_groups(text, true) == 8;
    }
    const int before = ipv6_groups(text.substr(0, gap), false);
    const int after = ipv6_groups(text.substr(gap + 2), true);
    return before >= 0 && after >= 0 && before + after < 8;
}

// What RFC 3986 lets stand in a host's name or a user's, but for the colon. A percent sign begins %XX.
[[nodiscard]] constexpr bool is_name_text(std::string_view text) noexcept {
    constexpr std::string_view others = "-._~!$&'()*+,;=";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '%') {
            if (i + 2 >= text.size() || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) {
                return false;
            }
        } else if (!is_letter(c) && !is_digit(c) && !is_above_ascii(c) && others.find(c) == std::string_view::npos) {
            return false;
        }
    }
    return true;
}

// A name needs more than dots and dashes.
[[nodiscard]] constexpr bool is_host_name(std::string_view text) noexcept {
    return is_name_text(text) &&
           std::any_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c) || is_above_ascii(c); });
}

[[nodiscard]] constexpr bool is_scheme(std::string_view text) noexcept {
    return !text.empty() && is_letter(text[0]) && std::all_of(text.begin(), text.end(), is_scheme_tail);
}

// Whoever writes a user's name before the host may have left out the %40 and %3A that belong there; the last @ counts.
[[nodiscard]] constexpr bool is_user(std::string_view text) noexcept {
    while (!text.empty()) {
        const std::size_t end = std::min(text.find_first_of(":@"), text.size());
        if (!is_name_text(text.substr(0, end))) {
            return false;
        }
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return true;
}

// [user "@"] host [":" port]
[[nodiscard]] constexpr bool is_authority(std::string_view text) noexcept {
    if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
        if (!is_user(text.substr(0, at))) {
            return false;
        }
        text.remove_prefix(at + 1);
    }
    const bool bracketed = text.starts_with('[');
    const std::size_t end = bracketed ? text.find(']') : std::min(text.find(':'), text.size());
    if (end == std::string_view::npos || !(bracketed ? is_ipv6(text.substr(1, end - 1)) : is_host_name(text.substr(0, end)))) {
        return false;
    }
    const std::string_view rest = text.substr(bracketed ? end + 1 : end);
    return rest.empty() || (rest[0] == ':' && is_port(rest.substr(1)));
}

[[nodiscard]] constexpr bool is_url(std::string_view url) noexcept {
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos || !is_scheme(url.substr(0, colon)) || std::any_of(url.begin(), url.end(), is_blank)) {
        return false;
    }
    const std::string_view rest = url.substr(colon + 3);
    return is_authority(rest.substr(0, rest.find_first_of("/?#")));
}

}  // namespace stentor::inline v0::detail
