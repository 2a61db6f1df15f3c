#pragma once

#include <cstdint>

#include <stentor/detail/durations.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// A day of the Gregorian calendar. std::chrono::year_month_day would do, but for what <chrono> costs (durations.hpp).
struct date {
    std::int64_t year;
    unsigned month;
    unsigned day;

    static constexpr std::chrono::days first_of_year_0{-719'528};
    static constexpr std::chrono::days first_of_year_10000{2'932'897};

    // Counted in eras of 400 years, 146,097 days each, from the first of March, so that the odd day is the last of its year
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    [[nodiscard]] static constexpr date of(std::chrono::days since_1970) noexcept {
        const std::int64_t since_0000_03_01 = since_1970.count() + 719'468;
        const std::int64_t era = (since_0000_03_01 >= 0 ? since_0000_03_01 : since_0000_03_01 - 146'096) / 146'097;
        const auto of_era = static_cast<unsigned>(since_0000_03_01 - era * 146'097);
        const unsigned year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
        const unsigned of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        const unsigned months_since_march = (5 * of_year + 2) / 153;
        const unsigned month = months_since_march < 10 ? months_since_march + 3 : months_since_march - 9;
        return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month, of_year - (153 * months_since_march + 2) / 5 + 1};
    }
};

}  // namespace stentor::inline v0::detail
