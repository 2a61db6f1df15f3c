#include <catch2/catch_test_macros.hpp>

#include <initializer_list>
#include <string_view>

#include <stentor/detail/url.hpp>

using namespace std::string_view_literals;
using stentor::detail::is_url;

namespace {

void good(std::initializer_list<std::string_view> urls) {
    for (const std::string_view url : urls) {
        INFO(url);
        CHECK(is_url(url));
    }
}
void bad(std::initializer_list<std::string_view> urls) {
    for (const std::string_view url : urls) {
        INFO(url);
        CHECK_FALSE(is_url(url));
    }
}

}  // namespace

TEST_CASE("url: it has a scheme of the right letters") {
    good({"http://h", "a://h", "svn+ssh://h", "x-1.2://h", "HTTPS://H"});
    bad({"", "h", "//h", "://h", "1a://h", "-a://h", "a_b://h", "h\xc3\xa9://h", "http:/h", "http:h", "a b://h"});
}

TEST_CASE("url: it has a host, whatever is around it") {
    good({"http://h/", "http://h?q", "http://h#f", "http://h:1", "http://u@h", "http://u:p@h:1/x@y", "http://h/\xe4\xbd\xa0"});
    bad({"http://", "http:///p", "http://?q", "http://#f", "http://:1", "http://u@", "http://u@:1"});
}

TEST_CASE("url: a host is a name of letters and digits, and of what stands between them") {
    good({"http://example.com", "http://a-b.c_d.e", "http://127.0.0.1", "http://ex%C3%A4mple.de", "http://ex\xc3\xa4mple.de",
          "http://a.b."});
    bad({"http://.", "http://-", "http://...", "http://a%2", "http://a%zz", "http://a%", "http://a\\b", "http://a^b", "http://{h}",
         "http://<h>", "http://a|b", "http://`h`", "http://\"h\""});
}

TEST_CASE("url: there is no blank in it") {
    bad({"http://h /"sv, " http://h"sv, "http://h "sv, "http://h/a b"sv, "http://h/\n"sv, "http://h/\x7f"sv, "http://h/\0"sv});
}

TEST_CASE("url: a port is a number that TCP has, or nothing") {
    good({"http://h:", "http://h:/", "http://h:0", "http://h:80", "http://h:65535", "http://h:0000080?q"});
    bad({"http://a:b:c", "http://h:b", "http://h:1:2", "http://h:65536", "http://h:99999", "http://h:99999999999999999999",
         "http://h:-1", "http://h:+1", "http://h:8o", "http://h:1\xc3\xa9"});
}

TEST_CASE("url: between brackets is an IPv6 address, and only a port behind") {
    good({"http://[::1]", "http://[::1]:80/", "http://[::]", "http://[1::]", "http://[1:2:3:4:5:6:7:8]",
          "http://u@[fe80::A:b]:", "http://[1:2:3:4:5:6:7::]", "http://[::ffff:192.0.2.1]", "http://[1:2:3:4:5:6:192.0.2.255]"});
    bad({"http://[]",
         "http://[::1",
         "http://[x]y",
         "http://[x]",
         "http://[::1]y",
         "http://[::1]:b",
         "http://[::1]:99999",
         "http://::1",
         "http://[1:2:3]",
         "http://[1:2:3:4:5:6:7:8:9]",
         "http://[1::2::3]",
         "http://[12345::]",
         "http://[:1:2:3:4:5:6:7]",
         "http://[1:2:3:4:5:6:7:]",
         "http://[1:2:3:4:5:6:7:8:]",
         "http://[1:2:3:4::5:6:7:8]",
         "http://[::1.2.3]",
         "http://[::1.2.3.256]",
         "http://[::1.2.3.4:1]",
         "http://[::1.2.3.4.5]",
         "http://[1.2.3.4]",
         "http://[1.2.3.4::]",
         "http://[::%25eth0]",
         "http://[:::]"});
}

TEST_CASE("url: a user is of the same letters, with colons") {
    good({"http://u:p:q@h", "http://@h", "http://a@b@h", "http://a%40b@h"});
    bad({"http://a\\b@h", "http://a[b@h", "http://a%@h"});
}
