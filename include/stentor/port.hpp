#pragma once

#include <concepts>
#include <memory>
#include <type_traits>
#include <utility>

#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/options.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// `port`: publishing as an abstract interface, so that domain code knows its messages and neither Kafka nor templates of policies;
/// and `adapt`, which makes one of any publisher.

namespace stentor::inline v0 {

/// The handler of an asynchronous publish, of any type that can be called with a `result<receipt>`; move-only ones, too. Costs one
/// allocation. Call it at most once.
class port_handler {
public:
    /// Moves or copies the handler in. Throws what that throws, and `std::bad_alloc`.
    template <class Handler>
        requires(!std::same_as<std::remove_cvref_t<Handler>, port_handler>)
    port_handler(Handler&& handler) {
        using taken = std::decay_t<Handler>;
        constexpr bool fits = std::invocable<taken&, result<receipt>>;  // see basic_publisher::send
        static_assert(fits, "stentor: the handler must be callable as handler(stentor::result<stentor::receipt>).");
        if constexpr (fits) {
            call_ = std::make_unique<stored<taken>>(std::forward<Handler>(handler));
        }
    }

    /// False when it was moved from.
    [[nodiscard]] explicit operator bool() const noexcept { return call_ != nullptr; }
    /// Calls it.
    void operator()(result<receipt> r) { call_->call(std::move(r)); }

private:
    struct callable {
        virtual ~callable() = default;
        virtual void call(result<receipt>&& r) = 0;
    };
    template <class Handler>
    struct stored final : callable {
        template <class From>
            requires(!std::is_same_v<std::decay_t<From>, stored>)
        explicit stored(From&& from) : handler(std::forward<From>(from)) {}
        void call(result<receipt>&& r) override { handler(std::move(r)); }
        Handler handler;
    };

    std::unique_ptr<callable> call_;
};

namespace detail {

// One message type's part of a port, so that a class may implement each apart.
template <class T>
class port_part {
public:
    virtual ~port_part() = default;

    /// As `basic_publisher::publish`.
    [[nodiscard]] result<receipt> publish(const T& message, const publish_options& options = {}) {
        return do_publish(message, options);
    }
    /// As `basic_publisher::async_publish`: the handler is called exactly once when this answers no error, else never.
    [[nodiscard]] result<void> async_publish(const T& message, port_handler handler, const publish_options& options = {}) {
        return do_async_publish(message, std::move(handler), options);
    }

protected:
    port_part() = default;
    port_part(const port_part&) = default;
    port_part& operator=(const port_part&) = default;

    virtual result<receipt> do_publish(const T& message, const publish_options& options) = 0;
    virtual result<void> do_async_publish(const T& message, port_handler&& handler, const publish_options& options) = 0;
};

}  // namespace detail

/// What domain code depends on: publishing these message types and no others. `class crawler { stentor::port<app::new_task>& out_;
/// };` Threads and errors are those of the implementation. Implement it yourself by overriding, for each type, `do_publish` and
/// `do_async_publish`, and once `flush` and `now`.
template <class... Messages>
class port : public detail::port_part<Messages>... {
public:
    static_assert(sizeof...(Messages) > 0, "stentor: a port needs at least one message type: port<app::new_task>");

    using detail::port_part<Messages>::publish...;
    using detail::port_part<Messages>::async_publish...;

    /// As `basic_publisher::flush`.
    [[nodiscard]] virtual result<void> flush(nanoseconds within) = 0;
    /// The publisher's time.
    [[nodiscard]] virtual moment now() = 0;

protected:
    using detail::port_part<Messages>::do_publish...;
    using detail::port_part<Messages>::do_async_publish...;
};

namespace detail {

// Overrides the parts one after the other: a pack of types cannot be overridden in one class.
template <class Publisher, class Port, class... Messages>
class port_adapter;

template <class Publisher, class Port>
class port_adapter<Publisher, Port> : public Port {
public:
    explicit port_adapter(Publisher& publisher) noexcept : publisher_(&publisher) {}
    [[nodiscard]] result<void> flush(nanoseconds within) final { return publisher_->flush(within); }
    [[nodiscard]] moment now() final { return publisher_->now(); }

protected:
    Publisher* publisher_;
};

template <class Publisher, class Port, class First, class... Rest>
class port_adapter<Publisher, Port, First, Rest...> : public port_adapter<Publisher, Port, Rest...> {
public:
    using port_adapter<Publisher, Port, Rest...>::port_adapter;

protected:
    using port_adapter<Publisher, Port, Rest...>::do_publish;
    using port_adapter<Publisher, Port, Rest...>::do_async_publish;
    result<receipt> do_publish(const First& message, const publish_options& options) final {
        return this->publisher_->publish(message, options);
    }
    result<void> do_async_publish(const First& message, port_handler&& handler, const publish_options& options) final {
        return this->publisher_->async_publish(message, std::move(handler), options);
    }
};

template <class Publisher, class... Messages>
using adapter_of = port_adapter<Publisher, port<Messages...>, Messages...>;

}  // namespace detail

/// A port over any publisher, by reference: the publisher must outlive it and stay where it is.
/// `auto out = stentor::adapt<app::a, app::b>(publisher); crawler c{out};`, as `out` is a `port<app::a, app::b>`.
template <class... Messages, class Publisher>
[[nodiscard]] auto adapt(Publisher& publisher) noexcept {
    return detail::adapter_of<Publisher, Messages...>(publisher);
}
/// Not over a temporary publisher: the port only refers to it.
template <class... Messages, class Publisher>
detail::adapter_of<Publisher, Messages...> adapt(const Publisher&&) = delete;  // the publisher is a temporary. Name it.

}  // namespace stentor::inline v0
