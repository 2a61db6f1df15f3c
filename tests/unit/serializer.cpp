#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/serializer.hpp>

using namespace stentor;

static_assert(serializer<raw_serializer>);
static_assert(serializer_for<raw_serializer, std::string>);
static_assert(serializer_for<raw_serializer, std::string_view>);
static_assert(serializer_for<raw_serializer, std::vector<std::byte>>);
static_assert(serializer_for<raw_serializer, std::vector<unsigned char>>);
static_assert(!serializer_for<raw_serializer, int>);
static_assert(!serializer<int>);

TEST_CASE("a buffer keeps what was appended, however it grows") {
    buffer b;
    std::string expected;
    for (int i = 0; i < 3000; ++i) {
        b.push_back(static_cast<char>('a' + i % 26));
        b.append("-");
        expected += static_cast<char>('a' + i % 26);
        expected += '-';
    }
    b.append(std::string(10000, 'z'));
    expected += std::string(10000, 'z');
    CHECK(b.view() == expected);
    CHECK(b.size() == expected.size());
}

TEST_CASE("clear keeps the memory, so a warm buffer does not grow again") {
    buffer b;
    b.append(std::string(5000, 'x'));
    const std::size_t before = b.capacity();
    b.clear();
    CHECK(b.size() == 0);
    b.append(std::string(5000, 'y'));
    CHECK(b.capacity() == before);
}

TEST_CASE("truncate drops the end, and never adds anything") {
    buffer b;
    b.append("abcdef");
    b.truncate(3);
    CHECK(b.view() == "abc");
    b.truncate(9);
    CHECK(b.view() == "abc");
}

TEST_CASE("reserve gives room that counts only once it is committed") {
    buffer b;
    char* to = b.reserve(3);
    to[0] = 'x';
    to[1] = 'y';
    CHECK(b.size() == 0);
    b.commit(2);
    CHECK(b.view() == "xy");
    b.append({});
    CHECK(b.view() == "xy");
}

TEST_CASE("raw_serializer sends bytes as they are, zeros too") {
    const raw_serializer raw;
    buffer b;
    CHECK_FALSE(raw.serialize(std::string("a\0b", 3), b));
    CHECK_FALSE(raw.serialize(std::vector<std::byte>{std::byte{0}, std::byte{255}}, b));
    CHECK_FALSE(raw.serialize(std::array<unsigned char, 2>{1, 2}, b));
    CHECK(b.view() == std::string_view("a\0b\0\xff\1\2", 7));
}
