// Each way to publish says what is wrong with the message at once.
// expect ASYNC: stentor: this type has no message_traits
// expect TRY: stentor: this type has no message_traits
// expect ERASE: stentor: this type has no message_traits
// expect ALL: stentor: this type has no message_traits
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#ifdef TWIN
#include "note.hpp"
#else
struct note {};
#endif

int main() {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};
#if defined(ASYNC) || defined(TWIN)
    (void)p.async_publish(note{}, [](stentor::result<stentor::receipt>) {});
#endif
#if defined(TRY) || defined(TWIN)
    (void)p.try_async_publish(note{}, [](stentor::result<stentor::receipt>) {});
#endif
#if defined(ERASE) || defined(TWIN)
    (void)p.erase<note>("key");
#endif
#if defined(ALL) || defined(TWIN)
    (void)p.publish_all(std::vector<note>{});
#endif
}
