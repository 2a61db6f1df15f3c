#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

#include <stentor/tracer/baggage.hpp>

using stentor::forwardable_baggage;

namespace {

std::string members(int n, const std::string& value = "v") {
    std::string all;
    for (int i = 0; i < n; ++i) {
        all += (i == 0 ? "k" : ",k") + std::to_string(i) + "=" + value;
    }
    return all;
}

}  // namespace

TEST_CASE("baggage is forwarded to the byte, with properties, blanks and empty members") {
    for (const std::string_view given : {"k=v", "userId=alice,serverNode=DF%2028,isProduction=false", "k = v ; p ; q=1 ,\tk2=",
                                         ",k=v,,", "k=a=b", "k=\"a b\\c\"", "k=v;k=v, k=v", "!#$%&'*+-.^_`|~=1"}) {
        INFO(given);
        CHECK(forwardable_baggage(given) == given);
        CHECK(forwardable_baggage(given).data() == given.data());
    }
}

TEST_CASE("baggage with something that is no member is not forwarded") {
    for (const std::string_view bad : {"", " ", ",", " , ", "k", "k=v,w", "=v", " =v", "k k=v", "k(=v", "\"k\"=v", "k=v\r\nx: y",
                                       "k=\x7f", "k=\xc3\xa4", "k=v;\x01"}) {
        INFO(bad);
        CHECK(forwardable_baggage(bad).empty());
    }
    CHECK(forwardable_baggage(std::string_view("k=\0", 3)).empty());
}

TEST_CASE("of too many members the first 64 are forwarded") {
    CHECK(forwardable_baggage(members(64)) == members(64));
    CHECK(forwardable_baggage(members(65)) == members(64));
    CHECK(forwardable_baggage(members(64) + ",,") == members(64) + ",,");
    CHECK(forwardable_baggage(members(200)) == members(64));
    CHECK(forwardable_baggage(members(65) + ",bad").empty());
}

TEST_CASE("of too many bytes whole members are forwarded, as many as fit from the beginning") {
    const std::string full = "k=" + std::string(8190, 'v');
    CHECK(forwardable_baggage(full) == full);
    CHECK(forwardable_baggage(full + "v").empty());
    CHECK(forwardable_baggage(full + ",k2=v") == full);
    CHECK(forwardable_baggage("a=b," + full) == "a=b");
    const std::string twenty = members(20, std::string(1000, 'v'));
    const std::string_view kept = forwardable_baggage(twenty);
    CHECK(kept == members(8, std::string(1000, 'v')));
    CHECK(forwardable_baggage(kept) == kept);
}
