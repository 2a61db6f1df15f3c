#pragma once

#include <concepts>
#include <cstddef>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/describe/bases.hpp>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <boost/describe/modifiers.hpp>

#include <stentor/moment.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

// Which C++ types are which JSON values. Shared by writing and reading, so that they cannot disagree.

namespace stentor::inline v0 {

template <class T>
struct json_adapter;

}  // namespace stentor::inline v0

namespace stentor::inline v0::detail {

template <class T>
concept json_text = std::convertible_to<const T&, std::string_view> && !std::is_same_v<T, std::nullptr_t>;

// Text that can be looked at twice, and is the same. What is converted to text may be made anew each time.
template <class T>
inline constexpr bool standard_text = std::is_same_v<T, std::string_view>;
template <class Traits, class Allocator>
inline constexpr bool standard_text<std::basic_string<char, Traits, Allocator>> = true;

// Characters of other encodings: strings of them would else pass for arrays of numbers.
template <class T>
concept foreign_character =
    std::is_same_v<T, wchar_t> || std::is_same_v<T, char8_t> || std::is_same_v<T, char16_t> || std::is_same_v<T, char32_t>;

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

template <class T>
inline constexpr bool is_variant = false;
template <class... Ts>
inline constexpr bool is_variant<std::variant<Ts...>> = true;

template <class T>
concept described_struct =
    std::is_class_v<T> && boost::describe::has_describe_members<T>::value && boost::describe::has_describe_bases<T>::value;

template <class T>
concept described_enum = std::is_enum_v<T> && boost::describe::has_describe_enumerators<T>::value;

// What can be walked over. Not std::ranges::range: <ranges> costs every user 70 ms.
template <class T>
concept iterable = requires(const T& t) {
    std::begin(t) != std::end(t);
    *std::begin(t);
};

// A map whose keys are text.
template <class T>
concept json_map = iterable<T> && requires {
    typename T::key_type;
    typename T::mapped_type;
} && json_text<typename T::key_type>;

template <class T>
concept json_array = iterable<T> && !json_text<T> && !json_map<T>;

// As std::filesystem::path is: there is no end to writing one.
template <class T>
inline constexpr bool range_of_itself =
    std::is_same_v<T, typename std::iterator_traits<std::decay_t<decltype(std::begin(std::declval<const T&>()))>>::value_type>;

template <class T>
concept json_tuple = requires { std::tuple_size<T>::value; } && !iterable<T>;

// Bases before own members, public ones, as a list of descriptors.
template <class T>
using members_of = boost::describe::describe_members<T, boost::describe::mod_public | boost::describe::mod_inherited>;

// Calls `f` with each descriptor. All of it inlined, which clang would not do with mp_for_each: what `f` shares from one member to
// the next then stays in registers.
template <class Function, template <class...> class List, class... Descriptors>
[[gnu::always_inline]] inline void each_member(List<Descriptors...> /*of*/, [[maybe_unused]] Function&& f) {
    (f(Descriptors{}), ...);
}

template <class T>
concept json_adapted = requires(const T& value, buffer& out) {
    { json_adapter<T>::write(value, out) } -> std::same_as<bool>;
};

enum class json_kind {
    none,
    adapted,
    boolean,
    integer,
    floating,
    null,
    text,
    time,
    optional,
    variant,
    enumerator,
    map,
    array,
    tuple,
    structure
};

// As what a type is written; enums and structs that are not described are none.
template <class T>
[[nodiscard]] consteval json_kind json_kind_of() noexcept {
    if constexpr (json_adapted<T>) {
        return json_kind::adapted;
    } else if constexpr (std::is_same_v<T, bool>) {
        return json_kind::boolean;
    } else if constexpr (foreign_character<T>) {
        return json_kind::none;
    } else if constexpr (std::is_integral_v<T>) {
        return json_kind::integer;
    } else if constexpr (std::is_floating_point_v<T>) {
        return json_kind::floating;
    } else if constexpr (std::is_same_v<T, std::nullptr_t> || std::is_same_v<T, std::monostate>) {
        return json_kind::null;
    } else if constexpr (json_text<T>) {
        return json_kind::text;
    } else if constexpr (std::is_same_v<T, timestamp>) {
        return json_kind::time;
    } else if constexpr (is_optional<T>) {
        return json_kind::optional;
    } else if constexpr (is_variant<T>) {
        return json_kind::variant;
    } else if constexpr (std::is_enum_v<T>) {
        return described_enum<T> ? json_kind::enumerator : json_kind::none;
    } else if constexpr (json_map<T>) {
        return json_kind::map;
    } else if constexpr (json_array<T>) {
        return range_of_itself<T> ? json_kind::none : json_kind::array;
    } else if constexpr (json_tuple<T>) {
        return json_kind::tuple;
    } else {
        return described_struct<T> ? json_kind::structure : json_kind::none;
    }
}

// One level of a JSON pointer, escaped (RFC 6901).
[[nodiscard]] inline std::string pointer_part(std::string_view name) {
    std::string part = "/";
    for (const char c : name) {
        if (c == '~') {
            part += "~0";
        } else if (c == '/') {
            part += "~1";
        } else {
            part += c;
        }
    }
    return part;
}

}  // namespace stentor::inline v0::detail
