// expect MISSING: stentor: a serializer (2nd of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING: needs: static constexpr std::string_view content_type, and fault serialize(const T&
// expect MISSING DEDUCED: stentor: a serializer (2nd of transport, serializer, retry_policy, breaker, tracer) needs:
// expect MISSING DEDUCED: needs: static constexpr std::string_view content_type, and fault serialize(const T&
// expect FOR_OTHERS: stentor: the serializer cannot write this message type: it needs fault serialize(const T&
// expect FOR_OTHERS DEDUCED: stentor: the serializer cannot write this message type: it needs fault serialize(const T&
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct plain_text {
#ifndef MISSING
    static constexpr std::string_view content_type = "text/plain";
#endif
#ifdef FOR_OTHERS
    stentor::fault serialize(const std::string&, stentor::buffer&) const { return {}; }
#else
    stentor::fault serialize(const note&, stentor::buffer&) const { return {}; }
#endif
};

int main() {
    const stentor::memory_broker broker;
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, plain_text{}};
#else
    stentor::basic_publisher<stentor::memory_transport, plain_text> p{stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
