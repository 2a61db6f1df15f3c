#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <stentor/detail/date.hpp>
#include <stentor/detail/durations.hpp>
#include <stentor/detail/json/kinds.hpp>
#include <stentor/detail/json/text.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/moment.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// What a JSON writer does whatever the names and optionals of its types: texts, times, and saying what went wrong. Every function
// answers false at the first thing that JSON cannot say; on the way back each level puts its part in front of the pointer (RFC
// 6901), so that a good path costs nothing for it.
class json_output {
public:
    explicit json_output(buffer& to) noexcept : out_(to) {}

    // After a false: "/user_email: invalid UTF-8 at byte 3".
    [[nodiscard]] std::string cause() const { return pointer_ + ": " + reason_; }

protected:
    // Bytes whose number the compiler knows.
    template <std::size_t Size>
    void put(const char* bytes) {
        std::memcpy(out_.reserve(Size), bytes, Size);
        out_.commit(Size);
    }

    bool fail(std::string_view reason) {
        reason_ = reason;
        return false;
    }
    // Puts a level in front of the pointer, escaped as RFC 6901 says.
    bool inside(std::string_view name) {
        pointer_.insert(0, pointer_part(name));
        return false;
    }

    template <class T>
    bool write_any_text(const T& text) {
        if constexpr (std::is_pointer_v<T>) {
            return text != nullptr ? write_text(text) : fail("is a null pointer");
        } else if constexpr (std::is_array_v<T>) {
            // Up to its NUL, if it has one.
            const void* const end = std::memchr(text, 0, sizeof text);
            return write_text(
                {text, end != nullptr ? static_cast<std::size_t>(static_cast<const char*>(end) - text) : sizeof text});
        } else {
            return write_text(text);
        }
    }
    bool write_text(std::string_view text) {
        const std::size_t bad = write_string(text, out_);
        return bad == std::string_view::npos || no_utf8(bad);
    }
    [[gnu::noinline, gnu::cold]] bool no_utf8(std::size_t at) { return fail("invalid UTF-8 at byte " + std::to_string(at)); }

    [[nodiscard]] static constexpr bool is_writable(timestamp t) noexcept {
        constexpr timestamp first = std::chrono::sys_days{date::first_of_year_0};
        constexpr timestamp end = std::chrono::sys_days{date::first_of_year_10000};
        return t >= first && t < end;
    }
    bool write_time(timestamp t) {
        if (!is_writable(t)) {
            return fail("is no time of the years 0 to 9999");
        }
        char* const to = out_.reserve(rfc3339::size + 2);
        to[0] = to[rfc3339::size + 1] = '"';
        rfc3339(t).copy_to(to + 1);
        out_.commit(rfc3339::size + 2);
        return true;
    }

    buffer& out_;
    std::string pointer_{};
    std::string reason_{};
};

}  // namespace stentor::inline v0::detail
