#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/version.hpp>

// Which known name somebody may have meant.

namespace stentor::inline v0::detail {

// How many letters must be put in, taken out, changed, or swapped with their neighbour, to make one text the other.
[[nodiscard]] inline std::size_t edits(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> above(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        above[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before[j - 2] + 1);
            }
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

// The nearest of the names; empty when none is near. Asks `known(found)`, which calls `found(name)` for each.
template <class Known>
[[nodiscard]] std::string_view nearest(std::string_view text, const Known& known) {
    // Of a short name no more than one letter may be wrong: nearly all short names are near each other.
    std::size_t least = std::min<std::size_t>(3, text.size() / 4) + 1;
    std::string_view best;
    known([&](std::string_view name) {
        const std::size_t apart = name.size() < text.size() ? text.size() - name.size() : name.size() - text.size();
        if (apart >= least) {
            return;
        }
        if (const std::size_t n = edits(text, name); n < least) {
            least = n;
            best = name;
        }
    });
    return best;
}

}  // namespace stentor::inline v0::detail
