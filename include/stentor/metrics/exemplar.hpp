#pragma once

#include <array>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

/// @file
/// A trace that stands for many: what leads from a histogram's bucket to one request that fell into it.

namespace stentor::inline v0 {

/// Which trace an observation belongs to, and when it was. OpenMetrics 1.0 renders it behind the bucket; nothing else does.
struct exemplar {
    std::array<char, 32> trace_id{};  ///< hexadecimal digits, as in `traceparent`; a NUL first: none
    std::array<char, 16> span_id{};   ///< hexadecimal digits
    timestamp at{};                   ///< wall time
};

}  // namespace stentor::inline v0
