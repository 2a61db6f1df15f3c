#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

#include <stentor/detail/hex.hpp>

using namespace stentor;

namespace {

std::string hex(std::uint64_t value) {
    std::string text(16, '?');
    detail::write_hex(value, text.data());
    return text;
}

std::string expected(std::uint64_t value) {
    std::string text(17, '?');
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(value));
    text.resize(16);
    return text;
}

}  // namespace

TEST_CASE("write_hex writes what printf would") {
    for (std::uint64_t i = 0; i < 3000; ++i) {
        const std::uint64_t value = i * 0x9e3779b97f4a7c15U;
        REQUIRE(hex(value) == expected(value));
    }
    CHECK(hex(0x0123456789abcdefU) == "0123456789abcdef");
    CHECK(hex(~std::uint64_t{0}) == "ffffffffffffffff");
}

TEST_CASE("hex digits are written and recognised at compile time, too") {
    constexpr bool same = [] {
        char text[16]{};
        detail::write_hex(std::uint64_t{0x0123456789abcdefU}, text);
        return std::string_view(text, 16) == "0123456789abcdef" && detail::is_hex_id({text, 16});
    }();
    STATIC_CHECK(same);
}

TEST_CASE("an id is lower-case digits that are not all zero") {
    CHECK(detail::is_hex_id("0000000000000001"));
    CHECK(detail::is_hex_id("1000000000000000"));
    CHECK(detail::is_hex_id("00000000000000010000000000000000"));
    CHECK_FALSE(detail::is_hex_id("0000000000000000"));
    CHECK_FALSE(detail::is_hex_id("000000000000000F"));
    CHECK_FALSE(detail::is_hex_id("00000000\xb0\x30\x30\x30\x30\x30\x30\x31"));
}

TEST_CASE("two digits make a byte, anything else makes -1") {
    CHECK(detail::hex_byte('0', '0') == 0);
    CHECK(detail::hex_byte('f', '9') == 0xf9);
    CHECK(detail::hex_byte('F', '9') == -1);
    CHECK(detail::hex_byte('9', 'g') == -1);
}
