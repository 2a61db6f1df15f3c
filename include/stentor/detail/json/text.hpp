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

#if defined(__SSE2__)
// 0xff for each byte that does not stand for itself. One comparison for three kinds: with its second bit turned over, a quote is a
// space, and what is not above a space and signed is a control character, a quote, or no ASCII.
[[nodiscard]] inline __m128i not_plain(__m128i bytes) noexcept {
    const __m128i turned = _mm_xor_si128(bytes, _mm_set1_epi8(2));
    return _mm_or_si128(_mm_cmplt_epi8(turned, _mm_set1_epi8(0x21)), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
}
[[nodiscard]] inline std::size_t first_of(__m128i marked) noexcept {
    return static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(_mm_movemask_epi8(marked))));
}
#endif

// How many bytes from `p` on stand for themselves in JSON: ASCII, no control character, no quote, no backslash. They are copied to
// `to`, which has room for `n` + 16 bytes.
[[nodiscard]] inline std::size_t copy_plain(const char* p, std::size_t n, char* to) noexcept {
    std::size_t i = 0;
#if defined(__SSE2__)
    const auto load = [p](std::size_t at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + at)); };
    const auto store = [to](std::size_t at, __m128i bytes) { _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), bytes); };
    for (; i + 32 <= n; i += 32) {
        const __m128i one = load(i);
        const __m128i two = load(i + 16);
        store(i, one);
        store(i + 16, two);
        const __m128i odd_one = not_plain(one);
        const __m128i odd_two = not_plain(two);
        if (_mm_movemask_epi8(_mm_or_si128(odd_one, odd_two)) != 0) {
            return _mm_movemask_epi8(odd_one) != 0 ? i + first_of(odd_one) : i + 16 + first_of(odd_two);
        }
    }
    if (i + 16 <= n) {
        const __m128i bytes = load(i);
        store(i, bytes);
        if (const __m128i odd = not_plain(bytes); _mm_movemask_epi8(odd) != 0) {
            return i + first_of(odd);
        }
        i += 16;
    }
    if (i == n) {
        return n;
    }
    if (i != 0) {
        // The last, short piece together with bytes that are known to be plain: no byte loop for strings of 16 and more.
        const __m128i bytes = load(n - 16);
        store(n - 16, bytes);
        const __m128i odd = not_plain(bytes);
        return _mm_movemask_epi8(odd) == 0 ? n : n - 16 + first_of(odd);
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

// The rest of a string that needs more than copying: what is behind `done`, and the closing quote. The answer is the offset of the
// first byte that is no UTF-8, or npos.
[[nodiscard, gnu::noinline]] inline std::size_t write_rest(std::string_view text, std::size_t done, buffer& out) {
    // In pieces, so that a long string does not reserve six times its size for escapes that it hardly has.
    constexpr std::size_t piece = 8192;
    const char* const begin = text.data();
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

// Appends `text` as a JSON string. The answer is the offset of the first byte that is no UTF-8, or npos.
[[nodiscard]] inline std::size_t write_string(std::string_view text, buffer& out) {
    // Nearly every string is plain: then one look at the buffer's capacity is enough.
    char* const to = out.reserve(text.size() + 18);
    to[0] = '"';
    const std::size_t plain = copy_plain(text.data(), text.size(), to + 1);
    out.commit(plain + 1);
    if (plain == text.size()) [[likely]] {
        to[plain + 1] = '"';
        out.commit(1);
        return std::string_view::npos;
    }
    return write_rest(text, plain, out);
}

}  // namespace stentor::inline v0::detail
