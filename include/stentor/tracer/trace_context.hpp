#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <stentor/detail/hex.hpp>
#include <stentor/version.hpp>

/// @file
/// W3C Trace Context (https://www.w3.org/TR/trace-context/) as pure functions: reading, checking and making `traceparent` and
/// `tracestate`. No allocation, no state, any thread.

namespace stentor::inline v0 {

/// The length of a `traceparent` as this version of the specification (00) writes it.
inline constexpr std::size_t traceparent_size = 55;
/// As much of a `tracestate` as is forwarded: what the specification asks everybody to keep.
inline constexpr std::size_t tracestate_limit = 512;

/// A valid `traceparent`. The ids are views of what was parsed: lower-case hexadecimal, never all zero.
struct traceparent {
    static constexpr std::uint8_t sampled_flag = 1;  ///< the caller records this trace
    static constexpr std::uint8_t random_flag = 2;   ///< the right half of the trace id is random

    std::string_view trace_id{};   ///< 32 digits
    std::string_view parent_id{};  ///< 16 digits
    std::uint8_t flags = 0;        ///< only those that the specification knows

    /// The caller records this trace.
    [[nodiscard]] constexpr bool sampled() const noexcept { return (flags & sampled_flag) != 0; }
};

/// Reads a `traceparent` strictly. Nothing, when it breaks a rule: upper case, blanks, version ff, an id of zeros, a version 00
/// that is not exactly 55 characters long. Of a higher version the first 55 characters count, and of its flags only `sampled`.
[[nodiscard]] constexpr std::optional<traceparent> parse_traceparent(std::string_view text) noexcept {
    if (text.size() < traceparent_size || text[2] != '-' || text[35] != '-' || text[52] != '-') {
        return std::nullopt;
    }
    const int format = detail::hex_byte(text[0], text[1]);
    const int flags = detail::hex_byte(text[53], text[54]);
    if (format < 0 || format == 0xff || flags < 0) {
        return std::nullopt;
    }
    if (text.size() > traceparent_size && (format == 0 || text[traceparent_size] != '-')) {
        return std::nullopt;
    }
    const std::string_view trace_id = text.substr(3, 32);
    const std::string_view parent_id = text.substr(36, 16);
    if (!detail::is_hex_id(trace_id) || !detail::is_hex_id(parent_id)) {
        return std::nullopt;
    }
    const int known = format == 0 ? traceparent::sampled_flag | traceparent::random_flag : traceparent::sampled_flag;
    return traceparent{trace_id, parent_id, static_cast<std::uint8_t>(flags & known)};
}

/// Writes a `traceparent` of version 00. The ids must be as `parse_traceparent` gives them.
constexpr void write_traceparent(const traceparent& from, std::span<char, traceparent_size> to) noexcept {
    constexpr std::string_view digits = "0123456789abcdef";
    to[0] = to[1] = '0';
    to[2] = to[35] = to[52] = '-';
    std::char_traits<char>::copy(to.data() + 3, from.trace_id.data(), 32);
    std::char_traits<char>::copy(to.data() + 36, from.parent_id.data(), 16);
    to[53] = digits[from.flags >> 4U];
    to[54] = digits[from.flags & 15U];
}

/// Writes the first `traceparent` of a new, sampled trace. The same random number gives the same ids; they are never zero.
constexpr void new_traceparent(std::uint64_t random, std::span<char, traceparent_size> to) noexcept {
    const detail::trace_ids ids = detail::ids_from(random);
    to[0] = to[1] = to[53] = '0';
    to[2] = to[35] = to[52] = '-';
    to[54] = '1';
    detail::write_hex(ids.trace_high, to.data() + 3);
    detail::write_hex(ids.trace_low, to.data() + 19);
    detail::write_hex(ids.parent, to.data() + 36);
}

/// The part of a `tracestate` that is to be forwarded; empty when there is none or it breaks a rule (a member that is no
/// `key=value`, a character that may not be there, more than 32 members). What is valid and not over 512 characters is forwarded as
/// it is. Of a longer one whole members are left out, those of over 128 characters first, each time the last one; then the result
/// lies in `room`.
[[nodiscard]] std::string_view forwardable_tracestate(std::string_view given, std::span<char, tracestate_limit> room) noexcept;

}  // namespace stentor::inline v0

#include <stentor/detail/tracestate.ipp>
