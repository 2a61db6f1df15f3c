#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <string_view>

#include <stentor/detail/murmur2.hpp>

using stentor::detail::murmur2;

namespace {
std::int32_t java(std::string_view key) { return static_cast<std::int32_t>(murmur2(key)); }
}  // namespace

// The vectors of Apache Kafka's own UtilsTest.
TEST_CASE("murmur2 gives Java's numbers") {
    CHECK(java("21") == -973932308);
    CHECK(java("foobar") == -790332482);
    CHECK(java("a-little-bit-long-string") == -985981536);
    CHECK(java("a-little-bit-longer-string") == -1486304829);
    CHECK(java("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8") == -58897971);
    CHECK(java("abc") == 479470107);
}

// What the Java client 4.1.0 says, for each number of bytes that may be left over.
TEST_CASE("murmur2 gives Java's numbers for bytes over 127") {
    CHECK(java("caf\xc3\xa9") == -1358007374);
    CHECK(java("\xc3\xa9") == 186971271);
    CHECK(java("\xe2\x82\xac") == -1352192002);
    CHECK(java("\xf0\x9f\x98\x80x") == -1018136956);
}

TEST_CASE("murmur2 works at compile time, on no bytes and on bytes over 127") {
    STATIC_CHECK(murmur2("21") == static_cast<std::uint32_t>(-973932308));
    CHECK(java("") == 275646681);
    CHECK(murmur2("\xff") != murmur2("\x7f"));
    CHECK(murmur2("\xff\xfe\xfd\xfc") != murmur2("\x7f\x7e\x7d\x7c"));
}
