#include <catch2/catch_test_macros.hpp>

#include <array>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <boost/describe.hpp>

#include <stentor/detail/topic_names.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation.hpp>

// A seed alone says what its run is: not what the process has done before.

namespace {

using stentor::simulated_seeds;

// To a topic that only the message knows.
struct parcel {
    std::uint32_t address = 0;
    std::string key{};
};
BOOST_DESCRIBE_STRUCT(parcel, (), (address, key))

parcel make_parcel(const stentor::simulated_call& c) {
    return {static_cast<std::uint32_t>(c.random % 8), "k" + std::to_string(c.key)};
}

constexpr std::array<std::string_view, 8> addresses{"parcels-0", "parcels-1", "parcels-2", "parcels-3",
                                                    "parcels-4", "parcels-5", "parcels-6", "parcels-7"};

auto with_backoff() {
    return [](stentor::simulated_process& p) {
        return stentor::basic_publisher{p.transport(), stentor::exponential_backoff{}, stentor::failure_breaker{}, p.options()};
    };
}

}  // namespace

template <>
struct stentor::message_traits<parcel> {
    static std::string_view topic(const parcel& p) { return addresses[p.address]; }
    static std::string_view key(const parcel& p) { return p.key; }
};

namespace {

stentor::simulation_report simulate_parcels(const simulated_seeds& seeds) {
    return stentor::simulate(with_backoff(), stentor::simulated_workload{make_parcel, {.messages = 400}}, {.outages = 0.05}, seeds);
}

// In a process where these topics have been met in that order, and no other.
std::uint64_t hash_where_met(bool backwards) {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        (void)::prctl(PR_SET_PDEATHSIG, SIGKILL);  // who is stopped because this never ends does not leave it behind
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            (void)stentor::detail::topic_names::intern(addresses[backwards ? addresses.size() - 1 - i : i]);
        }
        const auto report = simulate_parcels({1, 20, false});
        const std::uint64_t hash = report && report.messages > 2000 ? report.hash : 0;
        std::_Exit(::write(ends[1], &hash, sizeof(hash)) == static_cast<ssize_t>(sizeof(hash)) ? 0 : 1);
    }
    ::close(ends[1]);
    std::uint64_t hash = 0;
    const ssize_t got = ::read(ends[0], &hash, sizeof(hash));
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(got == static_cast<ssize_t>(sizeof(hash)));
    return hash;
}

}  // namespace

// This process itself meets none of them, in no test.
TEST_CASE("a seed is the same run whatever topics the process has met before", "[simulation]") {
    const std::uint64_t forwards = hash_where_met(false);
    CHECK(forwards != 0);
    CHECK(hash_where_met(true) == forwards);
}

TEST_CASE("topics that differ in one letter are different lanes, whoever publishes", "[simulation]") {
    stentor::simulated_workload two{make_parcel, {.messages = 400}};
    two.load.topics = {"b-parcels", "c-parcels", "d-parcels"};
    const auto report = stentor::simulate(with_backoff(), two, {}, {1, 60, false});
    INFO(report.text());
    CHECK(report);
}

TEST_CASE("a rule that breaks only once is still named, and that the run was another one is said", "[simulation]") {
    stentor::simulated_workload alone{make_parcel, {.publishers = 1}};
    alone.load.topics = {"e-parcels"};
    stentor::simulation_report report;
    for (std::uint64_t seed = 1; seed <= 20 && report; ++seed) {
        std::uint32_t made = 0;
        const auto changing = [&](stentor::simulated_process& p) {
            // Not equal for equal calls: those after the first one keep the rule.
            return stentor::basic_publisher{p.transport(), stentor::exponential_backoff{.attempts = made++ < 1 ? 50U : 2U},
                                            stentor::no_breaker{}, p.options()};
        };
        report = stentor::simulate(changing, alone, {.crashes = 0}, {seed, 1, false}, {.tries = 3});
    }
    REQUIRE_FALSE(report);
    INFO(report.text());
    CHECK(report.broken.find("no message is tried more than 3 times: message ") != std::string::npos);
    CHECK(report.story.find("The same seed was another run") != std::string::npos);
}
