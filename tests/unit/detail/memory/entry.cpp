#include <catch2/catch_test_macros.hpp>

#include <cstring>
#include <string>
#include <vector>

#include <stentor/detail/memory/entry.hpp>

using namespace stentor;
using detail::arena;
using detail::entry;
using detail::waiting_room;

TEST_CASE("entry: short texts of every length are copied whole, and nothing behind them is touched") {
    for (std::size_t n = 0; n <= 40; ++n) {
        std::string from;
        for (std::size_t i = 0; i < n; ++i) {
            from += static_cast<char>('A' + i);
        }
        char room[64];
        std::memset(room, '#', sizeof room);
        char* to = room;
        const std::string_view copy = detail::copy_bytes(from, to);
        CHECK(copy == from);
        CHECK(to == room + n);
        CHECK(room[n] == '#');
        CHECK(copy.data() != nullptr);
    }
    char* nowhere = nullptr;
    CHECK(detail::copy_bytes({}, nowhere).data() == nullptr);
}

TEST_CASE("entry: a stored record has bytes of its own, null views stay null, and only literals are not copied") {
    arena memory;
    std::string key = "key";
    std::string value = "the value";
    std::string name = "a-header";
    std::string text = "its value";
    std::vector<header> headers{{name, text}, {"fixed", "literal", true}, {"null", {}}};
    record r;
    r.key = key;
    r.value = value;
    r.headers = headers;
    r.partition = 3;
    r.time = timestamp{milliseconds(5)};
    const entry* const e = detail::store(memory, r, true);
    key = "xxx";
    value = "xxxxxxxxx";
    name = "xxxxxxxx";
    text = "xxxxxxxxx";
    const record back = e->as_submitted();
    CHECK(back.key == "key");
    CHECK(back.value == "the value");
    CHECK(back.partition == 3);
    CHECK(back.time == timestamp{milliseconds(5)});
    REQUIRE(back.headers.size() == 3);
    CHECK(back.headers[0].name == "a-header");
    CHECK(back.headers[0].value == "its value");
    CHECK(back.headers[1].name.data() == headers[1].name.data());
    CHECK(back.headers[1].fixed);
    CHECK(back.headers[2].value.data() == nullptr);

    const entry* const bare = detail::store(memory, record{}, true);
    CHECK(bare->stored.key.data() == nullptr);
    CHECK(bare->stored.value.data() == nullptr);
    CHECK(bare->stored.headers.empty());
}

TEST_CASE("entry: the waiting room keeps the order of submissions, whatever comes in or leaves") {
    entry e[5];
    for (std::size_t i = 0; i < 5; ++i) {
        e[i].stored.submission = i + 1;
    }
    waiting_room room;
    CHECK(room.empty());
    for (const std::size_t i : {2U, 0U, 4U, 1U, 3U}) {
        room.add(e[i]);
    }
    const auto order = [&] {
        std::string seen;
        for (const entry* at = room.front(); at != nullptr; at = at->next) {
            seen += std::to_string(at->stored.submission);
            CHECK((at->next == nullptr || at->next->previous == at));
        }
        CHECK(seen.size() == room.size());
        return seen;
    };
    CHECK(order() == "12345");
    room.remove(e[2]);
    CHECK(order() == "1245");
    room.remove(e[0]);
    room.remove(e[4]);
    CHECK(order() == "24");
    room.add(e[4]);
    CHECK(order() == "245");
    for (const std::size_t i : {1U, 3U, 4U}) {
        room.remove(e[i]);
    }
    CHECK(room.empty());
    room.add(e[0]);
    CHECK(order() == "1");
}
