#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <stentor/detail/read_value.hpp>
#include <stentor/moment.hpp>
#include <stentor/secret.hpp>
#include <stentor/settings/value.hpp>
#include <stentor/version.hpp>

// One line of the table of variables: how its value is read into the settings, and shown.

namespace stentor::inline v0::detail::env {

// What the environment has said that is no member of the settings; put together when all has been read (security.hpp).
struct said {
    std::optional<bool> enabled{};
    std::optional<bool> tls{};
    std::optional<bool> sasl{};
    std::string_view protocol{};

    friend bool operator==(const said&, const said&) = default;
};

struct reading {
    settings& to;
    said heard{};
    std::string rule{};  // which the last value breaks
};

struct row {
    std::string_view names{};  // with blanks between them; the first is the one to use
    std::string_view field{};
    std::string_view property{};
    std::string_view source{};
    bool (*read)(const row&, reading&, std::string_view){};
    std::string (*show)(const settings&){};
    std::int64_t least = 0;
    std::int64_t most = 0;
};

[[nodiscard]] inline std::string show_time(nanoseconds t) {
    struct unit {
        std::int64_t size;
        std::string_view name;
    };
    for (const unit u : {unit{60'000'000'000, " min"}, unit{1'000'000'000, " s"}, unit{1'000'000, " ms"}, unit{1'000, " us"}}) {
        if (t.count() != 0 && t.count() % u.size == 0) {
            return std::to_string(t.count() / u.size).append(u.name);
        }
    }
    return t.count() == 0 ? "0" : std::to_string(t.count()).append(" ns");
}

// The kinds of rows. `Of` answers a reference to the member, of constant settings too.

template <class Of>
[[nodiscard]] constexpr row text(std::string_view names, std::string_view field, std::string_view property, std::string_view source,
                                 Of) {
    return {names,
            field,
            property,
            source,
            [](const row&, reading& r, std::string_view value) {
                Of{}(r.to) = value;
                return true;
            },
            [](const settings& s) { return std::string(Of{}(s)); }};
}

template <class Of>
[[nodiscard]] constexpr row hidden(std::string_view names, std::string_view field, std::string_view property,
                                   std::string_view source, Of) {
    return {names,
            field,
            property,
            source,
            [](const row&, reading& r, std::string_view value) {
                Of{}(r.to) = secret(value);
                return true;
            },
            [](const settings& s) { return std::string(Of{}(s).empty() ? "" : "***"); }};
}

// A PEM text; where a variable cannot have several lines, people write \n between them.
template <class Text>
[[nodiscard]] Text lines_of(std::string_view value) {
    if (value.find('\n') != std::string_view::npos) {
        return Text(value);
    }
    std::string text(value);
    for (std::size_t at = text.find("\\n"); at != std::string::npos; at = text.find("\\n", at)) {
        text.replace(at, 2, "\n");
    }
    Text lines(text);
    ::explicit_bzero(text.data(), text.size());
    return lines;
}

template <class Of>
[[nodiscard]] constexpr row pem(std::string_view names, std::string_view field, std::string_view property, Of) {
    return {names,
            field,
            property,
            "librdkafka",
            [](const row&, reading& r, std::string_view value) {
                auto& member = Of{}(r.to);
                member = lines_of<std::remove_reference_t<decltype(member)>>(value);
                return true;
            },
            [](const settings& s) { return std::string(Of{}(s).empty() ? "" : "***"); }};
}

template <class Of>
[[nodiscard]] constexpr row truth(std::string_view names, std::string_view field, std::string_view property,
                                  std::string_view source, Of) {
    return {names,
            field,
            property,
            source,
            [](const row&, reading& r, std::string_view value) {
                const auto b = read_boolean(value);
                if (!b) {
                    r.rule = boolean_rule;
                    return false;
                }
                Of{}(r.to) = *b;
                return true;
            },
            [](const settings& s) { return std::string(Of{}(s) ? "true" : "false"); }};
}

template <class Of>
[[nodiscard]] constexpr row number(std::string_view names, std::string_view field, std::string_view property,
                                   std::string_view source, std::int64_t least, std::int64_t most, Of) {
    return {names,
            field,
            property,
            source,
            [](const row& self, reading& r, std::string_view value) {
                const auto n = read_whole(value);
                if (!n || *n < self.least || *n > self.most) {
                    r.rule = whole_rule(self.least, self.most);
                    return false;
                }
                auto& member = Of{}(r.to);
                member = static_cast<std::remove_reference_t<decltype(member)>>(*n);
                return true;
            },
            [](const settings& s) { return std::to_string(Of{}(s)); },
            least,
            most};
}

// In milliseconds, as all the documents and librdkafka write times.
template <class Of>
[[nodiscard]] constexpr row time(std::string_view names, std::string_view field, std::string_view property, std::string_view source,
                                 std::int64_t least, std::int64_t most, Of) {
    return {names,
            field,
            property,
            source,
            [](const row& self, reading& r, std::string_view value) {
                const auto n = read_whole(value);
                if (!n || *n < self.least || *n > self.most) {
                    r.rule = whole_rule(self.least, self.most, "milliseconds");
                    return false;
                }
                Of{}(r.to) = milliseconds(*n);
                return true;
            },
            [](const settings& s) { return show_time(Of{}(s)); },
            least,
            most};
}

}  // namespace stentor::inline v0::detail::env
