#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <stentor/version.hpp>

/// @file
/// `environment`: environment variables as a value.

namespace stentor::inline v0 {

/// Names and values of variables. All are views: what they view must outlive this.
class environment {
public:
    /// One of them.
    struct variable {
        std::string_view name{};   ///< "KAFKA_BROKERS"
        std::string_view value{};  ///< may be empty, and may be a secret
    };

    /// None.
    environment() = default;
    /// For tests: `environment{{"KAFKA_BROKERS", "localhost:9092"}}`.
    environment(std::initializer_list<variable> all) : all_(all) {}

    /// Those of this process, as long as nothing in it changes them; not while another thread does.
    [[nodiscard]] static environment of_process() {
        environment all;
        for (char** line = ::environ; line != nullptr && *line != nullptr; ++line) {
            const std::string_view text(*line);
            if (const auto equals = text.find('='); equals != std::string_view::npos) {
                all.all_.push_back({text.substr(0, equals), text.substr(equals + 1)});
            }
        }
        return all;
    }

    /// Its value; nothing if it is not there.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const noexcept {
        for (const variable& v : all_) {
            if (v.name == name) {
                return v.value;
            }
        }
        return std::nullopt;
    }

    /// The first of them.
    [[nodiscard]] auto begin() const noexcept { return all_.begin(); }
    /// Behind the last of them.
    [[nodiscard]] auto end() const noexcept { return all_.end(); }

private:
    std::vector<variable> all_{};
};

}  // namespace stentor::inline v0
