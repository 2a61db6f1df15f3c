#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

// Strings as JSON: quoted, escaped the way Boost.JSON does it, and checked to be UTF-8, in one pass over the bytes.

namespace stentor::inline v0::detail {

// Length of the valid UTF-8 sequence at `p` (2 to 4), or 0: Unicode 15, table 3-7. `left` is at least 1.
[[nodiscard]] inline std::size_t utf8_sequence(const unsigned char* p, std::size_t left) noexcept {
    const auto continues = [&](std::size_t i, unsigned char low, unsigned char high) {
        return i < left && p[i] >= low && p[i] <= high;
    };
    const unsigned char first = p[0];
    if (first >= 0xc2 && first <= 0xdf) {
        return continues(1, 0x80, 0xbf) ? 2 : 0;
    }
    if (first >= 0xe0 && first <= 0xef) {
        const unsigned char low = first == 0xe0 ? 0xa0 : 0x80;
        const unsigned char high = first == 0xed ? 0x9f : 0xbf;  // no surrogates
        return continues(1, low, high) && continues(2, 0x80, 0xbf) ? 3 : 0;
    }
    if (first >= 0xf0 && first <= 0xf4) {
        const unsigned char low = first == 0xf0 ? 0x90 : 0x80;
        const unsigned char high = first == 0xf4 ? 0x8f : 0xbf;
        return continues(1, low, high) && continues(2, 0x80, 0xbf) && continues(3, 0x80, 0xbf) ? 4 : 0;
    }
    return 0;
}

// How many bytes from `p` on stand for themselves in JSON: ASCII, no control character, no quote, no backslash. They are copied to
// `to`, which has room for `n` + 16 bytes.
[[nodiscard]] inline std::size_t copy_plain(const char* p, std::size_t n, char* to) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    const __m128i space = _mm_set1_epi8(0x20);
    const __m128i quote = _mm_set1_epi8('"');
    const __m128i backslash = _mm_set1_epi8('\\');
    const auto special = [&](__m128i bytes) {
        // Signed: what is below a space is a control character or not ASCII.
        const __m128i odd = _mm_or_si128(_mm_cmplt_epi8(bytes, space),
                                         _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        return static_cast<unsigned>(_mm_movemask_epi8(odd));
    };
    for (; i + 16 <= n; i += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + i));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + i), bytes);
        if (const unsigned mask = special(bytes); mask != 0) {
            return i + static_cast<std::size_t>(std::countr_zero(mask));
        }
    }
    if (i != 0 && i != n) {
        // The last, short piece together with bytes that are known to be plain: no byte loop for strings of 16 and more.
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + n - 16));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + n - 16), bytes);
        const unsigned mask = special(bytes);
        return mask == 0 ? n : n - 16 + static_cast<std::size_t>(std::countr_zero(mask));
    }
#endif
    for (; i < n; ++i) {
        const char c = p[i];
        if (static_cast<signed char>(c) < 0x20 || c == '"' || c == '\\') {
            return i;
        }
        to[i] = c;
    }
    return n;
}

// Writes the escape of one character that is not plain ASCII; at most 6 bytes.
[[nodiscard]] inline char* put_escape(char c, char* to) noexcept {
    *to++ = '\\';
    switch (c) {
        case '"': *to++ = '"'; break;
        case '\\': *to++ = '\\'; break;
        case '\b': *to++ = 'b'; break;
        case '\f': *to++ = 'f'; break;
        case '\n': *to++ = 'n'; break;
        case '\r': *to++ = 'r'; break;
        case '\t': *to++ = 't'; break;
        default: {
            constexpr const char* digits = "0123456789abcdef";
            const auto code = static_cast<unsigned char>(c);
            std::memcpy(to, "u00", 3);
            to[3] = digits[code >> 4U];
            to[4] = digits[code & 15U];
            to += 5;
            break;
        }
    }
    return to;
}

// Appends `text` as a JSON string. The answer is the offset of the first byte that is no UTF-8, or npos.
[[nodiscard]] inline std::size_t write_string(std::string_view text, buffer& out) {
    // In pieces, so that a long string does not reserve six times its size for escapes that it hardly has.
    constexpr std::size_t piece = 8192;
    const char* const begin = text.data();
    std::size_t done = 0;
    out.push_back('"');
    while (done < text.size()) {
        const std::size_t end = text.size() - done > piece ? done + piece : text.size();
        char* const start = out.reserve((end - done) * 6 + 24);
        char* to = start;
        while (done < end) {
            const std::size_t plain = copy_plain(begin + done, end - done, to);
            to += plain;
            done += plain;
            if (done >= end) {
                break;
            }
            const char c = begin[done];
            if (static_cast<signed char>(c) >= 0) {
                to = put_escape(c, to);
                ++done;
                continue;
            }
            // A sequence may reach over the end of the piece: up to 3 bytes more, which the reserve has room for.
            const std::size_t n = utf8_sequence(reinterpret_cast<const unsigned char*>(begin + done), text.size() - done);
            if (n == 0) {
                out.commit(static_cast<std::size_t>(to - start));
                return done;
            }
            std::memcpy(to, begin + done, n);
            to += n;
            done += n;
        }
        out.commit(static_cast<std::size_t>(to - start));
    }
    out.push_back('"');
    return std::string_view::npos;
}

}  // namespace stentor::inline v0::detail
