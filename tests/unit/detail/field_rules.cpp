#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

#include <stentor/detail/field_rules.hpp>

using namespace std::string_view_literals;
using namespace stentor;

TEST_CASE("field_rules: what is missing is told by the field's name") {
    const fault f = detail::check_not_empty("/taskId", "");
    CHECK(f.code == errc::invalid_message);
    CHECK(f.text() == "/taskId: must not be empty");
    CHECK_FALSE(detail::check_not_empty("/taskId", "0"));
}

TEST_CASE("field_rules: white space alone is missing, too") {
    for (const std::string_view blank : {" "sv, "   "sv, "\t"sv, "\r\n"sv, "\0"sv, "\x7f"sv}) {
        CHECK(detail::check_not_empty("/taskId", blank).text() == "/taskId: must not be blank");
    }
    CHECK_FALSE(detail::check_not_empty("/taskId", " a "));
    CHECK_FALSE(detail::check_not_empty("/taskId", "\xc3\xa9"));
}

TEST_CASE("field_rules: an e-mail address has text on both sides of its last @") {
    for (const char* good : {"a@b", "a@b@c", "\"@\"@b", "\xc3\xa9@\xc3\xa9", "user@example.com", "test@example.com"}) {
        INFO(good);
        CHECK_FALSE(detail::check_email("/m", good));
    }
    for (const char* bad : {"", "@", "a@", "@b", "a", "a@b@"}) {
        INFO(bad);
        CHECK(detail::check_email("/m", bad).text() == "/m: must be an e-mail address, with text on both sides of an @");
    }
}

TEST_CASE("field_rules: an e-mail address has no spaces") {
    for (const std::string_view bad : {" @ "sv, " @b"sv, "a@ "sv, " a@b"sv, "a@b\n"sv, "a b@c"sv, "a@b\0"sv, "a@b\x7f"sv}) {
        INFO(bad);
        CHECK(detail::check_email("/m", bad).text() == "/m: must be an e-mail address, without spaces or control characters");
    }
}

TEST_CASE("field_rules: a URL that is none is told by the field's name") {
    CHECK_FALSE(detail::check_url("/u", "https://example.com"));
    CHECK(detail::check_url("/u", "http://a:b:c").text() == "/u: must be a URL with scheme and host, as in https://example.com/");
}

TEST_CASE("field_rules: a value that breaks a rule is never part of the text") {
    for (const fault& f : {detail::check_email("/m", "secret"), detail::check_email("/m", "secret @b"),
                           detail::check_url("/u", "secret"), detail::check_url("/u", "http://u:secret@h:99999")}) {
        CHECK(f.code == errc::invalid_message);
        CHECK(f.text().find("secret") == std::string_view::npos);
    }
}
