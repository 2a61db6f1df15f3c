// Made by single_include/generate.py from include/stentor/detail/simulation/series.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <stentor/detail/simulation/plan.hpp>
#include <stentor/detail/simulation/shrink.hpp>
#include <stentor/detail/simulation/stage.hpp>
#include <stentor/testing/simulation/report.hpp>
#include <stentor/testing/simulation/workload.hpp>
#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail::simulation {

// One run after the other, until one breaks a rule.
class series {
public:
    series(const simulated_load& load, const simulated_faults& faults, const simulated_rules& rules,
           std::function<std::unique_ptr<player>(simulated_process&)> make)
        : load_(load), faults_(faults) {
        script_.load = &load;
        script_.rules = &rules;
        script_.make = std::move(make);
    }

    [[nodiscard]] simulation_report run(simulated_seeds seeds) {
        if (const char* const one = std::getenv("STENTOR_SEED"); seeds.replay && one != nullptr && *one != '\0') {
            seeds = {seed_in(one), 1, true};
        }
        report_.replays = seeds.replay;
        for (std::uint64_t i = 0; i < seeds.count && !report_.failed; ++i) {
            run_one(seeds.first + i);
        }
        return std::move(report_);
    }

private:
    [[nodiscard]] static std::uint64_t seed_in(std::string_view text) {
        std::uint64_t seed = 0;
        const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seed);
        if (wrong != std::errc{} || end != text.data() + text.size()) {
            throw std::invalid_argument("STENTOR_SEED is the number of a seed, not '" + std::string(text) + "'");
        }
        return seed;
    }

    void run_one(std::uint64_t seed) {
        planner plan(seed, load_, faults_);
        script_.where = plan.draw_setting();
        plan.draw_actions(actions_);
        stage run(script_, actions_, nullptr);
        run.run();
        ++report_.seeds;
        report_.messages += run.accepted();
        // A sum, so that runs in several processes add up to the same.
        report_.hash += run.hash();
        for (std::size_t i = 0; i < exercised_count; ++i) {
            report_.counts[i] += run.model().counts[i];
            report_.faults += i <= static_cast<std::size_t>(exercised::waiting_handler) ? run.model().counts[i] : 0;
        }
        report_.crashes = report_.of(exercised::crash);
        if (run.model().broken()) {
            explain(seed, run.model().rule(), run.model().why());
        }
    }

    void explain(std::uint64_t seed, const std::string& rule, const std::string& why) {
        const std::vector<action> few = shrunk(std::move(actions_), 2000, [&](const std::vector<action>& actions) {
            stage run(script_, actions, nullptr);
            run.run();
            return run.model().rule() == rule;
        });
        stage run(script_, few, &report_.story);
        run.run();
        report_.failed = true;
        report_.seed = seed;
        report_.actions = few.size();
        if (run.model().rule() == rule) {
            report_.broken = "broken: " + rule + ": " + run.model().why();
        } else {
            report_.broken = "broken: " + rule + ": " + why;
            report_.story +=
                "The same seed was another run when it was run again: what makes publishers or messages has to give "
                "equal ones for equal calls.\n";
        }
    }

    const simulated_load& load_;
    const simulated_faults& faults_;
    script script_{};
    std::vector<action> actions_;
    simulation_report report_{};
};

}  // namespace stentor::inline v0::detail::simulation
