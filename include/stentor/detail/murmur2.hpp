#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// Kafka's murmur2 (org.apache.kafka.common.utils.Utils.murmur2), seed 0x9747b28c. The same number picks the partition, as Java and
// kafkajs do with (hash & 0x7fffffff) % partitions, and the lane.
[[nodiscard]] constexpr std::uint32_t murmur2(std::string_view key) noexcept {
    constexpr std::uint32_t m = 0x5bd1e995U;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(key[i])); };
    // One load, where g++ 12 would make four and put them together.
    const auto word = [&](std::size_t i) {
        if (!std::is_constant_evaluated() && std::endian::native == std::endian::little) {
            std::uint32_t w = 0;
            std::memcpy(&w, key.data() + i, sizeof w);
            return w;
        }
        return byte(i) | byte(i + 1) << 8U | byte(i + 2) << 16U | byte(i + 3) << 24U;
    };
    const std::size_t n = key.size();
    std::uint32_t h = 0x9747b28cU ^ static_cast<std::uint32_t>(n);
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        std::uint32_t k = word(i);
        k *= m;
        k ^= k >> 24U;
        k *= m;
        h *= m;
        h ^= k;
    }
    switch (n - i) {
        case 3: h ^= byte(i + 2) << 16U; [[fallthrough]];
        case 2: h ^= byte(i + 1) << 8U; [[fallthrough]];
        case 1:
            h ^= byte(i);
            h *= m;
            break;
        default: break;
    }
    h ^= h >> 13U;
    h *= m;
    h ^= h >> 15U;
    return h;
}

}  // namespace stentor::inline v0::detail
