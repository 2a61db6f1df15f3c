#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

#include <stentor/detail/date.hpp>
#include <stentor/detail/durations.hpp>
#include <stentor/detail/hex.hpp>
#include <stentor/moment.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// A wall time as `2026-01-01T00:00:00.000Z`: RFC 3339 in UTC, what JavaScript's toISOString writes. For headers; years 0 to 9999,
// which is all that RFC 3339 knows.
class rfc3339 {
public:
    static constexpr std::size_t size = 24;

    explicit constexpr rfc3339(timestamp t) noexcept {
        const timestamp minute = std::chrono::floor<std::chrono::minutes>(t);
        if (std::is_constant_evaluated()) {
            write_minute(minute);
        } else if (minute != last_.minute) {
            write_minute(minute);
            std::memcpy(last_.text.data(), text_.data(), last_.text.size());
            last_.minute = minute;
        } else {
            // Messages of one minute differ in their last digits only, and the calendar is what costs.
            std::memcpy(text_.data(), last_.text.data(), last_.text.size());
        }
        write_rest(static_cast<unsigned>((t - minute).count()));
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text_.data(), text_.size()}; }
    void copy_to(char* to) const noexcept { std::memcpy(to, text_.data(), size); }

private:
    static constexpr std::size_t of_minute = 16;  // 2026-01-01T00:00

    struct minute_text {
        timestamp minute;
        std::array<char, of_minute> text;
    };

    constexpr void write_minute(timestamp t) noexcept {
        const auto day = std::chrono::floor<std::chrono::days>(t);
        const date when = date::of(day.time_since_epoch());
        const auto of_day = static_cast<unsigned>((t - day).count());
        put(0, 4, static_cast<unsigned>(when.year));
        put(5, 2, when.month);
        put(8, 2, when.day);
        put(11, 2, of_day / 3'600'000U);
        put(14, 2, of_day / 60'000U % 60U);
    }
    // `:00.000Z` at once: digits that are stored one by one cannot be read as a whole before they have reached the cache.
    constexpr void write_rest(unsigned ms) noexcept {
        const auto digit = [](unsigned value, unsigned at) { return std::uint64_t{'0' + value % 10U} << (56U - 8U * at); };
        const unsigned s = ms / 1'000U;
        store_eight(std::uint64_t{':'} << 56U | digit(s / 10U, 1) | digit(s, 2) | std::uint64_t{'.'} << 32U | digit(ms / 100U, 4) |
                        digit(ms / 10U, 5) | digit(ms, 6) | std::uint64_t{'Z'},
                    text_.data() + of_minute);
    }
    constexpr void put(std::size_t at, std::size_t digits, unsigned value) noexcept {
        for (std::size_t i = at + digits; i-- > at; value /= 10U) {
            text_[i] = static_cast<char>('0' + value % 10U);
        }
    }

    inline static constinit thread_local minute_text last_{timestamp::min(), {}};

    std::array<char, size> text_{'0', '0', '0', '0', '-', '0', '0', '-', '0', '0', 'T', '0',
                                 '0', ':', '0', '0', ':', '0', '0', '.', '0', '0', '0', 'Z'};
};

}  // namespace stentor::inline v0::detail
