#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>
#include <vector>

#include <stentor/message.hpp>

using namespace stentor;

TEST_CASE("header_sink does not copy literals, and says so") {
    static const char name[] = "name";
    static const char value[] = "value";
    header_sink add;
    add(name, value);
    REQUIRE(add.headers().size() == 1);
    CHECK(add.headers()[0].name.data() == name);
    CHECK(add.headers()[0].value.data() == value);
    CHECK(add.headers()[0].value.size() == 5);
    CHECK(add.headers()[0].fixed);
}

TEST_CASE("header_sink copies values and names that are no literals") {
    header_sink add;
    std::string name = "name-1";
    std::string value = "value-1";
    add(std::string_view(name), std::string_view(value));
    add("literal", std::string_view(value));
    name.assign("??????");
    value.assign("???????");
    REQUIRE(add.headers().size() == 2);
    CHECK(add.headers()[0].name == "name-1");
    CHECK(add.headers()[0].value == "value-1");
    CHECK_FALSE(add.headers()[0].fixed);
    CHECK(add.headers()[1].name == "literal");
    CHECK(add.headers()[1].value == "value-1");
    CHECK_FALSE(add.headers()[1].fixed);
}

TEST_CASE("an empty header value stays an empty one and does not become null") {
    header_sink add;
    add("name", std::string_view{});
    CHECK(add.headers()[0].value.data() != nullptr);
    CHECK(add.headers()[0].value.empty());
}

TEST_CASE("headers stay where they are however many and however long the next ones are") {
    header_sink add;
    std::vector<std::string> expected;
    for (int i = 0; i < 200; ++i) {
        expected.push_back(std::string(static_cast<std::size_t>(i * 37 % 3000), static_cast<char>('a' + i % 26)));
        add("name", std::string_view(expected.back()));
    }
    REQUIRE(add.headers().size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        REQUIRE(add.headers()[i].value == expected[i]);
    }
}

TEST_CASE("a sink that was cleared is empty and starts again") {
    header_sink add;
    add("a", std::string_view("1"));
    add("b", std::string_view(std::string(5000, 'x')));
    add.clear();
    CHECK(add.headers().empty());
    add("c", std::string_view("3"));
    CHECK(add.headers().size() == 1);
    CHECK(add.headers().find("c") == "3");
}

TEST_CASE("a view is taken as it is") {
    const std::string value = "outlives it";
    header_sink add;
    add.view({"name", value, false});
    CHECK(add.headers()[0].value.data() == value.data());
}
