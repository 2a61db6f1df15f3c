// Nobody could ask a broker that was never named what was published.
// expect: the broker is a temporary. Name it: memory_broker broker;
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
#ifdef TWIN
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
#else
    stentor::basic_publisher p{stentor::memory_transport{stentor::memory_broker{}}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
