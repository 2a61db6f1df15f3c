// A policy that the template arguments do not name would be thrown away.
// expect: stentor: this argument is not of the type that basic_publisher's template arguments name for its role
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
    const stentor::memory_broker broker;
#ifdef TWIN
    stentor::basic_publisher<stentor::memory_transport> p{stentor::memory_transport{broker}, stentor::exponential_backoff{}};
#else
    stentor::basic_publisher<stentor::memory_transport> p{stentor::memory_transport{broker}, stentor::no_retry{}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
