// Made by single_include/generate.py from include/stentor/testing/simulation.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include <stentor/detail/simulation/series.hpp>
#include <stentor/testing/simulation/process.hpp>
#include <stentor/testing/simulation/report.hpp>
#include <stentor/testing/simulation/workload.hpp>
#include <stentor/stentor.hpp>

/// @file
/// Deterministic simulation: a real publisher with your policies and your messages, on a `memory_broker` where everything goes
/// wrong that can.

namespace stentor::inline v0 {

/// Runs one simulation a seed, until one breaks a promise of the library or one of `rules`. That one is run again with ever less
/// in it, and the report tells the shortest story that still breaks the rule.
///
/// `factory(simulated_process&)` returns a `basic_publisher` on `memory_transport`, made with the process's `transport()` and
/// `options()`, and any policies. The seed decides everything: who publishes what when, faults, crashes, limits. Time is virtual.
/// One thread; `examples/simulate_own_retry.cpp` is a whole program. Throws what `factory` and `workload.make` throw,
/// `std::invalid_argument` if `STENTOR_SEED` is no number, and `std::bad_alloc`.
template <class Factory, class Make>
[[nodiscard]] simulation_report simulate(Factory&& factory, const simulated_workload<Make>& workload,
                                         const simulated_faults& faults = {}, const simulated_seeds& seeds = {},
                                         const simulated_rules& rules = {}) {
    constexpr bool makes_one = requires(simulated_process& p) {
        factory(p).transport().crash();
        requires !std::is_reference_v<std::invoke_result_t<Factory&, simulated_process&>>;
    };
    static_assert(makes_one,
                  "stentor: the factory of simulate() takes a simulated_process& and must return a basic_publisher on "
                  "memory_transport, by value.");
    if constexpr (makes_one) {
        using made = std::invoke_result_t<Factory&, simulated_process&>;
        detail::simulation::series all(workload.load, faults, rules, [&](simulated_process& here) {
            return std::unique_ptr<detail::simulation::player>(
                new detail::simulation::player_of<made, Make>(factory, here, workload.make));
        });
        return all.run(seeds);
    }
}

}  // namespace stentor::inline v0
