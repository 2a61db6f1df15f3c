#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <cstring>
#include <string>

#include <stentor/detail/copy.hpp>

using namespace stentor;

namespace {

std::string letters(std::size_t n) {
    std::string text(n, ' ');
    for (std::size_t i = 0; i < n; ++i) {
        text[i] = static_cast<char>('!' + i % 90);
    }
    return text;
}

}  // namespace

TEST_CASE("copy_short copies any number of bytes, and no byte more") {
    for (std::size_t n = 0; n <= 200; ++n) {
        const std::string from = letters(n);
        std::string to(n + 2, '~');
        detail::copy_short(to.data() + 1, from.data(), n);
        REQUIRE(to == "~" + from + "~");
    }
}

TEST_CASE("copy_short copies within one place, as memmove does") {
    for (std::size_t n = 0; n <= 100; ++n) {
        for (const std::size_t from : {0U, 3U, 17U, 40U}) {
            for (const std::size_t to : {0U, 3U, 17U, 40U}) {
                std::string ours = letters(150);
                std::string wanted = ours;
                detail::copy_short(ours.data() + to, ours.data() + from, n);
                std::memmove(wanted.data() + to, wanted.data() + from, n);
                REQUIRE(ours == wanted);
            }
        }
    }
}
