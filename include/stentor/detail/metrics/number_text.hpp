#pragma once

#include <limits>

#include <stentor/detail/json/number.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::metrics {

inline constexpr double infinite = std::numeric_limits<double>::infinity();

inline void write_number(double value, buffer& out) {
    if (!write_float(value, out)) {
        out.append(__builtin_isnan(value) ? "NaN" : has_sign(value) ? "-Inf" : "+Inf");
    }
}

}  // namespace stentor::inline v0::detail::metrics
