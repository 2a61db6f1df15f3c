#pragma once

#include <memory>
#include <string>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "contest.hpp"

namespace bench {

// Enters a publisher with these policies, and whatever they were made from, on a memory broker that keeps nothing.
template <class Message, class... Policies>
void enter_stack(const std::string& name, const Message& message, Policies... policies) {
    // Made once and kept: what is measured is the steady state.
    constexpr int burst = 500;
    stentor::memory_broker broker{{.keep_history = false}};
    auto publisher = std::make_shared<decltype(stentor::basic_publisher{stentor::memory_transport{broker}, policies...})>(
        stentor::memory_transport{broker}, policies...);
    enter(name, 2, [name, publisher, message](benchmark::State& state) {
        int failed = 0;
        time_bursts(
            state, name, burst,
            [&](int n) {
                for (int i = 0; i < n; ++i) {
                    failed += publisher->publish(message).has_value() ? 0 : 1;
                }
            },
            [] {});
        if (failed != 0) {
            state.SkipWithError("a publish failed");
        }
    });
}

}  // namespace bench
