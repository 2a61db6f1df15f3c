// publish() on the memory transport: the library alone, with no librdkafka and no network. Each policy against its null object.

#include <memory>
#include <string_view>

#include <stentor/log.hpp>
#include <stentor/metrics.hpp>
#include <stentor/stentor.hpp>

#include "contest.hpp"
#include "task.hpp"

namespace bench {
namespace {

constexpr int burst = 500;

// Takes lines, and does nothing with them.
struct no_sink {
    void write(stentor::log_level, std::string_view line) noexcept { benchmark::DoNotOptimize(line.data()); }
};

template <class Message, class... Policies>
void enter_stack(const std::string& name, const Message& message, Policies... policies) {
    // Made once and kept: what is measured is the steady state.
    stentor::memory_broker broker{{.keep_history = false}};
    auto publisher = std::make_shared<decltype(stentor::basic_publisher{stentor::memory_transport{broker}, policies...})>(
        stentor::memory_transport{broker}, policies...);
    enter(name, 2, [name, publisher, message](benchmark::State& state) {
        int failed = 0;
        time_bursts(
            state, name, burst,
            [&](int n) {
                for (int i = 0; i < n; ++i) {
                    failed += publisher->publish(message).has_value() ? 0 : 1;
                }
            },
            [] {});
        if (failed != 0) {
            state.SkipWithError("a publish failed");
        }
    });
}

}  // namespace

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
    enter_stack("memory/no_tracer", whole, stentor::no_tracer{});
    const stentor::metrics_registry registry;
    enter_stack("memory/metrics_tracer", whole, stentor::metrics_tracer{registry});
    enter_stack("memory/exemplar_tracer", whole, stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}});
    using stentor::log_level;
    enter_stack("memory/log_info", whole, stentor::log_tracer{no_sink{}});
    enter_stack("memory/log_debug", whole, stentor::log_tracer{no_sink{}, {.level = log_level::debug}});
    enter_stack("memory/w3c_and_log_info", whole, stentor::tracer_chain{stentor::w3c_tracer{}, stentor::log_tracer{no_sink{}}});
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
    row("  with w3c_tracer / no_tracer", "memory/default", "memory/no_tracer", "ns");
    row("  with metrics_tracer / no_tracer", "memory/metrics_tracer", "memory/no_tracer", "ns");
    row("  with w3c_tracer and exemplar_tracer / w3c_tracer", "memory/exemplar_tracer", "memory/default", "ns");
    row("  with log_tracer, no debug lines / no_tracer", "memory/log_info", "memory/no_tracer", "ns");
    row("  with log_tracer, a line each / no_tracer", "memory/log_debug", "memory/no_tracer", "ns");
    row("  with log_tracer behind w3c_tracer / w3c_tracer", "memory/w3c_and_log_info", "memory/default", "ns");
    row("  all four / none of them", "memory/default", "memory/nothing", "ns");
}

}  // namespace bench
