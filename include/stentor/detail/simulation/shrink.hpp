#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <stentor/detail/simulation/action.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::simulation {

// The smallest schedule, by leaving out ever smaller pieces, that `still_fails`. At most `runs` tries.
template <class Predicate>
[[nodiscard]] std::vector<action> shrunk(std::vector<action> actions, std::size_t runs, Predicate&& still_fails) {
    std::vector<action> fewer;
    const auto attempt = [&] {
        if (runs == 0) {
            return false;
        }
        --runs;
        if (!still_fails(fewer)) {
            return false;
        }
        actions = fewer;
        return true;
    };
    const auto leave_out = [&] {
        for (std::size_t piece = (actions.size() + 1) / 2; piece > 0 && runs > 0;) {
            bool shorter = false;
            for (std::size_t from = 0; from < actions.size() && runs > 0;) {
                const std::size_t to = std::min(from + piece, actions.size());
                fewer.assign(actions.begin(), actions.begin() + static_cast<std::ptrdiff_t>(from));
                fewer.insert(fewer.end(), actions.begin() + static_cast<std::ptrdiff_t>(to), actions.end());
                if (attempt()) {
                    shorter = true;
                } else {
                    from = to;
                }
            }
            if (!shorter || piece > actions.size()) {
                piece = piece == 1 && !shorter ? 0 : std::max<std::size_t>(piece / 2, 1);
            }
        }
    };
    // What is left becomes simpler: no faults, no tricks of handlers.
    const auto simplify = [&] {
        bool simpler = false;
        for (std::size_t i = 0; i < actions.size() && runs > 0; ++i) {
            for (std::size_t f = 0; f < planned_tries; ++f) {
                if (actions[i].faults[f].what != memory_fault::kind::none) {
                    fewer = actions;
                    fewer[i].faults[f] = {};
                    simpler = attempt() || simpler;
                }
            }
            if (actions[i].then != aside::nothing) {
                fewer = actions;
                fewer[i].then = aside::nothing;
                simpler = attempt() || simpler;
            }
        }
        return simpler;
    };
    // Without a fault, what stood in its way may not be needed any more.
    leave_out();
    while (simplify()) {
        leave_out();
    }
    return actions;
}

}  // namespace stentor::inline v0::detail::simulation
