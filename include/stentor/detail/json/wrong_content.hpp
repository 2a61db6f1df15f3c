#pragma once

#include <cstddef>
#include <iterator>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <stentor/detail/all_right.hpp>
#include <stentor/detail/json/kinds.hpp>
#include <stentor/version.hpp>

// What JSON cannot carry in a type, found before anything is written, and said in one error (see all_right.hpp).

namespace stentor::inline v0::detail {

// `T` is the type that cannot be written, `In` the described struct that it was found in, or the whole.
template <class T, class In>
struct verdict_on_content {
    static constexpr bool character = foreign_character<T>;
    static constexpr bool enumeration = std::is_enum_v<T>;
    static constexpr bool structure = std::is_class_v<T>;

    static_assert(!character,
                  "stentor: JSON text is UTF-8 in char. Convert strings of char8_t, char16_t, char32_t or wchar_t to std::string.");
    static_assert(!enumeration, "stentor: JSON writes enums by name. Describe it: BOOST_DESCRIBE_ENUM(T, enumerators…).");
    static_assert(!structure,
                  "stentor: JSON does not know this type. Describe it: BOOST_DESCRIBE_STRUCT(T, (bases), (members)); or specialise "
                  "stentor::json_adapter<T>.");
    static_assert(character || enumeration || structure,
                  "stentor: JSON cannot carry this type (pointers, functions, …). It can carry numbers, bool, strings, "
                  "std::optional, enums, described structs, arrays, maps with string keys, std::variant and stentor::timestamp.");
};

template <class... Verdicts>
struct first_wrong {
    using type = all_right;
};
template <class First, class... Rest>
struct first_wrong<First, Rest...> {
    using type = First;
};
template <class... Rest>
struct first_wrong<all_right, Rest...> : first_wrong<Rest...> {};

// `Above` is what lies around T, the innermost struct first. What lies in itself (a tree) has been looked at already.
template <class T, json_kind Kind, class... Above>
struct judge_json {
    using type = all_right;
};
template <class T, class... Above>
inline constexpr json_kind json_kind_in = (std::is_same_v<T, Above> || ...) ? json_kind::null : json_kind_of<T>();
template <class T, class... Above>
using json_verdict = typename judge_json<T, json_kind_in<T, Above...>, Above...>::type;

template <class T>
struct judge_json<T, json_kind::none> {
    using type = verdict_on_content<T, T>;
};
template <class T, class In, class... Above>
struct judge_json<T, json_kind::none, In, Above...> {
    using type = verdict_on_content<T, In>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::optional, Above...> {
    using type = json_verdict<std::remove_cv_t<typename T::value_type>, Above...>;
};
template <class... Ts, class... Above>
struct judge_json<std::variant<Ts...>, json_kind::variant, Above...> {
    using type = typename first_wrong<json_verdict<std::remove_cv_t<Ts>, Above...>...>::type;
};
template <class T, class... Above>
struct judge_json<T, json_kind::map, Above...> {
    using type = json_verdict<std::remove_cv_t<typename T::mapped_type>, Above..., T>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::array, Above...> {
    using iterator = std::decay_t<decltype(std::begin(std::declval<const T&>()))>;
    using type = json_verdict<typename std::iterator_traits<iterator>::value_type, Above..., T>;
};
template <class T, class... Above>
struct judge_json<T, json_kind::tuple, Above...> {
    template <std::size_t... Is>
    static auto elements(std::index_sequence<Is...>)
        -> first_wrong<json_verdict<std::remove_cv_t<std::tuple_element_t<Is, T>>, Above...>...>;
    using type = typename decltype(elements(std::make_index_sequence<std::tuple_size_v<T>>{}))::type;
};
template <class T, class... Above>
struct judge_json<T, json_kind::structure, Above...> {
    template <class Descriptor>
    using member = std::remove_cvref_t<decltype(std::declval<const T&>().*Descriptor::pointer)>;
    template <template <class...> class List, class... Descriptors>
    static auto members(List<Descriptors...>) -> first_wrong<json_verdict<member<Descriptors>, T, Above...>...>;
    using type = typename decltype(members(members_of<T>{}))::type;
};
}  // namespace stentor::inline v0::detail
