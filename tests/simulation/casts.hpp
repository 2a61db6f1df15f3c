#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/describe.hpp>

#include <stentor/breaker/per_topic.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation.hpp>

// The publishers that are simulated: policies of every kind, one set a seed.

namespace simulated {

using namespace std::chrono_literals;

struct order {
    std::string id;
    std::string text;
    std::uint32_t number = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, text, number))

inline order make_order(const stentor::simulated_call& c) {
    return {"k" + std::to_string(c.key), std::string(c.size, 'x'), c.number};
}

/// Would try everything again, also what it must not: the publisher keeps the rules.
struct stubborn_retry {
    [[nodiscard]] stentor::verdict next(const stentor::failure& f) const noexcept {
        return f.attempt < 5 ? stentor::retry_in(10ms) : stentor::give_up();
    }
};

inline stentor::simulated_load load(std::uint32_t messages) {
    stentor::simulated_load l;
    l.messages = messages;
    return l;
}

}  // namespace simulated

template <>
struct stentor::message_traits<simulated::order> {
    static constexpr std::string_view topic = "orders";
    static std::string_view key(const simulated::order& o) { return o.id; }
};

namespace simulated {

/// One run of the seed, with the policies that fall to it.
inline stentor::simulation_report run(std::uint64_t seed, std::uint32_t messages, bool replay = false) {
    const stentor::simulated_workload orders{make_order, load(messages)};
    const stentor::simulated_seeds one{seed, 1, replay};
    using process = stentor::simulated_process;
    switch (seed % 5) {
        case 0:
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{p.transport(), stentor::exponential_backoff{.attempts = 4, .initial = 50ms},
                                                    stentor::failure_breaker{{.open_for = 2s, .probe_timeout = 3s}}, p.options()};
                },
                orders, {}, one, {.tries = 4, .letter_deadline = 0s});
        case 1:
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{
                        p.transport(),
                        stentor::exponential_backoff{
                            .attempts = 6, .initial = 20ms, .jitter = stentor::jitter::full, .allow_duplicates = true},
                        stentor::no_breaker{}, stentor::no_tracer{}, p.options()};
                },
                orders, {}, one, {.tries = 6, .letter_deadline = 0s});
        case 2:
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{
                        p.transport(), stentor::dead_letter<>{.inner = {.attempts = 2}, .deadline = 3s},
                        stentor::failure_breaker{{.failures = 3, .open_for = 500ms, .probe_timeout = 1s}}, p.options()};
                },
                orders, {}, one, {.tries = 2, .never_twice = true, .letter_deadline = 3s});
        case 3: {
            stentor::simulated_workload three = orders;
            three.load.topics = {"orders-a", "orders-b", "orders-c"};
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{p.transport(), stubborn_retry{},
                                                    stentor::per_topic<>{{.failures = 2, .open_for = 1s}}, p.options()};
                },
                three, {}, one, {.tries = 5, .never_twice = true, .letter_deadline = 0s});
        }
        default: {
            // Short deadlines and one key: outages end what waits, and lanes fill up.
            stentor::simulated_workload hot = orders;
            hot.load.keys = 2;
            hot.load.deadline = 3s;
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{p.transport(),
                                                    stentor::exponential_backoff{.attempts = 40, .initial = 1ms, .max = 100ms},
                                                    stentor::no_breaker{}, stentor::no_tracer{}, p.options()};
                },
                hot, {}, one, {.tries = 40, .never_twice = true, .letter_deadline = 0s});
        }
    }
}

}  // namespace simulated
