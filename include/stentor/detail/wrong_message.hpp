#pragma once

#include <concepts>
#include <string_view>
#include <type_traits>

#include <stentor/context.hpp>
#include <stentor/detail/all_right.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/serializer.hpp>
#include <stentor/version.hpp>

// What is wrong with a message type, its message_traits or their fitting a serializer, said in one error (see all_right.hpp).

namespace stentor::inline v0::detail {

enum class flaw {
    no_traits,
    no_topic,
    topic_dies,
    key_signature,
    key_dies,
    headers_signature,
    validate_signature,
    serializer
};

// `T` and `Serializer` are only there to be named by the compiler.
template <flaw What, class T, class Serializer>
struct verdict_on_message {
    [[nodiscard]] static consteval bool is_not(flaw that) noexcept { return What != that; }

    static_assert(
        is_not(flaw::no_traits),
        "stentor: this type has no message_traits. Write: template <> struct stentor::message_traits<T> { static constexpr "
        "std::string_view topic = \"…\"; }; (see stentor/message.hpp)");
    static_assert(is_not(flaw::no_topic),
                  "stentor: message_traits<T> lacks a topic: static constexpr std::string_view topic = \"…\"; or static "
                  "std::string_view topic(const T&);");
    static_assert(is_not(flaw::topic_dies),
                  "stentor: message_traits<T>::topic must return a std::string_view of bytes that outlive the call (or a const "
                  "std::string&): static std::string_view topic(const T& m) { return m.…; }");
    static_assert(
        is_not(flaw::key_signature),
        "stentor: message_traits<T>::key is none: it must be static, take a const T& and return a std::string_view: static "
        "std::string_view key(const T& m) { return m.…; } (Where traits are shared, it must accept each of their messages.)");
    static_assert(is_not(flaw::key_dies),
                  "stentor: message_traits<T>::key must return a std::string_view into the message (or a const std::string&), not "
                  "text that dies with the call: static std::string_view key(const T& m) { return m.…; }");
    static_assert(
        is_not(flaw::headers_signature),
        "stentor: message_traits<T>::headers cannot be called. Write: static void headers(const T&, auto&& add) or static "
        "void headers(const T&, auto&& add, const stentor::publish_context&)");
    static_assert(is_not(flaw::validate_signature),
                  "stentor: message_traits<T>::validate cannot be called, or returns something else. Write: static stentor::fault "
                  "validate(const T&)");
    static_assert(is_not(flaw::serializer),
                  "stentor: the serializer cannot write this message type: it needs fault serialize(const T&, buffer&) const. "
                  "See stentor/serializer.hpp");
};

// A type that has a member of a name, of whatever kind, makes that name ambiguous here.
struct traits_names {
    int key, headers, validate;
};
template <class Traits>
struct with_traits_names : Traits, traits_names {};

template <class T>
concept with_topic = requires(const T& m) { std::string_view(message_traits<T>::topic); } ||
                     requires(const T& m) { std::string_view(message_traits<T>::topic(m)); };

// Text that its function returns and that is nobody's afterwards.
template <class Returned>
inline constexpr bool dies = !std::is_lvalue_reference_v<Returned> && !std::is_trivially_destructible_v<std::decay_t<Returned>>;

// What a serializer that says more than "cannot" has to say of T; specialise it for that serializer.
template <class Serializer, class T>
struct judge_content {
    using type = all_right;
};

template <class T, class Serializer>
[[nodiscard]] consteval auto judge_message() noexcept {
    using traits = message_traits<T>;
    using names = std::conditional_t<std::is_final_v<traits>, traits_names, with_traits_names<traits>>;
    if constexpr (!message<T>) {
        return std::type_identity<verdict_on_message<flaw::no_traits, T, Serializer>>{};
    } else if constexpr (!with_topic<T>) {
        return std::type_identity<verdict_on_message<flaw::no_topic, T, Serializer>>{};
    } else if constexpr (requires(const T& m) { requires dies<decltype(traits::topic(m))>; }) {
        return std::type_identity<verdict_on_message<flaw::topic_dies, T, Serializer>>{};
    } else if constexpr (requires(const T& m) {
                             requires std::is_convertible_v<decltype(traits::key(m)), std::string_view> &&
                                          dies<decltype(traits::key(m))>;
                         }) {
        return std::type_identity<verdict_on_message<flaw::key_dies, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::key; } &&
        !requires(const T& m) { requires std::is_convertible_v<decltype(traits::key(m)), std::string_view>; }) {
        return std::type_identity<verdict_on_message<flaw::key_signature, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::headers; } && !requires(const T& m, header_sink& add) { traits::headers(m, add); } &&
        !requires(const T& m, header_sink& add, const publish_context& c) { traits::headers(m, add, c); }) {
        return std::type_identity<verdict_on_message<flaw::headers_signature, T, Serializer>>{};
    } else if constexpr (
        !requires { &names::validate; } &&
        !requires(const T& m) {
            { traits::validate(m) } -> std::same_as<fault>;
        }) {
        return std::type_identity<verdict_on_message<flaw::validate_signature, T, Serializer>>{};
    } else if constexpr (!serializer_for<Serializer, T>) {
        return std::type_identity<verdict_on_message<flaw::serializer, T, Serializer>>{};
    } else {
        return std::type_identity<typename judge_content<Serializer, T>::type>{};
    }
}

// Nothing is said of messages when the policies are wrong already.
template <class OnPolicies, class T, class Serializer>
using verdict_on_publish =
    typename std::conditional_t<fine<OnPolicies>, decltype(judge_message<T, Serializer>()), std::type_identity<OnPolicies>>::type;

}  // namespace stentor::inline v0::detail
