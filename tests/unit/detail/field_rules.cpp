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
    CHECK_FALSE(detail::check_not_empty("/taskId", " "));
}

TEST_CASE("field_rules: an e-mail address has text on both sides of its last @") {
    for (const char* good : {"a@b", "a@b@c", "\"@\"@b", "\xc3\xa9@\xc3\xa9"}) {
        INFO(good);
        CHECK_FALSE(detail::check_email("/m", good));
    }
    for (const char* bad : {"", "@", "a@", "@b", "a", "a@b@"}) {
        INFO(bad);
        CHECK(detail::check_email("/m", bad).text() == "/m: must be an e-mail address, with text on both sides of an @");
    }
}

TEST_CASE("field_rules: a URL has a scheme of the right letters") {
    for (const std::string_view good : {"http://h", "a://h", "svn+ssh://h", "x-1.2://h", "HTTPS://H"}) {
        INFO(good);
        CHECK(detail::is_url(good));
    }
    for (const std::string_view bad :
         {"", "h", "//h", "://h", "1a://h", "-a://h", "a_b://h", "h\xc3\xa9://h", "http:/h", "http:h", "a b://h"}) {
        INFO(bad);
        CHECK_FALSE(detail::is_url(bad));
    }
}

TEST_CASE("field_rules: a URL has a host, whatever is around it") {
    for (const std::string_view good : {"http://h/", "http://h?q", "http://h#f", "http://h:1", "http://u@h", "http://u:p@h:1/x@y",
                                        "http://[::1]", "http://[::1]:80/", "http://h/\xe4\xbd\xa0"}) {
        INFO(good);
        CHECK(detail::is_url(good));
    }
    for (const std::string_view bad :
         {"http://"sv, "http:///p"sv, "http://?q"sv, "http://#f"sv, "http://:1"sv, "http://u@"sv, "http://u@:1"sv, "http://[]"sv,
          "http://[::1"sv, "http://h /"sv, "http://h/\n"sv, "http://h/\x7f"sv, "http://h/\0"sv}) {
        INFO(bad);
        CHECK_FALSE(detail::is_url(bad));
    }
}

TEST_CASE("field_rules: a value that breaks a rule is never part of the text") {
    for (const fault& f : {detail::check_email("/m", "secret"), detail::check_url("/u", "secret")}) {
        CHECK(f.code == errc::invalid_message);
        CHECK(f.text().find("secret") == std::string_view::npos);
    }
}
