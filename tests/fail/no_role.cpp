// What resembles no policy is told the five roles; what resembles one is told what it lacks (see wrong_….cpp).
// expect: stentor: this argument has none of the five roles: transport (comes first), serializer (has
// expect: retry_policy (next), breaker (allow, record, state), tracer (start); nor is it publisher_options
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
    const stentor::memory_broker broker;
#ifdef TWIN
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::publisher_options{.slots = 8}};
#else
    stentor::basic_publisher p{stentor::memory_transport{broker}, 8};
#endif
    return p.publish(note{}) ? 0 : 1;
}
