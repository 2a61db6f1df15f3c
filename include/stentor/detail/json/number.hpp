#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <system_error>

#include <stentor/detail/math.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

template <std::integral Integer>
void write_integer(Integer value, buffer& out) {
    constexpr std::size_t most = 24;
    char* const to = out.reserve(most);
    if constexpr (sizeof(Integer) == 1) {
        // to_chars has no overload for every character type.
        out.commit(static_cast<std::size_t>(std::to_chars(to, to + most, static_cast<int>(value)).ptr - to));
    } else {
        out.commit(static_cast<std::size_t>(std::to_chars(to, to + most, value).ptr - to));
    }
}

// The shortest text that reads back as the same number, laid out as ECMAScript's Number::toString does (ECMA-262, 6.1.6.1.20): that
// is what JavaScript writes, and close to what Python, Go and Rust do. False: not a number or infinite, which JSON does not have.
template <std::floating_point Float>
[[nodiscard]] bool write_float(Float value, buffer& out) {
    if (!is_finite(value)) {
        return false;
    }
    if (value == Float{}) {
        out.append(has_sign(value) ? std::string_view{"-0"} : std::string_view{"0"});
        return true;
    }
    char text[64];
    const auto end = std::to_chars(text, text + sizeof(text), value, std::chars_format::scientific);
    // [-]d[.ddd]e±xx
    char digits[40];
    std::size_t n = 0;
    const char* p = text;
    if (*p == '-') {
        out.push_back('-');
        ++p;
    }
    for (; *p != 'e'; ++p) {
        if (*p != '.') {
            digits[n++] = *p;
        }
    }
    ++p;
    const bool negative = *p++ == '-';
    int exponent = 0;
    std::from_chars(p, end.ptr, exponent);
    const int point = (negative ? -exponent : exponent) + 1;  // digits before the decimal point
    const int count = static_cast<int>(n);
    char* const start = out.reserve(64);
    char* to = start;
    const auto put = [&](const char* from, int many) {
        std::memcpy(to, from, static_cast<std::size_t>(many));
        to += many;
    };
    const auto zeros = [&](int many) {
        std::memset(to, '0', static_cast<std::size_t>(many));
        to += many;
    };
    if (count <= point && point <= 21) {
        put(digits, count);
        zeros(point - count);
    } else if (0 < point && point <= 21) {
        put(digits, point);
        *to++ = '.';
        put(digits + point, count - point);
    } else if (-6 < point && point <= 0) {
        put("0.", 2);
        zeros(-point);
        put(digits, count);
    } else {
        *to++ = digits[0];
        if (count > 1) {
            *to++ = '.';
            put(digits + 1, count - 1);
        }
        *to++ = 'e';
        *to++ = point - 1 < 0 ? '-' : '+';
        to = std::to_chars(to, to + 8, point - 1 < 0 ? 1 - point : point - 1).ptr;
    }
    out.commit(static_cast<std::size_t>(to - start));
    return true;
}

}  // namespace stentor::inline v0::detail
