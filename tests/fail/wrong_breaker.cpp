// expect MISSING: stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING: needs: circuit state() const noexcept
// expect MISSING DEDUCED: stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING DEDUCED: needs: circuit state() const noexcept
// expect THROWS: stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS: needs: void record(permit, const call&, const moment&) noexcept
// expect THROWS DEDUCED: stentor: a breaker (4th of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS DEDUCED: needs: void record(permit, const call&, const moment&) noexcept
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct open_door {
    std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept { return stentor::permit{}; }
#ifdef THROWS
    void record(stentor::permit, const stentor::call&, const stentor::moment&) {}
#else
    void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
#endif
#ifndef MISSING
    stentor::circuit state() const noexcept { return stentor::circuit::closed; }
#endif
};

int main() {
    const stentor::memory_broker broker;
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, open_door{}};
#else
    stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, stentor::no_retry, open_door> p{
        stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) && p.breaker().allow("notes", p.now()) ? 0 : 1;
}
