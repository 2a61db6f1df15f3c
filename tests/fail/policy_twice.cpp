// expect: stentor: two arguments have the same role. Give one transport, and at most one serializer, retry_policy, breaker
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
    const stentor::memory_broker broker;
#ifdef TWIN
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}};
#else
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}, stentor::exponential_backoff{}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
