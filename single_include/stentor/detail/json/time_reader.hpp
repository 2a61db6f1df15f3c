// Made by single_include/generate.py from include/stentor/detail/json/time_reader.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>

#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail {

// RFC 3339, 5.6, strictly: "2026-01-01T00:00:00[.fraction](Z|±hh:mm)", years 0000 to 9999, no leap seconds. Digits behind the
// millisecond are cut off.
[[nodiscard]] constexpr std::optional<timestamp> parse_rfc3339(std::string_view text) noexcept {
    std::size_t at = 0;
    bool fine = true;
    const auto number = [&](std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i, ++at) {
            if (at >= text.size() || text[at] < '0' || text[at] > '9') {
                fine = false;
                return 0;
            }
            value = value * 10 + (text[at] - '0');
        }
        return value;
    };
    const auto sign = [&](std::string_view any_of) {
        if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) {
            fine = false;
            return '\0';
        }
        return text[at++];
    };
    const int year = number(4);
    sign("-");
    const int month = number(2);
    sign("-");
    const int day = number(2);
    sign("Tt");
    const int hour = number(2);
    sign(":");
    const int minute = number(2);
    sign(":");
    const int second = number(2);
    int thousandths = 0;
    if (fine && at < text.size() && text[at] == '.') {
        ++at;
        std::size_t digits = 0;
        for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++digits) {
            if (digits < 3) {
                thousandths = thousandths * 10 + (text[at] - '0');
            }
        }
        fine = digits != 0;
        for (; digits < 3; ++digits) {
            thousandths *= 10;
        }
    }
    const char zone = sign("Zz+-");
    int offset = 0;
    if (fine && (zone == '+' || zone == '-')) {
        const int hours = number(2);
        sign(":");
        const int minutes = number(2);
        fine = fine && hours < 24 && minutes < 60;
        offset = (hours * 60 + minutes) * (zone == '+' ? 1 : -1);
    }
    const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                           std::chrono::day{static_cast<unsigned>(day)}};
    if (!fine || at != text.size() || !date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    return timestamp{std::chrono::sys_days{date}} + std::chrono::hours{hour} + std::chrono::minutes{minute - offset} +
           std::chrono::seconds{second} + milliseconds{thousandths};
}

}  // namespace stentor::inline v0::detail
