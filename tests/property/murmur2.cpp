// Kafka's hash of keys, against the same written as plainly as can be, and at any alignment.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/murmur2.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

// MurmurHash 2 as its author describes it: four bytes at a time, the low one first, then what is left, in 64 bits that are cut to
// 32 after each step.
std::uint32_t plainly(std::string_view key) {
    constexpr std::uint64_t multiplier = 0x5bd1e995;
    constexpr std::uint64_t low = 0xffffffff;
    const auto at = [&](std::size_t i) { return static_cast<std::uint64_t>(static_cast<unsigned char>(key[i])); };
    std::uint64_t hash = (0x9747b28c ^ key.size()) & low;
    const std::size_t whole = key.size() / 4 * 4;
    for (std::size_t i = 0; i < whole; i += 4) {
        std::uint64_t four = at(i) + at(i + 1) * 0x100 + at(i + 2) * 0x10000 + at(i + 3) * 0x1000000;
        four = four * multiplier & low;
        four ^= four / 0x1000000;
        four = four * multiplier & low;
        hash = (hash * multiplier & low) ^ four;
    }
    if (whole != key.size()) {
        std::uint64_t scale = 1;
        for (std::size_t i = whole; i < key.size(); ++i, scale *= 0x100) {
            hash ^= at(i) * scale;
        }
        hash = hash * multiplier & low;
    }
    hash ^= hash / 0x2000;
    hash = hash * multiplier & low;
    hash ^= hash / 0x8000;
    return static_cast<std::uint32_t>(hash);
}

}  // namespace

TEST_CASE("property: the plain murmur2 of these tests gives Java's numbers") {
    // Of Apache Kafka's own UtilsTest.
    CHECK(plainly("21") == static_cast<std::uint32_t>(-973932308));
    CHECK(plainly("foobar") == static_cast<std::uint32_t>(-790332482));
    CHECK(plainly("a-little-bit-long-string") == static_cast<std::uint32_t>(-985981536));
    CHECK(plainly("a-little-bit-longer-string") == static_cast<std::uint32_t>(-1486304829));
    CHECK(plainly("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == static_cast<std::uint32_t>(-58897971));
    CHECK(plainly("abc") == 479470107U);
}

TEST_CASE("property: murmur2 of any bytes is that of the plain one, wherever they lie") {
    property::holds("murmur2", [] {
        const std::string bytes = *property::bytes();
        const auto from = *property::below(bytes.size() + 1);
        const std::string_view key = std::string_view(bytes).substr(from);
        RC_ASSERT(stentor::detail::murmur2(key) == plainly(key));
    });
}
