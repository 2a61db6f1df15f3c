#include <catch2/catch_test_macros.hpp>

#include <string>
#include <string_view>

#include <stentor/detail/owned_record.hpp>

using namespace std::string_view_literals;
using namespace stentor;
using detail::owned_record;

TEST_CASE("owned_record: key, value and headers survive the bytes they were made from, in their order") {
    std::string key = "the key";
    std::string value("v\0lue", 5);
    std::string text = "header value";
    record r;
    r.topic = "t";
    r.key = key;
    r.value = value;
    r.partition = 3;
    r.time = timestamp(milliseconds(12));
    const header list[] = {{"one", text, false}, {"one", text, false}};
    r.headers = header_view(list, 2);
    const owned_record kept(r);
    key.assign(key.size(), '!');
    value.assign(value.size(), '!');
    text.assign(text.size(), '!');
    CHECK(kept.view().key == "the key");
    CHECK(kept.view().value == "v\0lue"sv);
    REQUIRE(kept.view().headers.size() == 2);
    CHECK(kept.view().headers[0].name == "one");
    CHECK(kept.view().headers[0].value == "header value");
    CHECK(kept.view().headers[1].value == "header value");
    CHECK(kept.view().partition == 3);
    CHECK(kept.view().time == timestamp(milliseconds(12)));
}

TEST_CASE("owned_record: null stays null and empty stays empty, for key, value and header value") {
    record r;
    const header list[] = {{"null", {}, false}, {"empty", "", false}};
    r.headers = header_view(list, 2);
    const owned_record nothing(r);
    CHECK(nothing.view().key.data() == nullptr);
    CHECK(nothing.view().value.data() == nullptr);
    CHECK(nothing.view().headers[0].value.data() == nullptr);
    CHECK(nothing.view().headers[1].value.data() != nullptr);
    r.key = "";
    r.value = "";
    const owned_record empty(r);
    CHECK(empty.view().key.data() != nullptr);
    CHECK(empty.view().key.empty());
    CHECK(empty.view().value.data() != nullptr);
    CHECK(empty.view().value.empty());
}

TEST_CASE("owned_record: the topic and fixed headers are not copied, the rest is") {
    static constexpr const char* name = "fixed-name";
    static constexpr const char* value = "fixed-value";
    const std::string topic = "interned";
    const std::string own = "own";
    record r;
    r.topic = topic;
    const header list[] = {{name, value, true}, {own, own, false}};
    r.headers = header_view(list, 2);
    const owned_record kept(r);
    CHECK(kept.view().topic.data() == topic.data());
    CHECK(kept.view().headers[0].name.data() == name);
    CHECK(kept.view().headers[0].value.data() == value);
    CHECK(kept.view().headers[0].fixed);
    CHECK(kept.view().headers[1].name.data() != own.data());
    CHECK(kept.view().headers[1].value.data() != own.data());
    CHECK_FALSE(kept.view().headers[1].fixed);
}

TEST_CASE("owned_record: extra headers go behind the record's own and are copied, too") {
    record r;
    const header first[] = {{"a", "1", true}};
    r.headers = header_view(first, 1);
    std::string why = "because";
    const header more[] = {{"b", why, false}, {"c", "3", true}};
    const owned_record kept(r, header_view(more, 2));
    why.assign(why.size(), '!');
    REQUIRE(kept.view().headers.size() == 3);
    CHECK(kept.view().headers[0].name == "a");
    CHECK(kept.view().headers.find("b") == "because");
    CHECK(kept.view().headers[2].name == "c");
}
