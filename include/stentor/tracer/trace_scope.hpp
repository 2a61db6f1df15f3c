#pragma once

#include <stentor/context.hpp>
#include <stentor/detail/event_thread.hpp>
#include <stentor/version.hpp>

/// @file
/// `trace_scope`: the trace of whatever is published while it lives.

namespace stentor::inline v0 {

/// While it lives, what this thread publishes belongs to that context, unless the call says otherwise: `trace_scope
/// scope{incoming};` at the head of a request's handler, and no publish below it needs the context handed through.
///
/// A call that gives a traceparent, a tracestate or a baggage has none of these from the scope; the same holds for the correlation
/// id by itself. Scopes nest, and the innermost counts alone: `trace_scope none{{}};` shuts out those around it. Owns nothing: the
/// bytes of the context must outlive it.
///
/// It belongs to its thread, ends on it, and in the reverse order of the beginnings, as locals do. It follows no other thread and
/// no coroutine: one that is suspended inside a scope and resumed elsewhere, or while another scope is open, must not hold one.
/// Handlers of outcomes do not see it, also where a memory broker runs them on the thread that publishes; they may open scopes of
/// their own.
class trace_scope {
public:
    /// Begins it.
    explicit trace_scope(const trace_context& context) noexcept
        : context_(context), outer_(innermost_), depth_(detail::event_depth) {
        innermost_ = this;
    }
    /// Ends it: what was before counts again.
    ~trace_scope() { innermost_ = outer_; }
    trace_scope(const trace_scope&) = delete;
    trace_scope& operator=(const trace_scope&) = delete;

    /// The context of this thread's innermost scope, or null.
    [[nodiscard]] static const trace_context* current() noexcept {
        const trace_scope* const inner = innermost_;
        return inner != nullptr && inner->depth_ == detail::event_depth ? &inner->context_ : nullptr;
    }

private:
    inline static constinit thread_local const trace_scope* innermost_ = nullptr;

    trace_context context_;
    const trace_scope* outer_;
    int depth_;  // how deep inside handlers it began
};

namespace detail {

// What a call does not say of its trace is the scope's.
[[gnu::noinline, gnu::cold]] inline void complete(trace_context& given, const trace_context& scope) noexcept {
    if (given.traceparent.empty() && given.tracestate.empty() && given.baggage.empty()) {
        given.traceparent = scope.traceparent;
        given.tracestate = scope.tracestate;
        given.baggage = scope.baggage;
    }
    if (given.correlation_id.empty()) {
        given.correlation_id = scope.correlation_id;
    }
}

}  // namespace detail

}  // namespace stentor::inline v0
