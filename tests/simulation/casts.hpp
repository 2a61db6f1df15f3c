#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include <boost/describe.hpp>

#include <stentor/breaker.hpp>
#include <stentor/breaker/per_topic.hpp>
#include <stentor/publisher.hpp>
#include <stentor/testing/simulation.hpp>

#include "referee.hpp"

// The publishers that are simulated: policies of every kind, one set a seed.

namespace simulated {

using namespace std::chrono_literals;

struct order {
    std::string id;
    std::string text;
    std::uint32_t number = 0;
};
BOOST_DESCRIBE_STRUCT(order, (), (id, text, number))

/// Calls of a run: at least 500 of them are accepted, on the whole. The same wherever a seed is run, so that it can be run again.
inline constexpr std::uint32_t messages_of_a_seed = 1160;

inline order make_order(const stentor::simulated_call& c) {
    return {"k" + std::to_string(c.key), std::string(c.size, 'x'), c.number};
}

/// Would try everything again, and redirect everything, also what it must not: the publisher keeps the rules.
struct stubborn_retry {
    [[nodiscard]] stentor::verdict next(const stentor::failure& f) const noexcept {
        if (f.attempt < 5) {
            return stentor::retry_in(f.random % 2 == 0 ? 10ms : -1ms);
        }
        return f.random % 2 == 0 ? stentor::redirect_to("orders-dead", 2s) : stentor::give_up();
    }
};

/// Of any bytes, also none.
struct note {
    std::string text;
    std::uint32_t key = 0;
    operator std::string_view() const { return text; }
};

inline note make_note(const stentor::simulated_call& c) { return {std::string(c.random % 3 == 0 ? 0 : c.size, 'n'), c.key}; }

/// A referee for each topic.
struct refereed_topics : stentor::per_topic<referee> {
    using per_topic::per_topic;
    [[nodiscard]] std::int64_t permits_out() noexcept {
        std::int64_t sum = 0;
        each_circuit([&](std::string_view, const referee& one, auto&) { sum += one.permits_out(); });
        return sum;
    }
    [[nodiscard]] std::string_view complaint() noexcept {
        std::string_view first;
        each_circuit([&](std::string_view, const referee& one, auto&) { first = first.empty() ? one.complaint() : first; });
        return first;
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

template <>
struct stentor::message_traits<simulated::note> {
    static constexpr std::string_view topic = "notes";
    static std::string_view key(const simulated::note& n) { return n.key % 2 == 0 ? "even" : "odd"; }
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
                                                    referee{{.failures = 0,
                                                             .open_for = 2s,
                                                             .probe_timeout = 3s,
                                                             .failure_rate = 0.3,
                                                             .slow_call = 1s,
                                                             .slow_call_rate = 0.4,
                                                             .minimum_calls = 8,
                                                             .window = 5s}},
                                                    p.options()};
                },
                orders, {}, one, {.tries = 4, .half_open = 5s, .letter_deadline = 0s, .back_off = 50ms});
        case 1:
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{
                        p.transport(),
                        stentor::exponential_backoff{
                            .attempts = 6, .initial = 20ms, .jitter = stentor::jitter::full, .allow_duplicates = true},
                        referee{{.failures = 4, .open_for = 1s, .probe_timeout = 2s}}, stentor::no_tracer{}, p.options()};
                },
                orders, {}, one, {.tries = 6, .letter_deadline = 0s});
        case 2:
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{
                        p.transport(), stentor::dead_letter<>{.inner = {.attempts = 2}, .deadline = 3s},
                        referee{{.failures = 3, .open_for = 500ms, .max_open_for = 800ms, .probe_timeout = 1s}}, p.options()};
                },
                orders, {}, one, {.tries = 2, .never_twice = true, .half_open = 3s, .letter_deadline = 3s, .back_off = 100ms});
        case 3: {
            stentor::simulated_workload three = orders;
            three.load.topics = {"orders-a", "orders-b", "orders-c"};
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{p.transport(), stubborn_retry{},
                                                    refereed_topics{{.failures = 2, .open_for = 1s}}, p.options()};
                },
                three, {}, one, {.tries = 5, .never_twice = true, .letter_deadline = 2s});
        }
        default: {
            // Short deadlines and one key: outages end what waits, and lanes fill up.
            stentor::simulated_workload hot{make_note, load(messages)};
            hot.load.keys = 2;
            hot.load.deadline = 3s;
            return stentor::simulate(
                [](process& p) {
                    return stentor::basic_publisher{p.transport(),
                                                    stentor::raw_serializer{},
                                                    stentor::exponential_backoff{.attempts = 40, .initial = 1ms, .max = 100ms},
                                                    stentor::no_breaker{},
                                                    stentor::no_tracer{},
                                                    p.options()};
                },
                hot, {}, one, {.tries = 40, .never_twice = true, .letter_deadline = 0s, .back_off = 1ms});
        }
    }
}

}  // namespace simulated
