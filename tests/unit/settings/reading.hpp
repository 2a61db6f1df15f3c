#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>

#include <stentor/settings.hpp>

// Reads an environment that a test has made up.

namespace settings_test {

using stentor::environment;
using stentor::problem;
using stentor::settings;
using names = std::vector<std::string>;

inline names wrong(const environment& variables) {
    names all;
    for (const problem& p : settings::examine(variables).problems) {
        all.push_back(p.key);
    }
    return all;
}
inline std::string rule_of(const environment& variables) {
    const auto report = settings::examine(variables);
    REQUIRE(report.problems.size() == 1);
    return report.problems.front().rule;
}
inline settings read(const environment& variables) {
    const auto r = settings::from(variables);
    if (!r) {
        FAIL(r.error().message());
    }
    return *r;
}
inline bool noted(const settings& s, std::string_view part) {
    return std::ranges::any_of(s.notes, [&](const std::string& n) { return n.find(part) != std::string::npos; });
}

}  // namespace settings_test
