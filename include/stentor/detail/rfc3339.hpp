#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// A wall time as `2026-01-01T00:00:00.000Z`: RFC 3339 in UTC, what JavaScript's toISOString writes. For headers; years 0 to 9999,
// which is all that RFC 3339 knows.
class rfc3339 {
public:
    explicit constexpr rfc3339(timestamp t) noexcept {
        if (std::is_constant_evaluated()) {
            write_all(t);
            return;
        }
        // Messages of one minute differ in their last digits only, and the calendar is what costs.
        const timestamp minute = std::chrono::floor<std::chrono::minutes>(t);
        if (minute != last_.minute) {
            write_all(minute);
            last_.text = text_;
            last_.minute = minute;
        } else {
            text_ = last_.text;
        }
        const auto rest = static_cast<unsigned>((t - minute).count());
        put(17, 2, rest / 1'000U);
        put(20, 3, rest % 1'000U);
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), text_.size()}; }

private:
    struct minute_text {
        timestamp minute;
        std::array<char, 24> text;
    };

    constexpr void write_all(timestamp t) noexcept {
        const auto day = std::chrono::floor<std::chrono::days>(t);
        const std::chrono::year_month_day date{day};
        const auto of_day = static_cast<unsigned>((t - day).count());
        put(0, 4, static_cast<unsigned>(static_cast<int>(date.year())));
        put(5, 2, static_cast<unsigned>(date.month()));
        put(8, 2, static_cast<unsigned>(date.day()));
        put(11, 2, of_day / 3'600'000U);
        put(14, 2, of_day / 60'000U % 60U);
        put(17, 2, of_day / 1'000U % 60U);
        put(20, 3, of_day % 1'000U);
    }
    constexpr void put(std::size_t at, std::size_t digits, unsigned value) noexcept {
        for (std::size_t i = at + digits; i-- > at; value /= 10U) {
            text_[i] = static_cast<char>('0' + value % 10U);
        }
    }

    inline static constinit thread_local minute_text last_{timestamp::min(), {}};

    std::array<char, 24> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                               '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
};

}  // namespace stentor::inline v0::detail
