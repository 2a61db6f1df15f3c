#include <catch2/catch_test_macros.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>
#include <vector>

#include <stentor/detail/slots.hpp>

using namespace stentor;
using detail::phase;
using detail::slot;
using pool = detail::slots<detail::slot>;

namespace {

constexpr auto at_once = [](latch& l, instant) noexcept { return l.is_set(); };
constexpr auto asleep = [](latch& l, instant until) noexcept { return l.wait_until(until); };

instant soon() { return instant(std::chrono::steady_clock::now().time_since_epoch()) + std::chrono::seconds(5); }

}  // namespace

TEST_CASE("slots: the number is rounded up to a power of two, and not one more is given") {
    CHECK(pool(0, 1000).size() == 2);
    CHECK(pool(1, 1000).size() == 2);
    pool p(3, 1000);
    REQUIRE(p.size() == 4);
    std::array<slot*, 4> s{};
    for (std::size_t i = 0; i < s.size(); ++i) {
        s[i] = p.try_take(1);
        REQUIRE(s[i] != nullptr);
        for (std::size_t j = 0; j < i; ++j) {
            CHECK(s[i] != s[j]);
        }
    }
    CHECK(p.try_take(1) == nullptr);
    CHECK(p.bytes_in_use() == 4);
    CHECK(p.high_water() == 4);
    p.give_back(*s[2]);
    CHECK(s[2]->at() == phase::free);
    CHECK(p.try_take(1) == s[2]);
}

TEST_CASE("slots: the slot that came back last is given first, so that the ones in use stay few") {
    pool p(8, 1000);
    for (int i = 0; i < 20; ++i) {
        slot* const s = p.try_take(1);
        REQUIRE(s != nullptr);
        p.give_back(*s);
    }
    CHECK(p.high_water() == 1);
}

TEST_CASE("slots: bytes are limited to the byte, and a refusal charges nothing") {
    pool p(8, 100);
    slot* const a = p.try_take(60);
    REQUIRE(a != nullptr);
    CHECK(p.try_take(41) == nullptr);
    CHECK(p.bytes_in_use() == 60);
    slot* const b = p.try_take(40);
    REQUIRE(b != nullptr);
    CHECK(p.try_take(1) == nullptr);
    p.give_back(*a);
    p.give_back(*b);
    CHECK(p.bytes_in_use() == 0);
}

TEST_CASE("slots: a record larger than the whole limit goes alone") {
    pool p(8, 100);
    slot* const small = p.try_take(1);
    REQUIRE(small != nullptr);
    CHECK(p.try_take(500) == nullptr);
    p.give_back(*small);
    slot* const large = p.try_take(500);
    REQUIRE(large != nullptr);
    CHECK(p.try_take(1) == nullptr);
    p.give_back(*large);
    CHECK(p.bytes_in_use() == 0);
}

TEST_CASE("slots: bytes that are charged later count, and go back with the slot") {
    pool p(8, 100);
    slot* const s = p.try_take(10);
    REQUIRE(s != nullptr);
    p.charge(*s, 85);
    CHECK(p.bytes_in_use() == 95);
    CHECK(p.try_take(6) == nullptr);
    p.give_back(*s);
    CHECK(p.bytes_in_use() == 0);
}

TEST_CASE("slots: a time-out leaves nothing behind, neither at the head nor at the tail of those who wait") {
    pool p(2, 100);
    slot* const s = p.try_take(100);
    REQUIRE(s != nullptr);
    slot* inner = s;
    slot* const outer = p.take_until(1, instant{}, [&](latch&, instant) noexcept {
        inner = p.take_until(1, instant{}, at_once);
        return false;
    });
    CHECK(outer == nullptr);
    CHECK(inner == nullptr);
    CHECK(p.bytes_in_use() == 100);
    p.give_back(*s);
    slot* const again = p.try_take(100);
    CHECK(again != nullptr);
}

TEST_CASE("slots: waiters are served first come first served, and nobody overtakes them") {
    pool p(2, 100);
    slot* const s = p.try_take(100);
    REQUIRE(s != nullptr);
    slot* second = nullptr;
    slot* passing = s;
    bool second_waited = false;
    slot* const first = p.take_until(60, instant{}, [&](latch& l, instant) noexcept {
        second = p.take_until(60, instant{}, [&](latch& m, instant) noexcept {
            p.give_back(*s);  // 60 of 100 go to the first; the second has to wait on
            second_waited = l.is_set() && !m.is_set();
            passing = p.try_take(1);
            p.give_back(p[0].charged == 60 ? p[0] : p[1]);  // the first one's is back already
            return m.is_set();
        });
        return true;
    });
    CHECK(second_waited);
    CHECK(passing == nullptr);
    CHECK(first != nullptr);
    CHECK(second != nullptr);
}

TEST_CASE("slots: what a large one gives back serves all that it has room for") {
    pool p(4, 100);
    slot* const s = p.try_take(100);
    REQUIRE(s != nullptr);
    bool both = false;
    slot* second = nullptr;
    slot* const first = p.take_until(50, instant{}, [&](latch& l, instant) noexcept {
        second = p.take_until(50, instant{}, [&](latch& m, instant) noexcept {
            p.give_back(*s);
            both = l.is_set() && m.is_set();
            return m.is_set();
        });
        return l.is_set();
    });
    CHECK(both);
    CHECK(first != nullptr);
    CHECK(second != nullptr);
    CHECK(p.bytes_in_use() == 100);
}

TEST_CASE("slots: a large one that gives up lets those behind it go") {
    pool p(4, 100);
    slot* const s = p.try_take(50);
    REQUIRE(s != nullptr);
    bool blocked = false;
    slot* small = nullptr;
    std::atomic<bool> queued{false};
    std::thread behind;
    slot* const large = p.take_until(90, instant{}, [&](latch&, instant) noexcept {
        behind = std::thread([&] {
            small = p.take_until(10, soon(), [&](latch& l, instant until) noexcept {
                blocked = !l.is_set();
                queued = true;
                return l.wait_until(until);
            });
        });
        while (!queued) {
            std::this_thread::yield();
        }
        return false;
    });
    behind.join();
    CHECK(large == nullptr);
    CHECK(blocked);
    CHECK(small != nullptr);
}

TEST_CASE("slots: one that is given back wakes who sleeps for it") {
    pool p(2, 100);
    slot* const s = p.try_take(100);
    REQUIRE(s != nullptr);
    slot* got = nullptr;
    std::thread waiter([&] { got = p.take_until(100, soon(), asleep); });
    std::this_thread::yield();
    p.give_back(*s);
    waiter.join();
    CHECK(got != nullptr);
}

TEST_CASE("slots: under many threads no slot is given twice, the limits hold, and all come back") {
    constexpr std::size_t limit = 50;
    pool p(4, limit);
    std::array<std::atomic<int>, 4> owners{};
    std::atomic<std::size_t> bytes{0};
    std::atomic<int> wrong{0};
    std::atomic<int> timed_out{0};
    std::vector<std::thread> threads;
    const instant until = soon();
    for (std::size_t t = 0; t < 4; ++t) {
        threads.emplace_back([&, t] {
            for (std::size_t i = 0; i < 3000; ++i) {
                const std::size_t size = 1 + (i * 7 + t * 13) % 30;
                slot* s = p.try_take(size);
                if (s == nullptr && i % 2 == 0) {
                    s = p.take_until(size, until, asleep);
                    timed_out += s == nullptr ? 1 : 0;
                }
                if (s == nullptr) {
                    continue;
                }
                auto& owner = owners[static_cast<std::size_t>(s - &p[0])];
                wrong += owner.fetch_add(1) != 0 || s->charged != size ? 1 : 0;
                wrong += bytes.fetch_add(size) + size > limit ? 1 : 0;
                bytes -= size;
                wrong += owner.fetch_sub(1) != 1 ? 1 : 0;
                p.give_back(*s);
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK(wrong == 0);
    CHECK(timed_out == 0);
    CHECK(p.bytes_in_use() == 0);
    for (int i = 0; i < 4; ++i) {
        CHECK(p.try_take(1) != nullptr);
    }
}

TEST_CASE("slots: who is dismissed goes with nothing, and the pool works on") {
    pool p(2, 100);
    slot* const s = p.try_take(100);
    REQUIRE(s != nullptr);
    // The sleeper is dismissed while it sleeps.
    CHECK(p.take_until(1, soon(), [&](latch& l, instant) noexcept {
        p.dismiss();
        return l.is_set();
    }) == nullptr);
    p.give_back(*s);
    CHECK(p.try_take(100) != nullptr);
}
