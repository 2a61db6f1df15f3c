#pragma once

// The grammar of tracestate, apart from the interface.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include <stentor/detail/math.hpp>
#include <stentor/tracer/trace_context.hpp>

namespace stentor::inline v0 {
namespace detail {

inline constexpr std::size_t tracestate_members = 32;
inline constexpr std::size_t tracestate_long_member = 128;

[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text) noexcept {
    const auto blank = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && blank(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && blank(text.back())) {
        text.remove_suffix(1);
    }
    return text;
}

// What a character may be part of. Level 2 of the specification: a key is a letter or a digit, then up to 255 of the rest. Level 1
// wanted a letter unless there was an @; who only forwards has no reason to be stricter than the newest rule.
inline constexpr std::uint8_t key_start = 1;
inline constexpr std::uint8_t key_rest = 2;
inline constexpr std::uint8_t value_part = 4;

inline constexpr auto state_characters = [] {
    std::array<std::uint8_t, 256> table{};
    for (std::size_t c = 0x20; c <= 0x7e; ++c) {
        const bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        const bool sign = c == '_' || c == '-' || c == '*' || c == '/' || c == '@';
        table[c] = static_cast<std::uint8_t>((alnum ? key_start | key_rest : 0) | (sign ? key_rest : 0) |
                                             (c != ',' && c != '=' ? value_part : 0));
    }
    return table;
}();

[[nodiscard]] constexpr bool is_made_of(std::string_view text, std::uint8_t part) noexcept {
    std::uint8_t all = part;
    for (const char c : text) {
        all &= state_characters[static_cast<unsigned char>(c)];
    }
    return all == part && !text.empty() && text.size() <= 256;
}

[[nodiscard]] constexpr bool is_state_member(std::string_view member) noexcept {
    const std::size_t equals = member.find('=');
    return equals != std::string_view::npos && is_made_of(member.substr(0, equals), key_rest) &&
           is_made_of(member.substr(0, 1), key_start) && is_made_of(member.substr(equals + 1), value_part);
}

// Calls `keep(member)` for each member, without the blanks around it and not for empty ones, and says how many there were; 0 when
// the text breaks a rule.
template <class Keep>
constexpr std::size_t each_state_member(std::string_view text, Keep keep) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = detail::lesser(text.find(',', at), text.size());
        const std::string_view member = trim_blanks(text.substr(at, end - at));
        at = end + 1;
        if (member.empty()) {
            continue;
        }
        if (count == tracestate_members || !is_state_member(member)) {
            return 0;
        }
        keep(member, count);
        ++count;
    }
    return count;
}

}  // namespace detail

inline std::string_view forwardable_tracestate(std::string_view given, std::span<char, tracestate_limit> room) noexcept {
    if (given.size() <= tracestate_limit) {
        return detail::each_state_member(given, [](std::string_view, std::size_t) {}) != 0 ? given : std::string_view{};
    }
    std::array<std::string_view, detail::tracestate_members> members{};
    const std::size_t count = detail::each_state_member(given, [&](std::string_view m, std::size_t i) { members[i] = m; });
    std::size_t size = 0;
    for (std::size_t i = 0; i < count; ++i) {
        size += members[i].size() + 1;
    }
    // A comma follows each member but the last.
    const auto leave_out_over = [&](std::size_t length) {
        for (std::size_t i = count; i-- > 0 && size > tracestate_limit + 1;) {
            if (members[i].size() > length) {
                size -= members[i].size() + 1;
                members[i] = {};
            }
        }
    };
    leave_out_over(detail::tracestate_long_member);
    leave_out_over(0);
    std::size_t used = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (const std::string_view m = members[i]; !m.empty()) {
            if (used != 0) {
                room[used++] = ',';
            }
            std::memcpy(room.data() + used, m.data(), m.size());
            used += m.size();
        }
    }
    return {room.data(), used};
}

}  // namespace stentor::inline v0
