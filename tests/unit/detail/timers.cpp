#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <memory>
#include <random>
#include <set>
#include <utility>
#include <vector>

#include <stentor/detail/timers.hpp>

using namespace stentor;
using detail::slot;
using detail::timers;

namespace {

instant at(int ns) { return instant(nanoseconds(ns)); }

}  // namespace

TEST_CASE("timers: an empty one is never due") {
    const timers t(4);
    CHECK(t.empty());
    CHECK(t.next() == instant::max());
}

TEST_CASE("timers: the earliest comes first, whatever the order they came in") {
    timers t(8);
    slot all[5];
    int i = 0;
    for (const int due : {30, 10, 50, 20, 40}) {
        all[i].due = at(due);
        t.add(all[i++]);
    }
    for (const int due : {10, 20, 30, 40, 50}) {
        REQUIRE(t.next() == at(due));
        t.remove(t.first());
    }
    CHECK(t.empty());
}

TEST_CASE("timers: one that is taken out of the middle moves others up as well as down") {
    // In this heap the last element is earlier than the parent of the removed one.
    timers t(8);
    std::vector<std::unique_ptr<slot>> all;
    for (const int due : {1, 10, 2, 11, 12, 3, 4}) {
        all.push_back(std::make_unique<slot>());
        all.back()->due = at(due);
        t.add(*all.back());
    }
    t.remove(*all[3]);
    for (const int due : {1, 2, 3, 4, 10, 12}) {
        REQUIRE(t.next() == at(due));
        t.remove(t.first());
    }
    CHECK(t.empty());
}

TEST_CASE("timers: they behave like a multiset under random adding, popping and removing from the middle") {
    constexpr std::size_t count = 48;
    for (unsigned seed = 0; seed < 20; ++seed) {
        std::mt19937 random(seed);
        timers t(count);
        slot all[count];
        bool in[count]{};
        std::multiset<instant> model;
        for (int step = 0; step < 1000; ++step) {
            const std::size_t i = random() % count;
            slot* s = &all[i];
            if (!in[i]) {
                s->due = at(static_cast<int>(random() % 30));
                t.add(*s);
                model.insert(s->due);
                in[i] = true;
            } else {
                if (random() % 3 == 0) {
                    s = &t.first();
                }
                t.remove(*s);
                model.erase(model.find(s->due));
                in[s - all] = false;
            }
            REQUIRE(t.empty() == model.empty());
            REQUIRE(t.next() == (model.empty() ? instant::max() : *model.begin()));
        }
    }
}
