#include <catch2/catch_test_macros.hpp>

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "casts.hpp"

using namespace std::chrono_literals;

using stentor::simulated_seeds;

namespace {

// What many write first: whatever has failed goes again, at once, and for ever.
struct naive_retry {
    bool allow_duplicates = true;
    [[nodiscard]] stentor::verdict next(const stentor::failure&) const noexcept { return stentor::retry_in(0ms); }
};

stentor::simulation_report simulate_naive(const stentor::simulated_rules& rules, const simulated_seeds& seeds = {1, 200, false}) {
    const stentor::simulated_workload orders{simulated::make_order, simulated::load(200)};
    return stentor::simulate(
        [](stentor::simulated_process& p) {
            return stentor::basic_publisher{p.transport(), naive_retry{}, stentor::no_breaker{}, stentor::no_tracer{}, p.options()};
        },
        orders, {}, seeds, rules);
}

// STENTOR_SEED as a test wants it; afterwards it is as it was.
class seed_in_environment {
public:
    explicit seed_in_environment(const std::string& text) {
        if (const char* const had = std::getenv("STENTOR_SEED"); had != nullptr) {
            had_ = had;
        }
        ::setenv("STENTOR_SEED", text.c_str(), 1);
    }
    ~seed_in_environment() { had_ ? ::setenv("STENTOR_SEED", had_->c_str(), 1) : ::unsetenv("STENTOR_SEED"); }
    seed_in_environment(const seed_in_environment&) = delete;
    seed_in_environment& operator=(const seed_in_environment&) = delete;

private:
    std::optional<std::string> had_{};
};

// A breaker that has something against itself, or forgets a permit now and then.
struct doubtful_breaker {
    bool speaks = false;
    bool forgets = false;
    std::int64_t out = 0;
    std::uint32_t failures = 0;

    [[nodiscard]] std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
        ++out;
        return stentor::permit{};
    }
    void record(stentor::permit, const stentor::call& what, const stentor::moment&) noexcept {
        failures += what.signal == stentor::signal::failure ? 1 : 0;
        out -= forgets && failures == 3 ? 0 : 1;
    }
    [[nodiscard]] stentor::circuit state() const noexcept { return stentor::circuit::closed; }
    [[nodiscard]] std::int64_t permits_out() const noexcept { return out; }
    [[nodiscard]] std::string_view complaint() const noexcept {
        return speaks && failures == 3 ? "three have failed" : std::string_view{};
    }
};

stentor::simulation_report simulate_doubtful(const doubtful_breaker& breaker) {
    const stentor::simulated_workload orders{simulated::make_order, simulated::load(200)};
    return stentor::simulate(
        [&](stentor::simulated_process& p) {
            return stentor::basic_publisher{p.transport(), stentor::no_retry{}, doubtful_breaker{breaker}, stentor::no_tracer{},
                                            p.options()};
        },
        orders, {}, simulated_seeds{1, 50, false});
}

struct no_more_messages {};

}  // namespace

TEST_CASE("no seed breaks a promise", "[simulation]") {
    // STENTOR_SEED: that one alone, with the policies that fall to it.
    const char* const set = std::getenv("STENTOR_SEED");
    const char* const one = set != nullptr && *set != '\0' ? set : nullptr;
    std::uint64_t first = 1;
    if (one != nullptr) {
        const std::string_view text = one;
        const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), first);
        REQUIRE((wrong == std::errc{} && end == text.data() + text.size()));
    }
    const std::uint64_t count = one != nullptr ? 1 : 100;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        const auto report = simulated::run(seed, simulated::messages_of_a_seed);
        INFO("STENTOR_SEED=" << seed << " runs it alone\n" << report.text());
        REQUIRE(report);
    }
}

TEST_CASE("the same seed is the same run", "[simulation]") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto first = simulated::run(seed, 300);
        const auto second = simulated::run(seed, 300);
        INFO("seed " << seed);
        CHECK(first.messages > 0);
        CHECK(first.hash == second.hash);
        CHECK(first.counts == second.counts);
    }
    CHECK(simulated::run(1, 300).hash != simulated::run(6, 300).hash);
}

// Whoever changes what a seed means, or what the publisher does, changes these. That both compilers find them is the point.
TEST_CASE("a seed is the same run whoever has compiled it", "[simulation][pinned]") {
    constexpr std::array<std::uint64_t, 5> hashes = {0xc842df92ae50c778ULL, 0x1af57d9ada11f74bULL, 0xbf46115fc454ca6dULL,
                                                     0x221bcf7423a88201ULL, 0xae70f5160d7e20a8ULL};
    for (std::size_t i = 0; i < hashes.size(); ++i) {
        INFO("seed " << i + 1);
        CHECK(simulated::run(i + 1, 300).hash == hashes[i]);
    }
}

TEST_CASE("a naive retry policy is found out: it tries too often", "[simulation]") {
    const auto report = simulate_naive({.tries = 10});
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no message is tried more than 10 times") != std::string::npos);
    // The shortest schedule: a few messages, and what befalls them.
    CHECK(report.actions <= 5);
    CHECK(report.story.find("is handed over, to orders") != std::string::npos);
    CHECK(report.story.find("is tried again, try 2, 0.000000 s later") != std::string::npos);
    CHECK(report.text().find("STENTOR_SEED") == std::string::npos);  // it would not run it: it was told not to
}

TEST_CASE("a naive retry policy is found out: it goes again too soon", "[simulation]") {
    const auto report = simulate_naive({.back_off = 1ms});
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no try begins sooner after the last than the policy's back-off") != std::string::npos);
    CHECK(report.actions <= 2);
}

TEST_CASE("a naive retry policy is found out: it writes twice", "[simulation]") {
    const auto report = simulate_naive({.never_twice = true});
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no message is in the log twice") != std::string::npos);
    CHECK(report.actions <= 2);
    CHECK(report.story.find("the acknowledgement is lost") != std::string::npos);
}

TEST_CASE("a breaker of one's own is asked what it has against itself, and for its permits", "[simulation]") {
    const auto fine = simulate_doubtful({});
    INFO(fine.text());
    CHECK(fine);
    const auto speaks = simulate_doubtful({.speaks = true});
    REQUIRE_FALSE(speaks);
    CHECK(speaks.broken.find("no breaker complains: that of publisher ") != std::string::npos);
    CHECK(speaks.broken.find("three have failed") != std::string::npos);
    const auto forgets = simulate_doubtful({.forgets = true});
    REQUIRE_FALSE(forgets);
    CHECK(forgets.broken.find("each permit of a breaker comes home once") != std::string::npos);
}

// What it remembers of the bad times is enough for it once there are calls enough, even if each of the last has gone well.
TEST_CASE("a circuit that opens at a rate when all is over is no leak", "[simulation]") {
    const stentor::simulated_workload orders{simulated::make_order, simulated::load(200)};
    const auto report = stentor::simulate(
        [](stentor::simulated_process& p) {
            return stentor::basic_publisher{p.transport(), stentor::no_retry{},
                                            simulated::referee{{.failures = 0,
                                                                .open_for = 200ms,
                                                                .failure_rate = 0.1,
                                                                .minimum_calls = 40,
                                                                .window = std::chrono::minutes(1)}},
                                            p.options()};
        },
        orders, {}, simulated_seeds{1, 60, false});
    INFO(report.text());
    CHECK(report);
    CHECK(report.messages > 1000);
}

TEST_CASE("STENTOR_SEED runs the seed that has failed again, and tells the same story", "[simulation]") {
    const auto first = [] {
        const seed_in_environment none("");
        return simulate_naive({.never_twice = true}, {1, 200, true});
    }();
    REQUIRE_FALSE(first);
    CHECK(first.seeds > 1);
    CHECK(first.text().find("(STENTOR_SEED=" + std::to_string(first.seed) + " runs it again)") != std::string::npos);
    const seed_in_environment again(std::to_string(first.seed));
    const auto second = simulate_naive({.never_twice = true}, {1, 200, true});
    CHECK(second.seeds == 1);
    CHECK(second.text() == first.text());
    CHECK_FALSE(second.story.empty());
}

TEST_CASE("STENTOR_SEED that is no number is said, and an empty one is none", "[simulation]") {
    for (const char* const wrong : {"x", "12x", "-1", "99999999999999999999"}) {
        const seed_in_environment here(wrong);
        CHECK_THROWS_AS(simulate_naive({}, {1, 2, true}), std::invalid_argument);
    }
    const seed_in_environment here("");
    CHECK(simulate_naive({}, {1, 2, true}).seeds == 2);
}

TEST_CASE("what the maker of messages or of publishers throws comes out, whoever has called it", "[simulation]") {
    const auto factory = [](stentor::simulated_process& p) {
        return stentor::basic_publisher{p.transport(), stentor::no_retry{}, stentor::no_breaker{}, stentor::no_tracer{},
                                        p.options()};
    };
    for (std::uint32_t last = 0; last < 200; last += 7) {
        const stentor::simulated_workload few{[last](const stentor::simulated_call& c) {
                                                  if (c.number >= last) {
                                                      throw no_more_messages{};
                                                  }
                                                  return simulated::make_order(c);
                                              },
                                              simulated::load(200)};
        CHECK_THROWS_AS(stentor::simulate(factory, few, {}, {1 + last, 1, false}), no_more_messages);
    }
    // The second publisher of a process is made after a crash or a close.
    const stentor::simulated_workload orders{simulated::make_order, simulated::load(500)};
    int made = 0;
    const auto once = [&](stentor::simulated_process& p) {
        if (++made > 4) {
            throw no_more_messages{};
        }
        return factory(p);
    };
    CHECK_THROWS_AS(stentor::simulate(once, orders, {.crashes = 0.1}, {1, 20, false}), no_more_messages);
}
