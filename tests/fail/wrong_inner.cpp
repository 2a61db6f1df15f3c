// expect DEAD_LETTER: stentor: what a dead_letter<Inner> holds is a retry_policy: verdict next(const failure&) const noexcept.
// expect DEAD_LETTER DEDUCED: stentor: what a dead_letter<Inner> holds is a retry_policy:
// expect CHAIN: stentor: each element of a tracer_chain is a tracer: start, and its span retrying and finish, all noexcept.
// expect CHAIN DEDUCED: stentor: each element of a tracer_chain is a tracer:
// expect PER_TOPIC: stentor: what a per_topic<Breaker> holds is a breaker: allow, record and state, all noexcept.
// expect PER_TOPIC DEDUCED: stentor: what a per_topic<Breaker> holds is a breaker:
#include <stentor/breaker/per_topic.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "note.hpp"

struct nothing {
    struct options {};
};

#ifdef DEAD_LETTER
using retry_policy = stentor::dead_letter<nothing>;
#else
using retry_policy = stentor::dead_letter<>;
#endif
#ifdef PER_TOPIC
using breaker = stentor::per_topic<nothing>;
#else
using breaker = stentor::per_topic<>;
#endif
#ifdef CHAIN
using tracer = stentor::tracer_chain<stentor::w3c_tracer, nothing>;
#else
using tracer = stentor::tracer_chain<stentor::w3c_tracer>;
#endif

int main() {
    const stentor::memory_broker broker;
#ifdef DEDUCED
    stentor::basic_publisher p{stentor::memory_transport{broker}, retry_policy{}, breaker{}, tracer{}};
#else
    stentor::basic_publisher<stentor::memory_transport, stentor::json_serializer, retry_policy, breaker, tracer> p{
        stentor::memory_transport{broker}};
#endif
    return p.publish(note{}) ? 0 : 1;
}
