#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <stentor/detail/simulation/shrink.hpp>

using namespace stentor;
using detail::simulation::action;
using detail::simulation::aside;
using detail::simulation::shrunk;

namespace {

std::vector<action> numbered(std::uint32_t count) {
    std::vector<action> all(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        all[i].number = i;
    }
    return all;
}

bool has(const std::vector<action>& all, std::uint32_t number) {
    return std::any_of(all.begin(), all.end(), [&](const action& a) { return a.number == number; });
}

}  // namespace

TEST_CASE("shrunk: only what is needed stays, in its order") {
    const auto few = shrunk(numbered(1000), 2000, [](const auto& all) { return has(all, 17) && has(all, 500) && has(all, 999); });
    REQUIRE(few.size() == 3);
    CHECK(few[0].number == 17);
    CHECK(few[1].number == 500);
    CHECK(few[2].number == 999);
}

TEST_CASE("shrunk: one that fails whatever is done has no actions left") {
    CHECK(shrunk(numbered(100), 2000, [](const auto&) { return true; }).empty());
}

TEST_CASE("shrunk: one that needs all keeps all") {
    CHECK(shrunk(numbered(37), 2000, [](const auto& all) { return all.size() == 37; }).size() == 37);
}

TEST_CASE("shrunk: what it answers fails, and it asks no more often than it may") {
    const auto fails = [](const std::vector<action>& all) { return all.size() >= 3 && has(all, 90); };
    for (std::size_t runs = 0; runs < 60; ++runs) {
        std::size_t asked = 0;
        const auto few = shrunk(numbered(100), runs, [&](const auto& all) {
            ++asked;
            return fails(all);
        });
        CHECK(asked <= runs);
        CHECK(fails(few));
    }
}

TEST_CASE("shrunk: faults and handlers that do not matter are taken away, those that do stay") {
    auto all = numbered(4);
    for (action& a : all) {
        a.then = aside::throws;
        a.faults = {memory_fault::time_out(), memory_fault::lost_request(), memory_fault::duplicate()};
    }
    const auto few = shrunk(
        all, 2000, [](const auto& now) { return has(now, 2) && now.front().faults[1].what == memory_fault::kind::lost_request; });
    REQUIRE(few.size() == 1);
    CHECK(few[0].number == 2);
    CHECK(few[0].then == aside::nothing);
    CHECK(few[0].faults[0].what == memory_fault::kind::none);
    CHECK(few[0].faults[1].what == memory_fault::kind::lost_request);
    CHECK(few[0].faults[2].what == memory_fault::kind::none);
}

TEST_CASE("shrunk: what was needed only because of a fault goes when the fault has gone") {
    auto all = numbered(4);
    all[2].faults[0] = memory_fault::time_out();
    const auto few = shrunk(all, 2000, [](const auto& now) {
        return std::any_of(now.begin(), now.end(), [&](const action& a) {
            return a.number == 2 && (a.faults[0].what == memory_fault::kind::none || has(now, 1));
        });
    });
    REQUIRE(few.size() == 1);
    CHECK(few[0].number == 2);
}
