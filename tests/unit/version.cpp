#include <catch2/catch_test_macros.hpp>

#include <string>
#include <type_traits>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

TEST_CASE("the number that #if compares and the text say the same version") {
    const std::string text = std::to_string(STENTOR_VERSION / 10000) + "." + std::to_string(STENTOR_VERSION / 100 % 100) + "." +
                             std::to_string(STENTOR_VERSION % 100);
    CHECK(text == stentor::version);
}

TEST_CASE("everything lives in an inline namespace of its version") { CHECK(std::is_same_v<stentor::moment, stentor::v0::moment>); }
