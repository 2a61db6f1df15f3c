// expect EXPLICIT: stentor: the policies are in the wrong order
// expect EXPLICIT: basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>. Constructor
// expect TRANSPORT_LATER: stentor: the policies are in the wrong order
// expect TRANSPORT_LATER: basic_publisher<Transport, Serializer, RetryPolicy, Breaker, Tracer>. Constructor
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

using stentor::json_serializer;
using stentor::memory_transport;
using stentor::no_breaker;
using stentor::no_retry;

int main() {
    const stentor::memory_broker broker;
#if defined(TWIN)
    stentor::basic_publisher<memory_transport, json_serializer, no_retry, no_breaker> p{memory_transport{broker}};
#elif defined(EXPLICIT)
    stentor::basic_publisher<memory_transport, json_serializer, no_breaker, no_retry> p{memory_transport{broker}};
#else
    stentor::basic_publisher p{no_retry{}, memory_transport{broker}};
#endif
    return p.publish(note{}) && p.close(std::chrono::seconds(1)) ? 0 : 1;
}
