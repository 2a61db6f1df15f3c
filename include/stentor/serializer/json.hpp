#pragma once

#include <string_view>
#include <utility>

#include <stentor/detail/all_right.hpp>
#include <stentor/detail/json/writer.hpp>
#include <stentor/detail/json/wrong_content.hpp>
#include <stentor/detail/wrong_message.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

/// @file
/// The default serializer: JSON, written straight from the members that Boost.Describe knows.

namespace stentor::inline v0 {

/// Teaches `json_serializer` a type that it does not know: specialise it with
/// `static bool write(const T&, buffer&)`, which appends one JSON value, or answers false when it cannot.
template <class T>
struct json_adapter;

namespace detail {

template <class T>
[[nodiscard]] consteval naming naming_of() noexcept {
    if constexpr (message<T>) {
        if constexpr (requires { message_traits<T>::naming; }) {
            return message_traits<T>::naming;
        }
    }
    return naming::as_written;
}

template <class T>
[[nodiscard]] consteval optionals optionals_of() noexcept {
    if constexpr (message<T>) {
        if constexpr (requires { message_traits<T>::optionals; }) {
            return message_traits<T>::optionals;
        }
    }
    return optionals::omitted;
}

}  // namespace detail

/// Appends `value` as JSON (RFC 8259). Any described type; `message_traits` are not needed. What JSON cannot say is
/// `errc::serialization` with the member's JSON pointer: "/items/3/price: is not a finite number"; the buffer is then as it was.
/// Throws only `std::bad_alloc`; the buffer is then as it was, too.
template <naming Naming = naming::as_written, optionals Optionals = optionals::omitted, class T>
[[nodiscard]] fault to_json(const T& value, buffer& out) {
    using content = detail::json_verdict<T>;
    static_assert(sizeof(content) != 0);
    fault f;
    if constexpr (detail::fine<content>) {
        detail::json_writer<Naming, Optionals> writer(out);
        const std::size_t before = out.size();
        try {
            if (!writer.write(value)) {
                out.truncate(before);
                f.code = errc::serialization;
                f.cause = writer.cause();
            }
        } catch (...) {
            out.truncate(before);
            throw;
        }
    }
    return f;
}

/// Writes described structs and what is in them as JSON, byte for byte what Boost.JSON writes for the same value, with no DOM and,
/// once its buffer is warm, no allocation. Names and empty optionals by `naming` and `optionals` of `message_traits<T>`, also
/// inside.
///
/// It writes: numbers, bool, strings (UTF-8, checked; a null `const char*` is an error, an array of char ends at its NUL),
/// `std::optional` (omitted, or null), described enums (by name, without a trailing underscore), described structs (public members,
/// bases first), ranges (arrays), maps with text keys (objects), pairs and tuples (arrays), `std::variant` (what it holds),
/// `std::monostate` (null), `timestamp` (RFC 3339, milliseconds, Z), and whatever `json_adapter` is specialised for.
///
/// Where it is not Boost.JSON: floating point is the shortest text that reads back the same, laid out as JavaScript does (`1`,
/// `0.1`, `1e+21`); not-a-number, infinities and invalid UTF-8 are errors.
struct json_serializer {
    static constexpr std::string_view content_type = "application/json";  ///< JSON

    /// Appends the message as `to_json` does, with the names of `message_traits<T>`.
    template <class T>
    fault serialize(const T& message, buffer& out) const {
        return to_json<detail::naming_of<T>(), detail::optionals_of<T>()>(message, out);
    }
};

namespace detail {

template <class T>
struct judge_content<json_serializer, T> {
    using type = json_verdict<T>;
};

}  // namespace detail

}  // namespace stentor::inline v0
