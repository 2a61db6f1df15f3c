// expect MISSING: stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING: needs: void wake_at(instant) noexcept. This type has none
// expect MISSING DEDUCED: stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING DEDUCED: needs: void wake_at(instant) noexcept. This type has none
// expect THROWS: stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS: needs: fault submit(const record&, completion&) noexcept. This type has none, or it differs
// expect THROWS DEDUCED: stentor: a transport (1st of transport, serializer, retry_policy, breaker, tracer) needs:
// expect THROWS DEDUCED: needs: fault submit(const record&, completion&) noexcept. This type has none, or it differs
#include <stentor/publisher.hpp>

#include "note.hpp"

struct black_hole {
    void attach(stentor::events&) noexcept {}
#ifdef THROWS
    stentor::fault submit(const stentor::record&, stentor::completion&) { return {}; }
#else
    stentor::fault submit(const stentor::record&, stentor::completion&) noexcept { return {}; }
#endif
    stentor::moment now() noexcept { return {}; }
#ifndef MISSING
    void wake_at(stentor::instant) noexcept {}
#endif
    bool wait(stentor::latch&, stentor::instant) noexcept { return false; }
    void retire(std::shared_ptr<void>, stentor::instant) noexcept {}
};

int main() {
#ifdef DEDUCED
    stentor::basic_publisher p{black_hole{}};
#else
    stentor::basic_publisher<black_hole> p{black_hole{}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
