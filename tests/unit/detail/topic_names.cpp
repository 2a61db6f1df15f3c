#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <stentor/detail/topic_names.hpp>

using namespace stentor;
using detail::topic_name;
using detail::topic_names;

TEST_CASE("topic_names: the same text is the same name, and another text another one") {
    const topic_name& a = topic_names::intern("orders");
    CHECK(&topic_names::intern(std::string("or") + "ders") == &a);
    CHECK(&topic_names::intern("orders ") != &a);
    CHECK(&topic_names::intern("order") != &a);
}

TEST_CASE("topic_names: a name outlives the text it was made from and ends with NUL") {
    std::string text = "a topic whose name is longer than sixteen bytes";
    const topic_name& name = topic_names::intern(text);
    text.assign(text.size(), '!');
    CHECK(name.text == "a topic whose name is longer than sixteen bytes");
    CHECK(name.text.data()[name.text.size()] == '\0');
    CHECK(std::string_view(name.text.data()) == name.text);
}

TEST_CASE("topic_names: the empty name and names with equal beginnings in each length are told apart") {
    std::set<const topic_name*> seen;
    std::string text;
    for (int i = 0; i < 40; ++i) {
        seen.insert(&topic_names::intern(text));
        text += 'x';
    }
    CHECK(seen.size() == 40);
}

TEST_CASE("topic_names: ids are distinct, also of names that share a bucket") {
    std::set<std::uint32_t> ids;
    for (int i = 0; i < 2000; ++i) {
        ids.insert(topic_names::intern("dense-" + std::to_string(i)).id);
    }
    CHECK(ids.size() == 2000);
    CHECK(*ids.rbegin() - *ids.begin() == 1999);
}

TEST_CASE("topic_names: threads that meet a new name at once get the same one") {
    constexpr std::size_t threads = 4;
    constexpr std::size_t names = 300;
    std::array<std::vector<const topic_name*>, threads> got;
    std::vector<std::thread> running;
    for (std::size_t t = 0; t < threads; ++t) {
        running.emplace_back([&got, t] {
            for (std::size_t i = 0; i < names; ++i) {
                got[t].push_back(&topic_names::intern("together-" + std::to_string(i)));
            }
        });
    }
    for (std::thread& t : running) {
        t.join();
    }
    for (std::size_t t = 1; t < threads; ++t) {
        CHECK(got[t] == got[0]);
    }
    CHECK(std::set<const topic_name*>(got[0].begin(), got[0].end()).size() == names);
}
