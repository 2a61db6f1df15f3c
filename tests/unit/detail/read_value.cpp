#include <stentor/detail/read_value.hpp>

#include <optional>

#include <catch2/catch_test_macros.hpp>

using namespace stentor::detail;

TEST_CASE("a whole number is all digits, or nothing") {
    CHECK(read_whole("0") == 0);
    CHECK(read_whole("-1") == -1);
    CHECK(read_whole("3000") == 3000);
    CHECK(read_whole("9223372036854775807") == 9223372036854775807);
    for (const char* bad : {"", " 1", "1 ", "5ms", "1e4", "10,000", "+1", "0x10", "1.0", "9223372036854775808", "-", "true"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_whole(bad));
    }
}

TEST_CASE("a decimal number has digits on both sides of its point") {
    for (const char* good : {"5", "0.5", "900000", "00.50"}) {
        CAPTURE(good);
        CHECK(is_decimal(good));
    }
    for (const char* bad : {"", ".", "5.", ".5", "1e4", "-1", "1.2.3", "5ms", "inf", "nan", " 1"}) {
        CAPTURE(bad);
        CHECK_FALSE(is_decimal(bad));
    }
}

TEST_CASE("a boolean is one of eight words") {
    for (const char* yes : {"true", "TRUE", "Yes", "on", "1"}) {
        CAPTURE(yes);
        CHECK(read_boolean(yes) == true);
    }
    for (const char* no : {"false", "False", "NO", "off", "0"}) {
        CAPTURE(no);
        CHECK(read_boolean(no) == false);
    }
    for (const char* bad : {"", "t", "y", "2", "enabled", " true", "true\n", "00"}) {
        CAPTURE(bad);
        CHECK_FALSE(read_boolean(bad));
    }
}

TEST_CASE("a choice is one of the words, whole, in any case, and comes as it is spelled in the list") {
    CHECK(read_choice("GZIP", "none gzip lz4") == "gzip");
    CHECK(read_choice("lz4", "none gzip lz4") == "lz4");
    for (const char* bad : {"", "gz", "gzip ", "none gzip", "lz44"}) {
        CAPTURE(bad);
        CHECK(read_choice(bad, "none gzip lz4").empty());
    }
    CHECK(choice_rule("none gzip lz4") == "must be none, gzip or lz4");
    CHECK(choice_rule("any") == "must be any");
}

TEST_CASE("the rule of a number names its unit and its limits") {
    CHECK(whole_rule(0, 5) == "must be a whole number from 0 to 5, in digits only");
    CHECK(whole_rule(1, 9, "milliseconds") == "must be a whole number of milliseconds from 1 to 9, in digits only");
}
