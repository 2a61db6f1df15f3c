// A port refers to its publisher, which must outlive it.
// expect: the publisher is a temporary. Name it.
#include <stentor/port.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
    const stentor::memory_broker broker;
#ifdef TWIN
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    auto port = stentor::adapt<note>(p);
#else
    auto port = stentor::adapt<note>(stentor::basic_publisher{stentor::memory_transport{broker}});
#endif
    return port.publish(note{}) ? 0 : 1;
}
