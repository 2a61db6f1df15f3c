#pragma once

#include <array>
#include <cstddef>
#include <cstring>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Copies like memmove. Header values and keys are short: one or two pairs of overlapping words are quicker than a call. All loads
// come before the stores, so that the two places may overlap.
template <std::size_t Size>
inline void copy_ends(char* to, const char* from, std::size_t n) noexcept {
    std::array<char, Size> head;
    std::array<char, Size> tail;
    std::memcpy(head.data(), from, Size);
    std::memcpy(tail.data(), from + n - Size, Size);
    std::memcpy(to, head.data(), Size);
    std::memcpy(to + n - Size, tail.data(), Size);
}

[[gnu::always_inline]] inline void copy_short(char* to, const char* from, std::size_t n) noexcept {
    if (n >= 32 && n <= 64) {
        copy_ends<32>(to, from, n);
    } else if (n >= 16 && n < 32) {
        copy_ends<16>(to, from, n);
    } else if (n >= 8 && n < 16) {
        copy_ends<8>(to, from, n);
    } else if (n != 0) {
        std::memmove(to, from, n);
    }
}

}  // namespace stentor::inline v0::detail
