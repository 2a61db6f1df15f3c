#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

#include <stentor/detail/inbox.hpp>

using namespace stentor;
using detail::inbox;
using detail::slot;

TEST_CASE("inbox: what is taken comes out in the order it went in, and it is empty then") {
    inbox box;
    slot all[3];
    CHECK(box.empty());
    CHECK(box.take() == nullptr);
    CHECK(box.push(all[2]));
    CHECK_FALSE(box.push(all[0]));
    CHECK_FALSE(box.push(all[1]));
    CHECK_FALSE(box.empty());
    const slot* s = box.take();
    REQUIRE(s == &all[2]);
    REQUIRE(s->next == &all[0]);
    REQUIRE(s->next->next == &all[1]);
    CHECK(s->next->next->next == nullptr);
    CHECK(box.empty());
}

TEST_CASE("inbox: the first push after a take wakes the event thread again") {
    inbox box;
    slot a;
    slot b;
    CHECK(box.push(a));
    CHECK(box.take() == &a);
    CHECK(box.push(b));
}

TEST_CASE("inbox: many producers lose nothing, and each one's order is kept") {
    constexpr std::size_t producers = 3;
    constexpr std::size_t each = 2000;
    inbox box;
    std::vector<slot> all(producers * each);
    std::atomic<std::size_t> woken{0};
    std::vector<std::thread> threads;
    for (std::size_t p = 0; p < producers; ++p) {
        threads.emplace_back([&, p] {
            for (std::size_t i = 0; i < each; ++i) {
                slot& s = all[p * each + i];
                s.charged = p * each + i;
                woken += box.push(s) ? 1U : 0U;
            }
        });
    }
    std::size_t next[producers]{};
    std::size_t seen = 0;
    std::size_t taken = 0;
    bool ordered = true;
    while (seen < all.size()) {
        slot* s = box.take();
        taken += s != nullptr ? 1U : 0U;
        for (; s != nullptr; s = s->next) {
            const std::size_t p = s->charged / each;
            ordered = ordered && s->charged % each == next[p];
            ++next[p];
            ++seen;
        }
        std::this_thread::yield();
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(ordered);
    CHECK(seen == all.size());
    CHECK(woken == taken);
    CHECK(box.empty());
}
