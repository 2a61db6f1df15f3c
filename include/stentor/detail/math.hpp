#pragma once

#include <stentor/version.hpp>

// What the core needs of <algorithm> and <cmath>: those two cost every user a tenth of a second of compile time.

namespace stentor::inline v0::detail {

template <class T>
[[nodiscard]] constexpr const T& lesser(const T& a, const T& b) noexcept {
    return b < a ? b : a;
}
template <class T>
[[nodiscard]] constexpr const T& greater(const T& a, const T& b) noexcept {
    return a < b ? b : a;
}
template <class T>
[[nodiscard]] constexpr const T& clamped(const T& value, const T& least, const T& most) noexcept {
    return value < least ? least : most < value ? most : value;
}

template <class Float>
[[nodiscard]] constexpr bool is_finite(Float value) noexcept {
    return __builtin_isfinite(value) != 0;
}
template <class Float>
[[nodiscard]] constexpr bool has_sign(Float value) noexcept {
    return __builtin_signbit(value) != 0;
}

}  // namespace stentor::inline v0::detail
