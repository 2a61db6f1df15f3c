#pragma once

#include <cstddef>
#include <span>

#include <stentor/detail/math.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::metrics {

// What the bounds of a histogram's buckets are.
[[nodiscard]] constexpr bool increasing_and_finite(std::span<const double> bounds) noexcept {
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        if (!is_finite(bounds[i]) || (i != 0 && bounds[i] <= bounds[i - 1])) {
            return false;
        }
    }
    return true;
}

}  // namespace stentor::inline v0::detail::metrics
