// expect MISSING: stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING: needs: void finish(const result<receipt>&, const moment&) noexcept
// expect MISSING DEDUCED: stentor: the span of a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING DEDUCED: needs: void finish(const result<receipt>&, const moment&) noexcept
// expect THROWS: stentor: a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS: needs: span start(const record&, header_sink&, publish_context&) noexcept
// expect THROWS DEDUCED: stentor: a tracer (5th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS DEDUCED: needs: span start(const record&, header_sink&, publish_context&) noexcept
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct blind {
    struct span {
        void retrying(const stentor::failure&, const stentor::verdict&, const stentor::moment&) noexcept {}
#ifndef MISSING
        void finish(const stentor::result<stentor::receipt>&, const stentor::moment&) noexcept {}
#endif
    };
#ifdef THROWS
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) { return {}; }
#else
    span start(const stentor::record&, stentor::header_sink&, stentor::publish_context&) noexcept { return {}; }
#endif
};

int main() {
    const stentor::memory_broker broker;
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, blind{}};
#else
    stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, stentor::no_retry, stentor::no_breaker, blind> p{
        stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
