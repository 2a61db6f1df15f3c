#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stentor/version.hpp>

// For tables of names in this process.

namespace stentor::inline v0::detail {

[[nodiscard]] inline std::uint32_t text_hash(std::string_view text) noexcept {
    // Eight bytes a step: names are long enough for a byte-wise hash to show in the cost of a publish.
    std::uint64_t h = 0x9e3779b97f4a7c15ULL ^ text.size();
    const char* p = text.data();
    std::size_t n = text.size();
    for (; n >= 8; n -= 8, p += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, p, 8);
        h = (h ^ word) * 0xbf58476d1ce4e5b9ULL;
        h ^= h >> 29U;
    }
    std::uint64_t rest = 0;
    if (n != 0) {
        std::memcpy(&rest, p, n);
    }
    h = (h ^ rest) * 0x94d049bb133111ebULL;
    return static_cast<std::uint32_t>(h >> 32U);
}

}  // namespace stentor::inline v0::detail
