#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/context.hpp>
#include <stentor/error.hpp>
#include <stentor/message.hpp>
#include <stentor/moment.hpp>
#include <stentor/retry.hpp>
#include <stentor/version.hpp>

/// @file
/// The tracer concept, `no_tracer`, and `tracer_chain`, which makes one tracer of several. The default, `w3c_tracer`, is in
/// tracer/w3c.hpp.

namespace stentor::inline v0 {

/// Something worth telling that is not the result of one publish. Views live for the call.
struct event {
    /// What has happened.
    enum class kind : std::uint8_t {
        breaker_opened,       ///< `cause` says what opened it
        breaker_half_opened,  ///< it probes
        breaker_closed,       ///< it is well again
        late_report,          ///< the wire spoke after the deadline had: `what` says what it said
        queue_full,           ///< a call was refused because no slot or no bytes were free
        slow_handler,         ///< a user's handler took over 100 ms; `took` says how long
        handler_threw,        ///< a user's handler threw; `cause` says what
        topic_missing,        ///< the topic does not exist
        topic_denied,         ///< this user may not write to the topic
        client,               ///< something from the client: see `client`, code and cause
        client_log,           ///< a line of the client's own log: see level, facility, code and cause
    };
    kind what = kind::client;                     ///< what has happened
    std::string_view topic{};                     ///< empty when it is not about one topic
    errc code = errc::none;                       ///< the condition; `none` when nothing went wrong
    std::string_view cause{};                     ///< why, without secrets
    stentor::outcome outcome = outcome::unknown;  ///< of a late report: the wire's last word
    nanoseconds took{};                           ///< of a slow handler
    moment at{};                                  ///< when; of `queue_full`: when the call began
    std::string_view facility{};                  ///< of a line of the client's log: what it is about, as the client calls it
    int level = 7;  ///< of such a line, as syslog counts: 3 errors, 4 warnings, 6 information, 7 debugging
    client_event::kind client = client_event::kind::fault;  ///< of `client`: what it was
};

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class T>
concept has_start = requires(T& t, const record& r, header_sink& add, publish_context& context) {
    { t.start(r, add, context) } noexcept;
};
template <class T>
concept has_retrying = requires(T& t, const record& r, header_sink& add, publish_context& context, const failure& f,
                                const verdict& v, const moment& at) {
    { t.start(r, add, context).retrying(f, v, at) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_finish =
    requires(T& t, const record& r, header_sink& add, publish_context& context, const result<receipt>& end, const moment& at) {
        { t.start(r, add, context).finish(end, at) } noexcept -> std::same_as<void>;
    };

// Up to which level of syslog's a tracer wants lines of the client's own log; -1: none.
template <class Tracer>
[[nodiscard]] int client_log_level_of(const Tracer& tracer) noexcept {
    if constexpr (requires {
                      { tracer.client_log_level() } noexcept -> std::same_as<int>;
                  }) {
        return tracer.client_log_level();
    } else {
        return -1;
    }
}

}  // namespace detail

/// **tracer**: watches publishes, and may add headers that carry the trace. Metrics, logs and OpenTelemetry are tracers.
/// 1. Decides: which headers of its own a record carries; nothing else.
/// 2. Called: `start` once a publish, before the first try; on its span `retrying` before each further try and `finish` once, with
///    the result that the user gets; optional `on_event` whenever something else is worth telling; optional `closed` once, as the
///    last of all, before the first `close` returns.
/// 3. On: `start` on the publishing thread; `retrying`, `finish` and `on_event` on the event thread, the last two now and then on
///    a publishing one; `closed` on the closing one. Several spans at once: it must be safe concurrently.
/// 4. Fails by: not at all, all members are noexcept.
/// 5. Bytes: the sink copies; the span lives in the publisher until `finish`, movable, best small; all else lives for the call.
///    `start` may settle `context.traceparent`: that is the id that `message_traits` sees.
/// 6. Minimal:
/// ```cpp
/// struct counting_tracer {
///     std::atomic<int>* failed;
///     struct span {
///         std::atomic<int>* failed;
///         void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
///         void finish(const stentor::result<stentor::receipt>& r, const stentor::moment&) noexcept { *failed += !r; }
///     };
///     span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {failed}; }
/// };
/// ```
/// Optional: `void span::composed(const record&) noexcept`, once, on the publishing thread, when the record has all of its headers.
/// `void span::redirected(const failure&, const verdict&, const moment&) noexcept`, as `retrying`, when the record is sent to
/// another topic instead, as a dead letter. `int client_log_level() const noexcept`: `on_event` is told the lines of the client's
/// own log up to that level of syslog's (6: all but debugging), as `client_log`. Without it none, and none costs anything.
template <class T>
concept tracer = detail::has_start<T> && detail::has_retrying<T> && detail::has_finish<T>;

/// Watches nothing, adds nothing.
struct no_tracer {
    /// Keeps nothing.
    struct span {
        /// Does nothing.
        /// @{
        void retrying(const failure&, const verdict&, const moment&) noexcept {}
        void finish(const result<receipt>&, const moment&) noexcept {}
        /// @}
    };
    /// Adds nothing.
    [[nodiscard]] span start(const record&, header_sink&, publish_context&) noexcept { return {}; }
};

/// Several tracers as one: `tracer_chain{w3c_tracer{}, my_metrics{}}`. Each is told everything, in the order given, and may add
/// headers. The first that settles `publish_context::traceparent` wins: later ones see it and must leave it (and the header) alone.
template <class... Tracers>
class tracer_chain {
public:
    /// The spans of all, as one.
    class span {
    public:
        /// Tells all, in order.
        /// @{
        void retrying(const failure& f, const verdict& v, const moment& at) noexcept {
            std::apply([&](auto&... each) { (each.retrying(f, v, at), ...); }, spans_);
        }
        void finish(const result<receipt>& end, const moment& at) noexcept {
            std::apply([&](auto&... each) { (each.finish(end, at), ...); }, spans_);
        }
        /// @}
        /// Only those that have it.
        /// @{
        void composed(const record& r) noexcept {
            std::apply([&](auto&... each) { (tell(each, r), ...); }, spans_);
        }
        void redirected(const failure& f, const verdict& v, const moment& at) noexcept {
            std::apply([&](auto&... each) { (tell(each, f, v, at), ...); }, spans_);
        }
        /// @}

    private:
        friend class tracer_chain;
        template <class Span>
        static void tell(Span& one, const record& r) noexcept {
            if constexpr (requires { one.composed(r); }) {
                one.composed(r);
            }
        }
        template <class Span>
        static void tell(Span& one, const failure& f, const verdict& v, const moment& at) noexcept {
            if constexpr (requires { one.redirected(f, v, at); }) {
                one.redirected(f, v, at);
            }
        }
        using spans = std::tuple<decltype(std::declval<Tracers&>().start(
            std::declval<const record&>(), std::declval<header_sink&>(), std::declval<publish_context&>()))...>;
        explicit span(spans&& all) noexcept : spans_(std::move(all)) {}
        spans spans_;
    };
    /// Each made by default.

    tracer_chain()
        requires(sizeof...(Tracers) > 0)
    = default;
    /// Takes them as they are.
    explicit tracer_chain(Tracers... tracers) noexcept : tracers_(std::move(tracers)...) {}

    /// Starts all, in order.
    [[nodiscard]] span start(const record& r, header_sink& add, publish_context& context) noexcept {
        // A braced list, because its elements are evaluated from left to right.
        return std::apply([&](auto&... each) { return span(typename span::spans{start_one(each, r, add, context)...}); }, tracers_);
    }

    /// Tells those that have `on_event`; lines of the client's log only those that want lines of that level.
    void on_event(const event& what) noexcept {
        std::apply([&](auto&... each) { (tell(each, what), ...); }, tracers_);
    }
    /// Tells those that have `closed`.
    void closed() noexcept {
        std::apply([](auto&... each) { (tell_closed(each), ...); }, tracers_);
    }
    /// The highest of all.
    [[nodiscard]] int client_log_level() const noexcept {
        return std::apply(
            [](const auto&... each) {
                int highest = -1;
                ((highest = detail::client_log_level_of(each) > highest ? detail::client_log_level_of(each) : highest), ...);
                return highest;
            },
            tracers_);
    }

private:
    template <class Tracer>
    static auto start_one(Tracer& tracer, const record& r, header_sink& add, publish_context& context) noexcept {
        const auto settled = context.traceparent;
        auto made = tracer.start(r, add, context);
        if (settled[0] != '\0') {
            context.traceparent = settled;
        }
        return made;
    }

    template <class Tracer>
    static void tell(Tracer& tracer, const event& what) noexcept {
        if constexpr (requires { tracer.on_event(what); }) {
            if (what.what != event::kind::client_log || what.level <= detail::client_log_level_of(tracer)) {
                tracer.on_event(what);
            }
        }
    }

    template <class Tracer>
    static void tell_closed(Tracer& tracer) noexcept {
        if constexpr (requires { tracer.closed(); }) {
            tracer.closed();
        }
    }

    std::tuple<Tracers...> tracers_;
};

/// Stands in for a `tracer_chain` with something in it that is no tracer, so that the publisher can say so in one error.
template <class... Tracers>
    requires(!(tracer<Tracers> && ...))
class tracer_chain<Tracers...> {
public:
    /// What `tracer_chain` has.
    /// @{
    using wrong_inside = tracer_chain;
    tracer_chain() = default;
    explicit tracer_chain(Tracers...) noexcept {}
    [[nodiscard]] no_tracer::span start(const record&, header_sink&, publish_context&) noexcept { return {}; }
    /// @}
};

}  // namespace stentor::inline v0
