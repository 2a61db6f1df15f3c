#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/version.hpp>

/// @file
/// `problem`: one thing that is wrong with a configuration.

namespace stentor::inline v0 {

/// A setting and the rule that it breaks. Never holds the value of a secret.
struct problem {
    std::string key{};   ///< the member, the property or the environment variable, as it is spelled
    std::string rule{};  ///< what is wrong with it, or what it must be

    [[nodiscard]] friend bool operator==(const problem&, const problem&) = default;
};

/// All of them as one `errc::invalid_config`: "where: key: rule; key: rule".
[[nodiscard]] inline error error_of(std::string_view where, const std::vector<problem>& problems) {
    std::string text(where);
    const char* between = ": ";
    for (const problem& p : problems) {
        text.append(between).append(p.key).append(": ").append(p.rule);
        between = "; ";
    }
    return error(errc::invalid_config, std::move(text));
}

}  // namespace stentor::inline v0
