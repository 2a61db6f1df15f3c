// publish() on the memory transport: the library alone, with no librdkafka and no network. Each policy against its null object.

#include <stentor/stentor.hpp>

#include "contest.hpp"
#include "memory_stack.hpp"
#include "task.hpp"

namespace bench {

void enter_publish() {
    const task whole;
    prebuilt raw;
    stentor::buffer value;
    (void)stentor::json_serializer{}.serialize(whole, value);
    raw.value = value.view();
    enter_stack("memory/default", whole);
    enter_stack("memory/raw_serializer", raw, stentor::raw_serializer{});
    enter_stack("memory/no_retry", whole, stentor::no_retry{});
    enter_stack("memory/no_breaker", whole, stentor::no_breaker{});
    enter_stack("memory/nothing", raw, stentor::raw_serializer{}, stentor::no_retry{}, stentor::no_breaker{}, stentor::no_tracer{});
}

void show_publish() {
    row("publish on the memory transport / raw call, bursts of 200", "memory/default", "kafka/raw", "ns",
        {goal::kind::ratio, 0.33});
    row("publish on the memory transport / raw call, bursts of 5,000", "memory/default", "kafka/raw/long", "ns",
        {goal::kind::ratio, 0.33});
    row("  with json_serializer / raw_serializer", "memory/default", "memory/raw_serializer", "ns");
    row("  with exponential_backoff / no_retry", "memory/default", "memory/no_retry", "ns");
    row("  with failure_breaker / no_breaker", "memory/default", "memory/no_breaker", "ns");
    row("  all four / none of them", "memory/default", "memory/nothing", "ns");
}

}  // namespace bench
