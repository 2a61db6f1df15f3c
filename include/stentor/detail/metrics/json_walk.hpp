#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

#include <stentor/version.hpp>

// Goes through a JSON text once and shows each number and string with the names that lead to it. It keeps nothing and allocates
// nothing, for texts that a library of this process has made: names and strings are shown as they are written, escapes and all.

namespace stentor::inline v0::detail::metrics {

struct json_scalar {
    bool is_number = false;
    double number = 0;
    std::string_view text{};  // of a string
};

class json_walk {
public:
    explicit json_walk(std::string_view text) noexcept : rest_(text) {}

    // `visit(std::span<const std::string_view> path, const json_scalar&)`; an array's elements have the name "". False: it is no
    // JSON, or nested too deep; what was seen before that was shown.
    template <class Visit>
    [[nodiscard]] bool run(Visit&& visit) {
        return value(0, visit) && (skip_blanks(), rest_.empty());
    }

private:
    static constexpr std::size_t deepest = 16;

    void skip_blanks() noexcept {
        const auto at = rest_.find_first_not_of(" \t\r\n");
        rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at);
    }
    [[nodiscard]] bool take(char c) noexcept {
        skip_blanks();
        if (rest_.empty() || rest_[0] != c) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    [[nodiscard]] bool word(std::string_view w) noexcept {
        if (!rest_.starts_with(w)) {
            return false;
        }
        rest_.remove_prefix(w.size());
        return true;
    }
    [[nodiscard]] bool string(std::string_view& to) noexcept {
        if (!take('"')) {
            return false;
        }
        for (std::size_t i = 0; i < rest_.size(); ++i) {
            if (rest_[i] == '\\') {
                ++i;
            } else if (rest_[i] == '"') {
                to = rest_.substr(0, i);
                rest_.remove_prefix(i + 1);
                return true;
            }
        }
        return false;
    }

    template <class Visit>
    [[nodiscard]] bool value(std::size_t depth, Visit& visit) {
        skip_blanks();
        if (rest_.empty()) {
            return false;
        }
        json_scalar seen;
        switch (rest_[0]) {
            case '{': return members(depth, visit);
            case '[': return elements(depth, visit);
            case 't': return word("true");
            case 'f': return word("false");
            case 'n': return word("null");
            case '"':
                if (!string(seen.text)) {
                    return false;
                }
                break;
            default: {
                // from_chars knows "inf", too, which JSON does not.
                const char first = rest_.starts_with('-') && rest_.size() > 1 ? rest_[1] : rest_[0];
                const auto read = std::from_chars(rest_.data(), rest_.data() + rest_.size(), seen.number);
                if (first < '0' || first > '9' || read.ec == std::errc::invalid_argument) {
                    return false;
                }
                rest_.remove_prefix(static_cast<std::size_t>(read.ptr - rest_.data()));
                if (read.ec == std::errc::result_out_of_range) {
                    return true;  // a number, but none that can be shown
                }
                seen.is_number = true;
                break;
            }
        }
        visit(std::span<const std::string_view>(path_.data(), depth), static_cast<const json_scalar&>(seen));
        return true;
    }
    template <class Visit>
    [[nodiscard]] bool members(std::size_t depth, Visit& visit) {
        rest_.remove_prefix(1);
        if (depth == deepest) {
            return false;
        }
        if (take('}')) {
            return true;
        }
        do {
            if (!string(path_[depth]) || !take(':') || !value(depth + 1, visit)) {
                return false;
            }
        } while (take(','));
        return take('}');
    }
    template <class Visit>
    [[nodiscard]] bool elements(std::size_t depth, Visit& visit) {
        rest_.remove_prefix(1);
        if (depth == deepest) {
            return false;
        }
        if (take(']')) {
            return true;
        }
        do {
            path_[depth] = {};
            if (!value(depth + 1, visit)) {
                return false;
            }
        } while (take(','));
        return take(']');
    }

    std::string_view rest_;
    std::array<std::string_view, deepest> path_{};
};

}  // namespace stentor::inline v0::detail::metrics
