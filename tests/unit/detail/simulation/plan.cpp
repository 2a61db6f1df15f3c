#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <tuple>
#include <vector>

#include <stentor/detail/simulation/plan.hpp>

using namespace std::chrono_literals;
using namespace stentor;
using namespace stentor::detail::simulation;

namespace {

std::vector<action> actions_of(std::uint64_t seed, const simulated_load& load, const simulated_faults& faults = {}) {
    planner p(seed, load, faults);
    (void)p.draw_setting();
    std::vector<action> all;
    p.draw_actions(all);
    return all;
}

auto essence(const action& a) {
    return std::tuple(a.at, a.what, a.then, a.who, a.topic, a.number, a.key, a.size, a.partition, a.span, a.faults[0].what,
                      a.faults[1].what, a.faults[2].what);
}

bool same(const std::vector<action>& a, const std::vector<action>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const action& x, const action& y) { return essence(x) == essence(y); });
}

}  // namespace

TEST_CASE("plan: a seed is a plan, and another seed another one") {
    const simulated_load load{.messages = 300};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CHECK(same(actions_of(seed, load), actions_of(seed, load)));
        CHECK_FALSE(same(actions_of(seed, load), actions_of(seed + 1, load)));
    }
}

TEST_CASE("plan: each message once, in time, within what was asked for") {
    const simulated_load load{.messages = 400, .keys = 3, .publishers = 2, .size = 40, .deadline = 5s, .topics = {"a", "b"}};
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        planner p(seed, load, {});
        const setting where = p.draw_setting();
        CHECK((where.publishers == 1 || where.publishers == 2));
        std::vector<action> all;
        p.draw_actions(all);
        CHECK(std::is_sorted(all.begin(), all.end(), [](const action& a, const action& b) { return a.at < b.at; }));
        std::set<std::uint32_t> numbers;
        for (const action& a : all) {
            CHECK(a.who < where.publishers);
            CHECK(a.topic < 2);
            if (!is_publish(a.what)) {
                continue;
            }
            CHECK(numbers.insert(a.number).second);
            CHECK((a.key < 3 || a.key == no_key));
            CHECK(a.size <= 40);
            CHECK(a.partition < where.broker.partitions);
            CHECK((a.span >= 1ms && a.span <= 5s));
        }
        CHECK(numbers.size() == 400);
        CHECK(*numbers.rbegin() == 399);
    }
}

TEST_CASE("plan: what is switched off does not happen") {
    const simulated_load load{.messages = 500};
    const simulated_faults none{.tries = 0, .outages = 0, .crashes = 0, .disturbances = 0, .handlers = 0};
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        for (const action& a : actions_of(seed, load, none)) {
            CHECK(a.then == aside::nothing);
            CHECK(a.faults[0].what == memory_fault::kind::none);
            CHECK((is_publish(a.what) || a.what == deed::flush || a.what == deed::close || a.what == deed::close_too));
        }
    }
}

TEST_CASE("plan: with faults there are some of every kind, but no duplicates where the broker writes none") {
    const simulated_load load{.messages = 500};
    for (const bool duplicates : {true, false}) {
        std::set<deed> deeds;
        std::set<aside> asides;
        std::set<memory_fault::kind> kinds;
        for (std::uint64_t seed = 1; seed <= 200; ++seed) {
            for (const action& a : actions_of(seed, load, {.duplicates = duplicates})) {
                deeds.insert(a.what);
                asides.insert(a.then);
                kinds.insert(a.faults[0].what);
            }
        }
        CHECK(deeds.size() == static_cast<std::size_t>(deed::shift_wall) + 1);
        CHECK(asides.size() == static_cast<std::size_t>(aside::waits) + 1);
        // The broker goes down by itself, not under a record.
        CHECK(kinds.count(memory_fault::kind::broker_down) == 0);
        CHECK(kinds.count(memory_fault::kind::duplicate) == (duplicates ? 1 : 0));
        CHECK(kinds.size() == static_cast<std::size_t>(memory_fault::kind::broker_down) - (duplicates ? 0U : 1U));
    }
}
