#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/options.hpp>
#include <stentor/retry.hpp>
#include <stentor/serializer.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// Sorts constructor arguments into their roles: `basic_publisher{transport, no_breaker{}}` swaps just the breaker. No two concepts
// share a verb, so a type can have one role only.

namespace stentor::inline v0::detail {

enum class role {
    serializer,
    retry,
    breaker,
    tracer,
    options,
    none
};

template <class Policy>
[[nodiscard]] consteval role role_of() noexcept {
    if constexpr (std::is_same_v<Policy, publisher_options>) {
        return role::options;
    } else if constexpr (retry_policy<Policy>) {
        return role::retry;
    } else if constexpr (breaker<Policy>) {
        return role::breaker;
    } else if constexpr (tracer<Policy>) {
        return role::tracer;
    } else if constexpr (serializer<Policy>) {
        return role::serializer;
    } else {
        return role::none;
    }
}

template <role Role, class... Policies>
[[nodiscard]] consteval std::size_t index_of() noexcept {
    constexpr std::size_t count = sizeof...(Policies);
    if constexpr (count != 0) {
        constexpr role roles[] = {role_of<Policies>()...};
        for (std::size_t i = 0; i < count; ++i) {
            if (roles[i] == Role) {
                return i;
            }
        }
    }
    return count;
}

template <role Role, class Default, class... Policies>
struct pick {
    using type = std::tuple_element_t<index_of<Role, Policies...>(), std::tuple<Policies..., Default>>;
};
template <role Role, class Default, class... Policies>
using pick_t = typename pick<Role, Default, Policies...>::type;

// The argument of that role, moved out, or a default one.
template <role Role, class Wanted, class... Policies>
[[nodiscard]] Wanted take(std::tuple<Policies...>& from) {
    constexpr std::size_t i = index_of<Role, std::decay_t<Policies>...>();
    if constexpr (i < sizeof...(Policies)) {
        return std::move(std::get<i>(from));
    } else {
        return Wanted{};
    }
}

}  // namespace stentor::inline v0::detail
