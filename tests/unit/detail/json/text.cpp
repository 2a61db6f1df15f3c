#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstring>
#include <string>

#include <stentor/detail/json/text.hpp>

using namespace stentor;

namespace {

// The definition, by value: decode, and accept only what is encoded as short as can be and is no surrogate.
std::size_t by_value(const unsigned char* p, std::size_t left) {
    const std::size_t n = p[0] >> 5U == 0b110 ? 2 : p[0] >> 4U == 0b1110 ? 3 : p[0] >> 3U == 0b11110 ? 4 : 0;
    if (n == 0 || n > left) {
        return 0;
    }
    unsigned code = p[0] & (0xffU >> (n + 1));
    for (std::size_t i = 1; i < n; ++i) {
        if (p[i] >> 6U != 0b10) {
            return 0;
        }
        code = code << 6U | (p[i] & 0x3fU);
    }
    constexpr unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= least[n] && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) ? n : 0;
}

}  // namespace

TEST_CASE("json text: every sequence of UTF-8 up to three bytes, and each of four at its limits, is told from what is none") {
    int different = 0;
    const auto compare = [&](const unsigned char(&bytes)[4]) {
        for (std::size_t left = 1; left <= 4; ++left) {
            different += detail::utf8_sequence(bytes, left) == by_value(bytes, left) ? 0 : 1;
        }
    };
    // Of trailing bytes only their place relative to the limits matters.
    constexpr unsigned char limits[] = {0x00, 0x41, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbe, 0xbf, 0xc0, 0xff};
    for (unsigned first = 0x80; first <= 0xff; ++first) {
        for (unsigned second = 0; second <= 0xff; ++second) {
            for (const unsigned char third : limits) {
                for (const unsigned char fourth : limits) {
                    compare({static_cast<unsigned char>(first), static_cast<unsigned char>(second), third, fourth});
                }
            }
        }
    }
    CHECK(different == 0);
}

TEST_CASE(
    "json text: plain bytes are copied up to the first special one, at every length and place, and none is written behind the "
    "room") {
    for (std::size_t n = 0; n <= 50; ++n) {
        for (std::size_t at = 0; at <= n; ++at) {
            for (const char special : {'"', '\\', '\x1f', '\0', '\x80', '\xff'}) {
                std::string text(n, 'a');
                for (std::size_t i = 0; i < n; ++i) {
                    text[i] = static_cast<char>(' ' + (i * 7 + 1) % 94);
                    if (text[i] == '"' || text[i] == '\\') {
                        text[i] = '\x7f';
                    }
                }
                if (at < n) {
                    text[at] = special;
                }
                char to[80];
                std::memset(to, '#', sizeof to);
                REQUIRE(detail::copy_plain(text.data(), n, to) == at);
                REQUIRE(std::memcmp(to, text.data(), at) == 0);
                for (std::size_t i = n + 16; i < sizeof to; ++i) {
                    REQUIRE(to[i] == '#');
                }
            }
        }
    }
}

TEST_CASE("json text: every ASCII character has the escape that JSON wants, and only that") {
    for (int c = 0; c < 0x80; ++c) {
        buffer out;
        const char text[] = {static_cast<char>(c)};
        REQUIRE(detail::write_string({text, 1}, out) == std::string_view::npos);
        std::string expected(1, static_cast<char>(c));
        constexpr const char* digits = "0123456789abcdef";
        switch (c) {
            case '"': expected = "\\\""; break;
            case '\\': expected = "\\\\"; break;
            case '\b': expected = "\\b"; break;
            case '\f': expected = "\\f"; break;
            case '\n': expected = "\\n"; break;
            case '\r': expected = "\\r"; break;
            case '\t': expected = "\\t"; break;
            default:
                if (c < 0x20) {
                    expected = std::string("\\u00") + digits[c / 16] + digits[c % 16];
                }
        }
        CHECK(out.view() == '"' + expected + '"');
    }
}
