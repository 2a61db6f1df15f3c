#pragma once

#include <exception>
#include <memory>
#include <tuple>
#include <type_traits>

#include <stentor/detail/all_right.hpp>
#include <stentor/detail/pick.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

// What is wrong with a publisher's policies, said in one error (see all_right.hpp). A publisher that cannot be is made of
// stand-ins, about which there is nothing more to say.

namespace stentor::inline v0::detail {

enum class wrong {
    nothing,  // the rest in the order of the five roles
    attach,
    submit,
    now,
    wake_at,
    wait,
    retire,
    content_type,
    next,
    allow,
    record,
    state,
    start,
    retrying,
    finish,
    immovable,
    order,
    no_role,
    twice,
    other_type,
    inner_retry_policy,
    inner_breaker,
    inner_tracer
};

// Each says what the place or the nearest role requires. `Policy` is only there to be named by the compiler.
template <wrong What, class Policy>
struct verdict_on {
    [[nodiscard]] static consteval bool is_not(wrong that) noexcept { return What != that; }

    static_assert(is_not(wrong::attach),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void attach(events&) "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::submit),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: fault submit(const "
                  "record&, completion&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
                  "stentor/transport.hpp");
    static_assert(
        is_not(wrong::now),
        "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: moment now() noexcept. "
        "This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::wake_at),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void wake_at(instant) "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(
        is_not(wrong::wait),
        "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: bool wait(latch&, "
        "instant) noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/transport.hpp");
    static_assert(is_not(wrong::retire),
                  "stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs: void "
                  "retire(std::shared_ptr<void>, instant) noexcept. This type has none, or it differs in its types or is not "
                  "noexcept. See stentor/transport.hpp");
    static_assert(
        is_not(wrong::content_type),
        "stentor: a serializer (2nd of transport, serializer, retry_policy, breaker, tracer) needs: static constexpr "
        "std::string_view content_type, and fault serialize(const T&, buffer&) const. This type has no such content_type. "
        "See stentor/serializer.hpp");
    static_assert(is_not(wrong::next),
                  "stentor: a retry_policy (3rd of transport, serializer, retry_policy, breaker, tracer) needs: verdict next(const "
                  "failure&) const noexcept. This type has none, or it differs in its types or is not noexcept. See "
                  "stentor/retry.hpp");
    static_assert(is_not(wrong::allow),
                  "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: std::optional<permit> "
                  "allow(std::string_view, const moment&) noexcept. This type has none, or it differs in its types or is not "
                  "noexcept. See stentor/breaker.hpp");
    static_assert(
        is_not(wrong::record),
        "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: void record(permit, const "
        "call&, const moment&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
        "stentor/breaker.hpp");
    static_assert(is_not(wrong::state),
                  "stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs: circuit state() const "
                  "noexcept. This type has none, or it differs in its types or is not noexcept. See stentor/breaker.hpp");
    static_assert(
        is_not(wrong::start),
        "stentor: a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: span start(const record&, "
        "header_sink&, publish_context&) noexcept. This type has none, or it differs in its types or is not noexcept. See "
        "stentor/tracer.hpp");
    static_assert(
        is_not(wrong::retrying),
        "stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: void "
        "retrying(const failure&, const verdict&, const moment&) noexcept. This one has none, or it differs in its types or "
        "is not noexcept. See stentor/tracer.hpp");
    static_assert(is_not(wrong::finish),
                  "stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs: void "
                  "finish(const result<receipt>&, const moment&) noexcept. This one has none, or it differs in its types or is not "
                  "noexcept. See stentor/tracer.hpp");
    static_assert(is_not(wrong::immovable),
                  "stentor: policies are moved into the publisher, and this type cannot be moved (a mutex or an atomic in it?). "
                  "Hold that by std::unique_ptr, or give the type a move constructor.");
    static_assert(is_not(wrong::order),
                  "stentor: the policies are in the wrong order. Template arguments: basic_publisher<Transport, Serializer, "
                  "RetryPolicy, Breaker, Tracer>. Constructor arguments: the transport first, the others in any order.");
    static_assert(
        is_not(wrong::no_role),
        "stentor: this argument has none of the five roles: transport (comes first), serializer (has serialize, "
        "content_type), retry_policy (next), breaker (allow, record, state), tracer (start); nor is it publisher_options.");
    static_assert(
        is_not(wrong::twice),
        "stentor: two arguments have the same role. Give one transport, and at most one serializer, retry_policy, breaker, "
        "tracer (several as one: tracer_chain{…}) and publisher_options.");
    static_assert(is_not(wrong::other_type),
                  "stentor: this argument is not of the type that basic_publisher's template arguments name for its role. Name its "
                  "type there, or leave the template arguments out: basic_publisher{transport, policies…}");
    static_assert(
        is_not(wrong::inner_retry_policy),
        "stentor: what a dead_letter<Inner> holds is a retry_policy: verdict next(const failure&) const noexcept. This type "
        "has none, or it differs in its types or is not noexcept. See stentor/retry.hpp");
    static_assert(
        is_not(wrong::inner_breaker),
        "stentor: what a per_topic<Breaker> holds is a breaker: allow, record and state, all noexcept. This type has not all "
        "of them, or they differ in their types or are not noexcept. See stentor/breaker.hpp");
    static_assert(is_not(wrong::inner_tracer),
                  "stentor: each element of a tracer_chain is a tracer: start, and its span retrying and finish, all noexcept. One "
                  "here has not all of them, or they differ in their types or are not noexcept. See stentor/tracer.hpp");
};

template <class T>
[[nodiscard]] consteval wrong wrong_with_transport() noexcept {
    return !has_attach<T>    ? wrong::attach
           : !has_submit<T>  ? wrong::submit
           : !has_now<T>     ? wrong::now
           : !has_wake_at<T> ? wrong::wake_at
           : !has_wait<T>    ? wrong::wait
           : !has_retire<T>  ? wrong::retire
                             : wrong::nothing;
}
template <class B>
[[nodiscard]] consteval wrong wrong_with_breaker() noexcept {
    return !has_allow<B> ? wrong::allow : !has_record<B> ? wrong::record : !has_state<B> ? wrong::state : wrong::nothing;
}
template <class T>
[[nodiscard]] consteval wrong wrong_with_tracer() noexcept {
    return !has_start<T> ? wrong::start : !has_retrying<T> ? wrong::retrying : !has_finish<T> ? wrong::finish : wrong::nothing;
}

// A type that has a member of a name, of whatever kind, makes that name ambiguous here.
struct role_names {
    int attach, submit, wake_at, retire, content_type, serialize, next, allow, record, start;
};
template <class Policy>
struct with_role_names : Policy, role_names {};

// For what is no policy at all: what is wrong for the role that its members' names suggest.
template <class Policy>
[[nodiscard]] consteval wrong wrong_with_nearest() noexcept {
    if constexpr (std::is_class_v<Policy> && !std::is_final_v<Policy>) {
        using names = with_role_names<Policy>;
        if constexpr (!requires { &names::next; }) {
            return wrong::next;
        } else if constexpr (!requires { &names::allow; } || !requires { &names::record; }) {
            return wrong_with_breaker<Policy>();
        } else if constexpr (!requires { &names::start; }) {
            return wrong_with_tracer<Policy>();
        } else if constexpr (!requires { &names::serialize; } || !requires { &names::content_type; }) {
            return wrong::content_type;
        } else if constexpr (!requires { &names::attach; } || !requires { &names::submit; }) {
            return wrong_with_transport<Policy>();
        }
    }
    return wrong::no_role;
}

template <class T, class List>
inline constexpr bool is_one_of = false;
template <class T, class... Types>
inline constexpr bool is_one_of<T, std::tuple<Types...>> = (std::is_same_v<T, Types> || ...);

template <class Policy>
inline constexpr bool has_a_role = stentor::transport<Policy> || role_of<Policy>() != role::none;

// A policy in another one's place is in the wrong order; one of no role at all is told what it lacks.
template <wrong Lack, class Policy>
using verdict_in_place = std::type_identity<verdict_on<has_a_role<Policy> ? wrong::order : Lack, Policy>>;

// A policy made of others stands for itself, but for what is wrong inside.
template <class Policy>
concept wrong_inside = requires { typename Policy::wrong_inside; };

template <class Policy, class... Rest>
[[nodiscard]] consteval auto judge_moves() noexcept {
    if constexpr (!std::is_move_constructible_v<Policy>) {
        return std::type_identity<verdict_on<wrong::immovable, Policy>>{};
    } else if constexpr (sizeof...(Rest) != 0) {
        return judge_moves<Rest...>();
    } else {
        return std::type_identity<all_right>{};
    }
}

// The first of the five that is wrong, and how.
template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
[[nodiscard]] consteval auto judge_places() noexcept {
    if constexpr (!stentor::transport<Transport>) {
        return verdict_in_place<wrong_with_transport<Transport>(), Transport>{};
    } else if constexpr (!stentor::serializer<Serializer>) {
        return verdict_in_place<wrong::content_type, Serializer>{};
    } else if constexpr (!stentor::retry_policy<RetryPolicy>) {
        return verdict_in_place<wrong::next, RetryPolicy>{};
    } else if constexpr (!stentor::breaker<Breaker>) {
        return verdict_in_place<wrong_with_breaker<Breaker>(), Breaker>{};
    } else if constexpr (!stentor::tracer<Tracer>) {
        return verdict_in_place<wrong_with_tracer<Tracer>(), Tracer>{};
    } else if constexpr (wrong_inside<RetryPolicy>) {
        return std::type_identity<verdict_on<wrong::inner_retry_policy, typename RetryPolicy::wrong_inside>>{};
    } else if constexpr (wrong_inside<Breaker>) {
        return std::type_identity<verdict_on<wrong::inner_breaker, typename Breaker::wrong_inside>>{};
    } else if constexpr (wrong_inside<Tracer>) {
        return std::type_identity<verdict_on<wrong::inner_tracer, typename Tracer::wrong_inside>>{};
    } else {
        return judge_moves<Transport, Serializer, RetryPolicy, Breaker, Tracer>();
    }
}
template <class... Places>
using verdict_on_places = typename decltype(judge_places<Places...>())::type;

// The same for the constructor's arguments behind the transport, of which nothing is said when a place is wrong already.
template <class Places>
[[nodiscard]] consteval auto judge_arguments() noexcept {
    return std::type_identity<all_right>{};
}
template <class Places, class First, class... Rest>
[[nodiscard]] consteval auto judge_arguments() noexcept {
    constexpr role mine = role_of<First>();
    if constexpr (mine == role::none && !stentor::transport<First>) {
        return std::type_identity<verdict_on<wrong_with_nearest<First>(), First>>{};
    } else if constexpr (mine == role::none || ((role_of<Rest>() == mine) || ...)) {
        return std::type_identity<verdict_on<wrong::twice, First>>{};
    } else if constexpr (mine != role::options && !is_one_of<First, Places>) {
        return std::type_identity<verdict_on<wrong::other_type, First>>{};
    } else {
        return judge_arguments<Places, Rest...>();
    }
}
template <class OnPlaces, class Places, class... Policies>
using verdict_on_arguments = typename std::conditional_t<fine<OnPlaces>, decltype(judge_arguments<Places, Policies...>()),
                                                         std::type_identity<OnPlaces>>::type;

// Stands in where there is no transport: declared only, because what uses it does not compile.
struct no_transport {
    void attach(events&) noexcept;
    fault submit(const stentor::record&, completion&) noexcept;
    moment now() noexcept;
    void wake_at(instant) noexcept;
    bool wait(latch&, instant) noexcept;
    void retire(std::shared_ptr<void>, instant) noexcept;
};

// The policy that was found, as the one that is wanted; they differ only in what does not compile anyway.
template <class Wanted, class Found>
[[nodiscard]] constexpr Wanted& as(Found& found) noexcept {
    if constexpr (std::is_same_v<Wanted, Found>) {
        return found;
    } else {
        std::terminate();
    }
}

}  // namespace stentor::inline v0::detail
