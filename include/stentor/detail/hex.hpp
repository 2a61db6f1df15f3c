#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <stentor/version.hpp>

// Hexadecimal digits eight at a time: a trace context is checked or made in each publish.

namespace stentor::inline v0::detail {

inline constexpr std::uint64_t each_byte = 0x0101010101010101U;

[[nodiscard]] constexpr int hex_digit(char c) noexcept {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The value of two lower-case digits, or -1.
[[nodiscard]] constexpr int hex_byte(char high, char low) noexcept {
    const int h = hex_digit(high);
    const int l = hex_digit(low);
    return h < 0 || l < 0 ? -1 : h * 16 + l;
}

// Bytes in the order of memory. One load or store, where the compiler would make eight of the shifts.
[[nodiscard]] constexpr std::uint64_t load_eight(const char* from) noexcept {
    std::uint64_t word = 0;
    if (std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < 8; ++i) {
            word |= std::uint64_t{static_cast<unsigned char>(from[i])} << (8 * i);
        }
    } else {
        std::memcpy(&word, from, sizeof word);
    }
    return word;
}

// The highest byte first.
constexpr void store_eight(std::uint64_t word, char* to) noexcept {
    if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
        word = __builtin_bswap64(word);
        std::memcpy(to, &word, sizeof word);
        return;
    }
    for (std::size_t i = 0; i < 8; ++i) {
        to[i] = static_cast<char>(word >> (56 - 8 * i) & 0xffU);
    }
}

// Each byte of `word` is one of 0-9 and a-f. With the high bit of each byte set, a subtraction cannot borrow from its neighbour,
// and that bit then says "at least".
[[nodiscard]] constexpr bool all_hex(std::uint64_t word) noexcept {
    constexpr std::uint64_t high = each_byte * 0x80U;
    const std::uint64_t raised = word | high;
    const std::uint64_t digit = (raised - each_byte * '0') & ~(raised - each_byte * ('9' + 1));
    const std::uint64_t letter = (raised - each_byte * 'a') & ~(raised - each_byte * ('f' + 1));
    return ((digit | letter) & ~word & high) == high;
}

// Lower-case digits, not all of them zeros. The size must be a multiple of eight.
[[nodiscard]] constexpr bool is_hex_id(std::string_view id) noexcept {
    std::uint64_t not_zero = 0;
    for (std::size_t i = 0; i < id.size(); i += 8) {
        const std::uint64_t word = load_eight(id.data() + i);
        if (!all_hex(word)) {
            return false;
        }
        not_zero |= word ^ (each_byte * '0');
    }
    return not_zero != 0;
}

// Eight digits.
constexpr void write_hex(std::uint32_t value, char* to) noexcept {
    std::uint64_t v = value;  // one digit a byte, the first one in the highest
    v = (v & 0xffff0000U) << 16U | (v & 0x0000ffffU);
    v = (v & 0x0000ff000000ff00U) << 8U | (v & 0x000000ff000000ffU);
    v = (v & 0x00f000f000f000f0U) << 4U | (v & 0x000f000f000f000fU);
    const std::uint64_t letters = (v + each_byte * 6) >> 4U & each_byte;
    v += each_byte * '0' + letters * ('a' - '0' - 10);
    store_eight(v, to);
}

// Sixteen digits.
constexpr void write_hex(std::uint64_t value, char* to) noexcept {
#if defined(__SSE2__)
    if (!std::is_constant_evaluated()) {
        const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(__builtin_bswap64(value)));
        const __m128i fours = _mm_set1_epi8(15);
        const __m128i digits = _mm_unpacklo_epi8(_mm_and_si128(_mm_srli_epi16(bytes, 4), fours), _mm_and_si128(bytes, fours));
        const __m128i letters = _mm_and_si128(_mm_cmpgt_epi8(digits, _mm_set1_epi8(9)), _mm_set1_epi8('a' - '0' - 10));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm_add_epi8(_mm_add_epi8(digits, _mm_set1_epi8('0')), letters));
        return;
    }
#endif
    write_hex(static_cast<std::uint32_t>(value >> 32U), to);
    write_hex(static_cast<std::uint32_t>(value), to + 8);
}

struct trace_ids {
    std::uint64_t trace_high = 0;
    std::uint64_t trace_low = 0;
    std::uint64_t parent = 0;
};

// Three numbers of the splitmix64 sequence that `random` starts: one to one, so no two random numbers give the same trace.
[[nodiscard]] constexpr trace_ids ids_from(std::uint64_t random) noexcept {
    const auto draw = [&random]() noexcept {
        random += 0x9e3779b97f4a7c15U;
        std::uint64_t z = random;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    };
    trace_ids ids{draw(), draw(), draw()};
    // Two draws of the sequence are never equal, so only the parent can be all zeros.
    if (ids.parent == 0) {
        ids.parent = 1;
    }
    return ids;
}

}  // namespace stentor::inline v0::detail
