#include <stentor/detail/did_you_mean.hpp>

#include <array>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

using namespace stentor::detail;

TEST_CASE("edits counts letters put in, taken out, changed and swapped") {
    CHECK(edits("", "") == 0);
    CHECK(edits("abc", "abc") == 0);
    CHECK(edits("abc", "") == 3);
    CHECK(edits("", "abc") == 3);
    CHECK(edits("abc", "abd") == 1);
    CHECK(edits("abc", "ac") == 1);
    CHECK(edits("abc", "acb") == 1);
    CHECK(edits("linger.sm", "linger.ms") == 1);
    CHECK(edits("kitten", "sitting") == 3);
}

TEST_CASE("the nearest name is found when it is near, and only then") {
    const auto of = [](std::string_view text) {
        return nearest(text, [](const auto& found) {
            for (const std::string_view name : std::array<std::string_view, 3>{"linger.ms", "acks", "batch.size"}) {
                found(name);
            }
        });
    };
    CHECK(of("lingr.ms") == "linger.ms");
    CHECK(of("ack") == "");  // too short to guess
    CHECK(of("akcs") == "acks");
    CHECK(of("batch_size") == "batch.size");
    CHECK(of("compression") == "");
}
