// A policy in another one's place: the error has the signature that the place requires.
// expect: stentor: the 3rd argument must be a retry_policy: verdict next(const failure&) const noexcept
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#ifdef TWIN
using chosen = stentor::no_retry;
#else
using chosen = stentor::no_breaker;
#endif

int main() {
    const stentor::memory_broker broker;
    using publisher = stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, chosen>;
    return sizeof(publisher) > 0 ? 0 : 1;
}
