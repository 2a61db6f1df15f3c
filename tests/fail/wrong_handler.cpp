// A handler takes a result, also that of a port.
// expect: stentor: the handler must be callable as handler(stentor::result<stentor::receipt>)
// expect PORT: stentor: the handler must be callable as handler(stentor::result<stentor::receipt>)
#include <stentor/port.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
#ifdef PORT
    auto out = stentor::adapt<note>(p);
#else
    stentor::basic_publisher<stentor::memory_transport>& out = p;
#endif
#ifdef TWIN
    return out.async_publish(note{1}, [](stentor::result<stentor::receipt>) {}) ? 0 : 1;
#else
    return out.async_publish(note{1}, [](int) {}) ? 0 : 1;
#endif
}
