// Is my own retry policy any good? A simulation finds out what it does on a bad day, and tells the shortest story of it.

#include <iostream>

#include <stentor/stentor.hpp>
#include <stentor/testing/simulation.hpp>

namespace app {

using namespace std::chrono_literals;

// "Whatever has failed goes again": so does what was written, and lost only its acknowledgement.
struct naive_retry {
    bool allow_duplicates = true;
    stentor::verdict next(const stentor::failure& f) const noexcept {
        return f.attempt < 5 ? stentor::retry_in(100ms) : stentor::give_up();
    }
};

struct payment {
    std::string account;
    int amount = 0;
};
BOOST_DESCRIBE_STRUCT(payment, (), (account, amount))

template <class Retry>
stentor::simulation_report simulate() {
    return stentor::simulate(
        [](stentor::simulated_process& p) { return stentor::basic_publisher{p.transport(), Retry{}, p.options()}; },
        stentor::simulated_workload{[](const stentor::simulated_call& c) { return payment{"k" + std::to_string(c.key), 100}; }}, {},
        {.first = 1, .count = 50}, {.never_twice = true});
}

}  // namespace app

template <>
struct stentor::message_traits<app::payment> {
    static constexpr std::string_view topic = "payments";
    static std::string_view key(const app::payment& p) { return p.account; }
};

int main() {
    const auto naive = app::simulate<app::naive_retry>();
    std::cout << "naive_retry: " << (naive ? "nothing found\n" : naive.text());

    const auto standard = app::simulate<stentor::exponential_backoff>();
    std::cout << "exponential_backoff: " << (standard ? "nothing found" : standard.text()) << "\n";
}
