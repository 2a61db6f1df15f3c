#pragma once

#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// How deep this thread is inside a transport's dispatch: calls that wait would wait for themselves there. A depth and not a flag,
// because a virtual transport may dispatch from inside a call that was made by a handler.
inline thread_local int event_depth = 0;

[[nodiscard]] inline bool on_event_thread() noexcept { return event_depth > 0; }

struct event_scope {
    event_scope() noexcept { ++event_depth; }
    ~event_scope() { --event_depth; }
    event_scope(const event_scope&) = delete;
    event_scope& operator=(const event_scope&) = delete;
};

}  // namespace stentor::inline v0::detail
