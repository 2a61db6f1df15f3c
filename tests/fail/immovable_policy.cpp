// A policy with an atomic or a mutex in it, which most breakers have.
// expect DEDUCED: stentor: policies are moved into the publisher, and this type cannot be moved
// expect: stentor: policies are moved into the publisher, and this type cannot be moved
#include <atomic>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct counting_retry {
#ifdef TWIN
    std::atomic<int>* asked;
#else
    std::atomic<int> asked[1];
#endif
    stentor::verdict next(const stentor::failure&) const noexcept { return stentor::give_up(); }
};

int main() {
    const stentor::memory_broker broker;
    std::atomic<int> asked{0};
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, counting_retry{}};
#elif defined(TWIN)
    stentor::basic_publisher p{stentor::memory_transport{broker}, counting_retry{&asked}};
#else
    stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, counting_retry> p{
        stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) && asked == 0 ? 0 : 1;
}
