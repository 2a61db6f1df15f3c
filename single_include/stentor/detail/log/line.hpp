// Made by single_include/generate.py from include/stentor/detail/log/line.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stentor/stentor.hpp>

namespace stentor::inline v0::detail {

// One JSON object on one line, in a place of its own on the stack: no allocation, never longer than `most`, and always whole. A
// text that has no room is cut, and the line says so.
class log_line {
public:
    static constexpr std::size_t most = 8192;

    log_line() noexcept { *end_++ = '{'; }
    log_line(const log_line&) = delete;
    log_line& operator=(const log_line&) = delete;

    // A member whose text is ASCII that needs no escape.
    void plain(std::string_view name, std::string_view value) noexcept {
        if (begin(name, value.size() + 2)) {
            *end_++ = '"';
            put(value);
            *end_++ = '"';
        }
    }
    // A member whose text may be anything, of at most `limit` bytes as it is written. Empty: no member.
    void text(std::string_view name, std::string_view value, std::size_t limit = most) noexcept {
        constexpr std::size_t quotes = 2;
        if (value.empty() || !begin(name, quotes)) {
            return;
        }
        const std::size_t free = left() - quotes;
        *end_++ = '"';
        escape(value, limit < free ? limit : free);
        *end_++ = '"';
    }
    void number(std::string_view name, std::int64_t value) noexcept {
        if (begin(name, longest_number)) {
            end_ = std::to_chars(end_, end_ + longest_number, value).ptr;
        }
    }
    void flag(std::string_view name) noexcept {
        if (begin(name, 4)) {
            put("true");
        }
    }
    // Milliseconds with up to three digits behind the point.
    void milliseconds_of(std::string_view name, nanoseconds d) noexcept {
        if (d < nanoseconds::zero()) {
            d = nanoseconds::zero();
        }
        if (!begin(name, longest_number + 4)) {
            return;
        }
        const std::int64_t us = d.count() / 1'000;
        end_ = std::to_chars(end_, end_ + longest_number, us / 1'000).ptr;
        if (us % 1'000 != 0) {
            *end_++ = '.';
            std::int64_t rest = us % 1'000;
            for (std::int64_t unit = 100; rest != 0; unit /= 10) {
                *end_++ = static_cast<char>('0' + rest / unit);
                rest %= unit;
            }
        }
    }
    // Where a record is, as far as that is known.
    void place(std::string_view partition, std::string_view offset, const receipt& where) noexcept {
        if (where.partition >= 0) {
            number(partition, where.partition);
        }
        if (where.offset >= 0) {
            number(offset, where.offset);
        }
    }
    // RFC 3339; no member for a time that it has no words for.
    void time(std::string_view name, timestamp t) noexcept {
        constexpr timestamp first = std::chrono::sys_days{date::first_of_year_0};
        constexpr timestamp end = std::chrono::sys_days{date::first_of_year_10000};
        if (t >= first && t < end) {
            plain(name, rfc3339(t).view());
        }
    }

    // The line, which is whole now. Once, last.
    [[nodiscard]] std::string_view finish() noexcept {
        if (cut_) {
            put(R"(,"truncated":true)");
        }
        *end_++ = '}';
        return {text_, static_cast<std::size_t>(end_ - text_)};
    }

private:
    static constexpr std::size_t longest_number = 20;
    static constexpr std::size_t kept_for_the_end = 24;  // truncated, and the brace
    static constexpr std::size_t slack = 16;             // copy_plain writes that much too far

    [[nodiscard]] std::size_t left() const noexcept { return most - kept_for_the_end - static_cast<std::size_t>(end_ - text_); }
    void put(std::string_view bytes) noexcept {
        std::memcpy(end_, bytes.data(), bytes.size());
        end_ += bytes.size();
    }
    // `,"name":`, if there is room for it and its value.
    [[nodiscard]] bool begin(std::string_view name, std::size_t value) noexcept {
        if (name.size() + 4 + value > left()) {
            cut_ = true;
            return false;
        }
        if (end_ != text_ + 1) {
            *end_++ = ',';
        }
        *end_++ = '"';
        put(name);
        put("\":");
        return true;
    }

    void escape(std::string_view value, std::size_t room) noexcept {
        while (!value.empty()) {
            const std::size_t plain = copy_plain(value.data(), value.size() < room ? value.size() : room, end_);
            end_ += plain;
            room -= plain;
            value.remove_prefix(plain);
            if (value.empty()) {
                return;
            }
            char one[6];
            std::size_t taken = 1;
            const std::size_t size = next(value, one, taken);
            if (size > room) {
                cut_ = true;
                return;
            }
            put({one, size});
            room -= size;
            value.remove_prefix(taken);
        }
    }
    // What the first character becomes that is not plain: an escape, itself, or U+FFFD for bytes that are no UTF-8.
    [[nodiscard]] static std::size_t next(std::string_view value, char (&to)[6], std::size_t& taken) noexcept {
        const char c = value.front();
        if (static_cast<signed char>(c) >= 0) {
            return static_cast<std::size_t>(put_escape(c, to) - to);
        }
        taken = utf8_sequence(reinterpret_cast<const unsigned char*>(value.data()), value.size());
        if (taken == 0) {
            taken = 1;
            std::memcpy(to, "\xef\xbf\xbd", 3);
            return 3;
        }
        // Control characters have a second block, which terminals obey, too.
        if (taken == 2 && c == '\xc2' && static_cast<unsigned char>(value[1]) < 0xa0) {
            return static_cast<std::size_t>(put_escape(value[1], to) - to);
        }
        std::memcpy(to, value.data(), taken);
        return taken;
    }

    char text_[most + slack];
    char* end_ = text_;
    bool cut_ = false;
};

}  // namespace stentor::inline v0::detail
