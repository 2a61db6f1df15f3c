// expect MISSING: stentor: a retry_policy (3rd of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING: needs: verdict next(const failure&) const noexcept
// expect MISSING DEDUCED: stentor: this argument has none of the five roles: transport (comes first), serializer (has
// expect THROWS: stentor: a retry_policy (3rd of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS: needs: verdict next(const failure&) const noexcept
// expect THROWS DEDUCED: stentor: a retry_policy (3rd of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS DEDUCED: needs: verdict next(const failure&) const noexcept
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct never {
#ifdef THROWS
    stentor::verdict next(const stentor::failure&) const { return stentor::give_up(); }
#elif !defined(MISSING)
    stentor::verdict next(const stentor::failure&) const noexcept { return stentor::give_up(); }
#endif
};

int main() {
    const stentor::memory_broker broker;
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, never{}};
#else
    stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, never> p{stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
