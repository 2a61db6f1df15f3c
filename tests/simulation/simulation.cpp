#include <catch2/catch_test_macros.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "casts.hpp"

using namespace std::chrono_literals;

using stentor::simulated_seeds;

namespace {

// What many write first: whatever has failed goes again, at once, and for ever.
struct naive_retry {
    bool allow_duplicates = true;
    [[nodiscard]] stentor::verdict next(const stentor::failure&) const noexcept { return stentor::retry_in(0ms); }
};

stentor::simulation_report simulate_naive(const stentor::simulated_rules& rules) {
    const stentor::simulated_workload orders{simulated::make_order, simulated::load(200)};
    return stentor::simulate(
        [](stentor::simulated_process& p) {
            return stentor::basic_publisher{p.transport(), naive_retry{}, stentor::no_breaker{}, stentor::no_tracer{}, p.options()};
        },
        orders, {}, {1, 200, false}, rules);
}

}  // namespace

TEST_CASE("no seed breaks a promise", "[simulation]") {
    // STENTOR_SEED: that one alone, with the policies that fall to it.
    const char* const one = std::getenv("STENTOR_SEED");
    const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
    const std::uint64_t count = one != nullptr ? 1 : 100;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const auto report = simulated::run(seed, 680);
        INFO(report.text());
        REQUIRE(report);
    }
}

TEST_CASE("the same seed is the same run", "[simulation]") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto first = simulated::run(seed, 300);
        const auto second = simulated::run(seed, 300);
        CHECK(first.hash == second.hash);
        CHECK(first.counts == second.counts);
        CHECK(first.messages > 50);
    }
    CHECK(simulated::run(1, 300).hash != simulated::run(6, 300).hash);
}

TEST_CASE("a naive retry policy is found out: it tries too often", "[simulation]") {
    const auto report = simulate_naive({.tries = 10});
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no message is tried more than 10 times") != std::string::npos);
    // The shortest schedule: one message, and what befalls it.
    CHECK(report.actions <= 3);
    CHECK(report.story.find("is handed over") != std::string::npos);
    CHECK(report.text().find("STENTOR_SEED=" + std::to_string(report.seed)) != std::string::npos);
}

TEST_CASE("a naive retry policy is found out: it writes twice", "[simulation]") {
    const auto report = simulate_naive({.never_twice = true});
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no message is in the log twice") != std::string::npos);
    CHECK(report.actions <= 2);
    CHECK(report.story.find("the acknowledgement is lost") != std::string::npos);
}
