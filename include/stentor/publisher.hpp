#pragma once

#include <atomic>
#include <cstddef>
#include <exception>
#include <initializer_list>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <stentor/breaker.hpp>
#include <stentor/detail/all_right.hpp>
#include <stentor/detail/compose.hpp>
#include <stentor/detail/deadlines.hpp>
#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/fork.hpp>
#include <stentor/detail/look.hpp>
#include <stentor/detail/pick.hpp>
#include <stentor/detail/waiting.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/detail/wrong_message.hpp>
#include <stentor/detail/wrong_policy.hpp>
#include <stentor/error.hpp>
#include <stentor/options.hpp>
#include <stentor/retry.hpp>
#include <stentor/serializer.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/snapshot.hpp>
#include <stentor/tracer.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

/// @file
/// `basic_publisher`: five policies, put together.

namespace stentor::inline v0 {

/// Publishes typed messages. Copies nothing that it can move, retries what may be retried, and gives every accepted message exactly
/// one outcome by its deadline + 250 ms, whatever the brokers do.
///
/// Threads: as many as the transport allows (`kafka_transport`: any number). Handlers, `late_outcome` and policies run on the
/// transport's event thread. `publish`, `publish_all`, `flush` and `close` wait, and answer `would_deadlock` on that thread;
/// `async_publish` never waits there. Errors are values; what users' traits and serializers throw becomes `errc::serialization`.
/// Movable, also while messages are in flight; a moved-from publisher answers `closed`.
template <class Transport, class Serializer = json_serializer, class RetryPolicy = exponential_backoff,
          class Breaker = failure_breaker, class Tracer = w3c_tracer>
class basic_publisher {
    using places = detail::verdict_on_places<Transport, Serializer, RetryPolicy, Breaker, Tracer>;
    static_assert(sizeof(places) != 0);
    template <class T>
    using fitting = detail::verdict_on_publish<places, T, Serializer>;

public:
    /// The transport first, then any policies in any order, and `publisher_options`; what is not given is made by default. Throws
    /// what copying a policy throws, and `std::bad_alloc`.
    template <class... Policies>
    explicit basic_publisher(Transport transport, Policies... policies) {
        using arguments = detail::verdict_on_arguments<places, std::tuple<Serializer, RetryPolicy, Breaker, Tracer>, Policies...>;
        static_assert(sizeof(arguments) != 0);
        if constexpr (detail::fine<arguments>) {
            std::tuple<Policies...> given(std::move(policies)...);
            serializer_ = detail::take<detail::role::serializer, Serializer>(given);
            core_ = std::make_shared<core>(std::move(transport), detail::take<detail::role::retry, RetryPolicy>(given),
                                           detail::take<detail::role::breaker, Breaker>(given),
                                           detail::take<detail::role::tracer, Tracer>(given),
                                           detail::take<detail::role::options, publisher_options>(given));
            id_ = core_->transport.now().random;
        }
    }

    /// What is in flight goes on; the one that was moved from answers `closed`.
    basic_publisher(basic_publisher&&) noexcept = default;
    /// Closes what it had first, as the destructor does.
    basic_publisher& operator=(basic_publisher&& other) noexcept {
        if (this != &other) {
            shut_down();
            core_ = std::move(other.core_);
            serializer_ = std::move(other.serializer_);
            generation_ = other.generation_;
            id_ = other.id_;
        }
        return *this;
    }
    /// Closes within `publisher_options::close_within`. On an event thread it does not wait: what is in flight goes on to its
    /// outcome, whose handlers still run, within that time.
    ~basic_publisher() { shut_down(); }

    /// Sends one message and waits for its outcome, at the latest until its deadline + 250 ms.
    template <class T>
    [[nodiscard]] result<receipt> publish(const T& message, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return publish_and_wait(&message, options);
    }

    /// Sends one message; `handler(result<receipt>)` is called with its outcome, exactly once, on the event thread. It may throw:
    /// that is caught and reported. An error here means: refused, and the handler is not called. Waits for a free slot, if need be
    /// until the deadline, and is then refused with `deadline_exceeded`; on an event thread it answers `queue_full` instead.
    template <class T, class Handler>
    [[nodiscard]] result<void> async_publish(const T& message, Handler&& handler, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return send(message, std::forward<Handler>(handler), options, !detail::on_event_thread());
    }

    /// The same, but never waits: `queue_full` at once.
    template <class T, class Handler>
    [[nodiscard]] result<void> try_async_publish(const T& message, Handler&& handler, const publish_options& options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        return send(message, std::forward<Handler>(handler), options, false);
    }

    /// Sends a tombstone, a record with a null value, for that key, to the topic of T.
    template <class T>
    [[nodiscard]] result<receipt> erase(std::string_view key, publish_options options = {}) {
        static_assert(sizeof(fitting<T>) != 0);
        options.key = key;
        return publish_and_wait(static_cast<const T*>(nullptr), options);
    }

    /// Sends a range of messages and waits for all: one result an item, in order, under one deadline (that of `options`).
    template <class Range>
    [[nodiscard]] std::vector<result<receipt>> publish_all(const Range& messages, const publish_options& options = {});
    /// The same with a braced list: `publish_all({first, second})`.
    template <class T>
    [[nodiscard]] std::vector<result<receipt>> publish_all(std::initializer_list<T> messages, const publish_options& options = {}) {
        return publish_all<std::initializer_list<T>>(messages, options);
    }

    /// Waits until everything that was accepted before this call has its outcome and its handler has run. `deadline_exceeded`: not
    /// within that time; nothing is lost by that.
    [[nodiscard]] result<void> flush(nanoseconds within);

    /// Refuses what comes from now on, lowers every deadline to now + `within`, and waits for the outcomes (until then + 250 ms)
    /// and for handlers that run. After its return no user code runs any more. Any number of times.
    [[nodiscard]] result<void> close(nanoseconds within);

    /// Where all accepted messages are at this moment. From any thread; `accepted` may count a message for a moment that is then
    /// refused because its lane is full or the publisher is being closed.
    [[nodiscard]] stentor::account account() const noexcept { return core_ ? core_->books.read() : stentor::account{}; }
    /// A look at it from outside, for metrics, health checks and status pages; see `snapshot_source::read`.
    [[nodiscard]] publisher_snapshot snapshot() const noexcept { return core_ ? detail::look(*core_) : publisher_snapshot{}; }
    /// The same for those who must not depend on its type, or may live longer. Goes on with the publisher when that is moved.
    [[nodiscard]] snapshot_source snapshots() const noexcept {
        return core_ ? detail::snapshot_access::source(core_) : snapshot_source{};
    }
    /// The policies and the world, in place. A publisher that was moved from has none: do not ask.
    [[nodiscard]] Breaker& breaker() noexcept { return detail::as<Breaker>(core_->breaker); }
    /// The transport, in place; as `breaker`.
    [[nodiscard]] Transport& transport() noexcept { return detail::as<Transport>(core_->transport); }
    /// The tracer, in place; as `breaker`.
    [[nodiscard]] Tracer& tracer() noexcept { return detail::as<Tracer>(core_->tracer); }
    /// The transport's time, and fresh random bits.
    [[nodiscard]] moment now() noexcept { return core_->transport.now(); }

private:
    using core = std::conditional_t<detail::fine<places>, detail::core<Transport, RetryPolicy, Breaker, Tracer>,
                                    detail::core<detail::no_transport, no_retry, no_breaker, no_tracer>>;

    // Why nothing at all can be done now; `none` if it can.
    [[nodiscard]] errc unusable() const noexcept {
        if (!core_ || generation_ != detail::process_generation() || core_->closed.load(std::memory_order_relaxed)) {
            return errc::closed;
        }
        return core_->options.enabled ? errc::none : errc::disabled;
    }
    [[nodiscard]] const char* why_unusable() const noexcept {
        return !core_                                          ? "it was moved from"
               : generation_ != detail::process_generation()   ? "a forked child cannot use its parent's publisher"
               : core_->closed.load(std::memory_order_relaxed) ? "close() was called"
               : transport_disabled()                          ? "its transport is switched off (kafka_config::enabled)"
                                                               : "publisher_options::enabled is false";
    }
    [[nodiscard]] bool transport_disabled() const noexcept {
        if constexpr (can_be_disabled<Transport>) {
            return !detail::as<Transport>(core_->transport).enabled();
        } else {
            return false;
        }
    }
    [[nodiscard]] error refused(errc code, std::string_view cause, const detail::topic_name* topic = nullptr) noexcept {
        error e(code, detail::words(cause));
        if (core_) {
            core_->books.refuse();
        }
        e.topic = topic != nullptr ? topic->text : std::string_view{};
        return e;
    }

    template <class T>
    [[nodiscard]] result<void> launch(const T* what, const publish_options& options, bool may_wait, const detail::recipient& to);
    template <class T>
    [[nodiscard]] result<void> launch_checked(const T* what, const publish_options& options, bool may_wait,
                                              const detail::recipient& to);
    template <class T>
    [[nodiscard]] result<receipt> publish_and_wait(const T* message, const publish_options& options);
    template <class T, class Handler>
    [[nodiscard]] result<void> send(const T& message, Handler&& handler, const publish_options& options, bool may_wait);
    void shut_down() noexcept;

    std::shared_ptr<core> core_{};
    std::conditional_t<detail::fine<places>, Serializer, raw_serializer> serializer_{};
    std::uint32_t generation_ = detail::process_generation();
    std::uint64_t id_ = 0;
};

/// Sorts the arguments behind the transport into their roles; defaults for the rest.
template <class Transport, class... Policies>
explicit basic_publisher(Transport, Policies...)
    -> basic_publisher<Transport, detail::pick_t<detail::role::serializer, json_serializer, Policies...>,
                       detail::pick_t<detail::role::retry, exponential_backoff, Policies...>,
                       detail::pick_t<detail::role::breaker, failure_breaker, Policies...>,
                       detail::pick_t<detail::role::tracer, w3c_tracer, Policies...>>;

}  // namespace stentor::inline v0

#include <stentor/detail/publisher.ipp>
