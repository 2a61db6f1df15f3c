#include <stentor/secret.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <catch2/catch_test_macros.hpp>

using stentor::secret;

namespace {

constexpr std::string_view canary = "hunter2";
const std::string long_canary(100, 'q');

// The bytes of a short secret lie in the object itself: what is left of them can be looked at in storage that outlives it.
struct storage {
    alignas(secret) std::byte bytes[sizeof(secret)]{};

    secret* make(std::string_view text) { return new (bytes) secret(text); }
    [[nodiscard]] bool holds(std::string_view text) const {
        const auto* const begin = static_cast<const std::byte*>(bytes);
        const auto same = [](std::byte a, char b) { return a == static_cast<std::byte>(b); };
        return std::search(begin, begin + sizeof(bytes), text.begin(), text.end(), same) != begin + sizeof(bytes);
    }
};

struct options {
    secret password{};
};

}  // namespace

TEST_CASE("a secret is made from any text, and given back only by name") {
    CHECK(secret{}.empty());
    CHECK(secret{"x"}.reveal() == "x");
    CHECK(secret{std::string{"x"}}.reveal() == "x");
    CHECK(secret{canary}.reveal() == canary);
    CHECK(secret{static_cast<const char*>(nullptr)}.empty());
    CHECK(options{.password = "x"}.password.reveal() == "x");
    CHECK_FALSE(std::is_convertible_v<secret, std::string>);
    CHECK_FALSE(std::is_convertible_v<secret, std::string_view>);
    CHECK_FALSE(std::is_constructible_v<std::string, secret>);
}

TEST_CASE("secrets are equal when their texts are") {
    CHECK(secret{"abc"} == secret{"abc"});
    CHECK(secret{"abc"} != secret{"abd"});
    CHECK(secret{"xbc"} != secret{"abc"});
    CHECK(secret{"abc"} != secret{"abcd"});
    CHECK(secret{} == secret{""});
}

TEST_CASE("a stream gets stars") {
    std::ostringstream out;
    out << secret{canary} << '|' << secret{};
    CHECK(out.str() == "***|");
}

TEST_CASE("a secret can be copied and moved; what it is moved from is empty") {
    for (const std::string& text : {std::string(canary), long_canary}) {
        secret a{text};
        secret b{a};
        CHECK(b.reveal() == text);
        const secret c{std::move(a)};
        CHECK(c.reveal() == text);
        CHECK(a.empty());  // NOLINT(bugprone-use-after-move): that is the question
        secret d{"before"};
        d = b;
        CHECK(d.reveal() == text);
        d = std::move(b);
        CHECK(d.reveal() == text);
        CHECK(b.empty());  // NOLINT(bugprone-use-after-move)
        const secret& self = d;
        d = self;
        CHECK(d.reveal() == text);
    }
}

TEST_CASE("nothing of a secret stays in memory when it goes, changes or moves") {
    storage s;
    secret* one = s.make(canary);
    REQUIRE(s.holds(canary.substr(1)));
    std::destroy_at(one);
    CHECK_FALSE(s.holds(canary.substr(1)));

    one = s.make(canary);
    *one = secret{"x"};
    CHECK_FALSE(s.holds(canary.substr(1)));
    std::destroy_at(one);

    one = s.make(canary);
    const secret copy{"y"};
    *one = copy;
    CHECK_FALSE(s.holds(canary.substr(1)));
    std::destroy_at(one);

    one = s.make(canary);
    const secret taken{std::move(*one)};
    CHECK_FALSE(s.holds(canary.substr(1)));
    std::destroy_at(one);

    one = s.make(canary);
    secret target{"z"};
    target = std::move(*one);
    CHECK_FALSE(s.holds(canary.substr(1)));
    std::destroy_at(one);
}
