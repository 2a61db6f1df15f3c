#pragma once

#include <chrono>
#include <string>

#include <benchmark/benchmark.h>

// Contestants are Google Benchmark functions whose repetitions are shuffled. Each iteration is one burst, which the function times
// itself and reports here; what the table shows are medians over all bursts.

namespace bench {

using clock = std::chrono::steady_clock;

// Notes one burst of `contestant`: nanoseconds (or whatever the row counts) an operation.
void note(const std::string& contestant, double value);
// The median of what was noted; 0 when nothing was.
[[nodiscard]] double median(const std::string& contestant);

// A row of the table, printed in the order of the calls. `goal` is text, such as "<= 1.00"; with `times` the ratio is baseline /
// ours.
void row(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, const std::string& goal,
         bool times = false);
// A row with a measured figure and no baseline.
void figure(const std::string& name, double value, const char* unit, const std::string& goal);

// Brings the core back to full speed after a pause, before something is timed.
void spin(std::chrono::microseconds time = std::chrono::microseconds(200));

[[nodiscard]] bool quick();

// Times `burst(n)` once an iteration; `after()` puts things back and is not timed.
template <class Burst, class After>
void time_bursts(benchmark::State& state, const std::string& contestant, int n, Burst&& burst, After&& after) {
    for (auto _ : state) {
        spin();
        const auto begin = clock::now();
        burst(n);
        const std::chrono::duration<double> took = clock::now() - begin;
        state.SetIterationTime(took.count());
        note(contestant, took.count() * 1e9 / n);
        after();
    }
}

// Registers a contestant: `bursts` a repetition.
template <class Function>
void enter(const std::string& name, int bursts, Function&& function) {
    benchmark::RegisterBenchmark(name.c_str(), std::forward<Function>(function))->UseManualTime()->Iterations(bursts);
}

// One file each: they enter their contestants before the run, and print their rows after it.
void enter_json();
void show_json();
void enter_publish();
void show_publish();
void enter_kafka();
void show_kafka();
void close_kafka();
void enter_latency();
void show_latency();
void close_latency();
// A million messages through one publisher; in a process of its own. The exit status.
int run_burst(int messages);

}  // namespace bench
