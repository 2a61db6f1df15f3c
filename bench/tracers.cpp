// What each tracer costs a publish on the memory transport.

#include <string_view>

#include <stentor/log.hpp>
#include <stentor/metrics.hpp>
#include <stentor/stentor.hpp>

#include "contest.hpp"
#include "memory_stack.hpp"
#include "task.hpp"

namespace bench {
namespace {

// Takes lines, and does nothing with them.
struct no_sink {
    void write(stentor::log_level, std::string_view line) noexcept { benchmark::DoNotOptimize(line.data()); }
};

}  // namespace

void enter_tracers() {
    const task whole;
    const stentor::metrics_registry registry;
    enter_stack("memory/no_tracer", whole, stentor::no_tracer{});
    enter_stack("memory/metrics_tracer", whole, stentor::metrics_tracer{registry});
    enter_stack("memory/exemplar_tracer", whole, stentor::tracer_chain{stentor::w3c_tracer{}, stentor::exemplar_tracer{registry}});
    using stentor::log_level;
    enter_stack("memory/log_info", whole, stentor::log_tracer{no_sink{}});
    enter_stack("memory/log_debug", whole, stentor::log_tracer{no_sink{}, {.level = log_level::debug}});
    enter_stack("memory/w3c_and_log_info", whole, stentor::tracer_chain{stentor::w3c_tracer{}, stentor::log_tracer{no_sink{}}});
}

void show_tracers() {
    row("  with w3c_tracer / no_tracer", "memory/default", "memory/no_tracer", "ns");
    row("  with metrics_tracer / no_tracer", "memory/metrics_tracer", "memory/no_tracer", "ns");
    difference("    which are, of processor time,", "memory/metrics_tracer/cpu", "memory/no_tracer/cpu", "ns",
               {goal::kind::at_most, 25});
    row("  with w3c_tracer and exemplar_tracer / w3c_tracer", "memory/exemplar_tracer", "memory/default", "ns");
    row("  with log_tracer, no debug lines / no_tracer", "memory/log_info", "memory/no_tracer", "ns");
    row("  with log_tracer, a line each / no_tracer", "memory/log_debug", "memory/no_tracer", "ns");
    row("  with log_tracer behind w3c_tracer / w3c_tracer", "memory/w3c_and_log_info", "memory/default", "ns");
}

}  // namespace bench
