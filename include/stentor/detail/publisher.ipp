#pragma once

// The bodies of publisher.hpp, in the order of a publish.

#include <exception>
#include <iterator>

#include <stentor/detail/box.hpp>
#include <stentor/publisher.hpp>

namespace stentor::inline v0 {

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::launch(const T* what,
                                                                                          const publish_options& options,
                                                                                          bool may_wait,
                                                                                          const detail::recipient& to) {
    // Only what has passed goes on, so that a mistake is one error and not the twenty that follow from it.
    if constexpr (detail::fine<fitting<T>>) {
        return launch_checked(what, options, may_wait, to);
    } else {
        std::terminate();  // has not compiled
    }
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::launch_checked(const T* what,
                                                                                                  const publish_options& options,
                                                                                                  bool may_wait,
                                                                                                  const detail::recipient& to) {
    std::string cause;
    errc code = unusable();
    if (code != errc::none) {
        return refused(code, why_unusable());
    }
    std::optional<typename core::span> span;
    const moment at = core_->transport.now();
    try {
        const detail::scratch_lease scratch;
        detail::departure& d = scratch->what;
        d.begin(at, may_wait);
        if (fault f = detail::compose(what, serializer_, options, core_->options, *scratch, d)) {
            return refused(f.code, f.text(), d.topic);
        }
        span.emplace(core_->tracer.start(d.what, scratch->headers, d.context));
        detail::add_headers(what, serializer_, options, d.context, scratch->headers);
        bool wants_id = core_->options.message_id;
        if constexpr (requires { static_cast<bool>(core_->retry.allow_duplicates); }) {
            wants_id = wants_id || static_cast<bool>(core_->retry.allow_duplicates);
        }
        if (wants_id) {
            scratch->headers("message-id", detail::message_id(d.context.at.random, id_).view());
        }
        d.what.headers = scratch->headers.headers();
        if constexpr (requires { span->composed(d.what); }) {
            span->composed(d.what);
        }
        result<void> begun = detail::begin(*core_, d, *span, to);
        if (!begun) {
            span->finish(detail::error_in(begun), core_->transport.now());  // it may have waited for room
        }
        return begun;
    } catch (const std::bad_alloc&) {
        code = errc::out_of_memory;
        cause = detail::words("while the record was built");
    } catch (const std::exception& e) {
        code = errc::serialization;
        cause = detail::words(e.what());
    } catch (...) {
        code = errc::serialization;
        cause = detail::words("what was thrown is no std::exception");
    }
    if (span) {
        span->finish(refused(code, cause), core_->transport.now());
        return error(code, std::move(cause));
    }
    return refused(code, cause);
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T>
result<receipt> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::publish_and_wait(
    const T* message, const publish_options& options) {
    if (detail::on_event_thread()) {
        return refused(errc::would_deadlock, "publish() was called from a handler");
    }
    detail::waiter waiter;
    if (result<void> begun = launch(message, options, true, detail::awaited_by(waiter)); !begun) {
        return detail::error_in(std::move(begun));
    }
    detail::await(*core_, &waiter, 1, waiter.own);
    return *std::move(waiter.out);
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class T, class Handler>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::send(const T& message, Handler&& handler,
                                                                                        const publish_options& options,
                                                                                        bool may_wait) {
    // A variable: of a trait in the assertion itself g++ 16 explains on twenty lines why it is false.
    constexpr bool fits = std::is_invocable_v<std::decay_t<Handler>&, result<receipt>>;
    static_assert(fits, "stentor: the handler must be callable as handler(stentor::result<stentor::receipt>).");
    if constexpr (fits) {
        std::optional<detail::handler> made;
        try {
            made.emplace(std::forward<Handler>(handler));
        } catch (const std::exception& e) {
            return refused(errc::out_of_memory, detail::words("the handler could not be copied: ", e.what()));
        } catch (...) {
            return refused(errc::out_of_memory, "the handler could not be copied: what it threw is no std::exception");
        }
        const detail::recipient to{
            [](detail::slot& into, void* from) noexcept { into.handler = std::move(*static_cast<detail::handler*>(from)); },
            &*made};
        return launch(&message, options, may_wait, to);
    } else {
        std::terminate();  // has not compiled
    }
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
template <class Range>
std::vector<result<receipt>> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::publish_all(
    const Range& messages, const publish_options& options) {
    static_assert(sizeof(fitting<std::remove_cvref_t<decltype(*std::begin(messages))>>) != 0);
    std::vector<result<receipt>> results;
    const auto count = static_cast<std::size_t>(std::distance(std::begin(messages), std::end(messages)));
    results.reserve(count);
    if (detail::on_event_thread()) {
        for (std::size_t i = 0; i < count; ++i) {
            results.emplace_back(refused(errc::would_deadlock, "publish_all() was called from a handler"));
        }
        return results;
    }
    struct batch {
        latch all{};
        std::atomic<std::size_t> remaining{0};
    } batch;
    const detail::box<detail::waiter[]> waiters(new detail::waiter[count]);
    batch.remaining.store(count + 1, std::memory_order_relaxed);  // one for us: it must not open while we still send
    publish_options each = options;
    const instant until = core_ ? detail::later(core_->transport.now().now,
                                                each.deadline > nanoseconds::zero() ? each.deadline : core_->options.deadline)
                                : instant{};
    std::size_t begun = 0;
    const auto launch_next = [&](const auto& message) {
        detail::waiter& w = waiters[begun];
        w.opened = &batch.all;
        w.remaining = &batch.remaining;
        if (core_) {
            each.deadline = until - core_->transport.now().now;
            if (each.deadline <= nanoseconds::zero()) {
                w.finish(refused(errc::deadline_exceeded, "the deadline of publish_all() came before its turn"));
                ++begun;
                return;
            }
        }
        if (result<void> taken = launch(&message, each, true, detail::awaited_by(w)); !taken) {
            w.finish(detail::error_in(std::move(taken)));
        }
        ++begun;
    };
    try {
        for (const auto& message : messages) {
            launch_next(message);
        }
    } catch (...) {
        // The user's range has thrown. What is under way has its waiters here, so it ends before they go.
        for (std::size_t k = begun; k < count; ++k) {
            waiters[k].done.store(true, std::memory_order_relaxed);
        }
        if (const std::size_t left = count + 1 - begun; batch.remaining.fetch_sub(left, std::memory_order_acq_rel) != left) {
            detail::await(*core_, waiters.get(), count, batch.all);
        }
        throw;
    }
    if (batch.remaining.fetch_sub(1, std::memory_order_acq_rel) != 1) {
        detail::await(*core_, waiters.get(), count, batch.all);
    }
    for (std::size_t k = 0; k < count; ++k) {
        results.push_back(*std::move(waiters[k].out));
    }
    return results;
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::flush(nanoseconds within) {
    if (detail::on_event_thread()) {
        return error(errc::would_deadlock, detail::words("flush() was called from a handler"));
    }
    if (!core_ || generation_ != detail::process_generation()) {
        return error(errc::closed, detail::words("the publisher was moved from, or belongs to the parent process"));
    }
    if (!detail::drain(*core_, detail::later(core_->transport.now().now, within))) {
        return error(errc::deadline_exceeded, detail::words(std::to_string(account().in_flight), " messages are still in flight"),
                     outcome::unknown);
    }
    return {};
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
result<void> basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::close(nanoseconds within) {
    if (detail::on_event_thread()) {
        return error(errc::would_deadlock, detail::words("close() was called from a handler"));
    }
    if (!core_ || generation_ != detail::process_generation()) {
        return {};
    }
    if (!detail::close(*core_, within)) {
        return error(errc::deadline_exceeded, detail::words(std::to_string(account().in_flight), " messages were still in flight"),
                     outcome::unknown);
    }
    return {};
}

template <class Transport, class Serializer, class RetryPolicy, class Breaker, class Tracer>
void basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>::shut_down() noexcept {
    if (!core_) {
        return;
    }
    if (generation_ != detail::process_generation()) {
        // A forked child: the event thread that would finish this is the parent's. Left alone on purpose.
        (void)new (std::nothrow) std::shared_ptr<core>(std::move(core_));
        return;
    }
    const nanoseconds within = core_->options.close_within;
    if (detail::on_event_thread()) {
        detail::leave(std::move(core_), within);
        return;
    }
    (void)detail::close(*core_, within);
    core& kept = *core_;
    const instant until = detail::later(kept.transport.now().now, within);
    kept.transport.retire(std::move(core_), until);
}

}  // namespace stentor::inline v0
