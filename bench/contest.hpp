#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <string>

#include <benchmark/benchmark.h>

// Contestants are Google Benchmark functions whose repetitions are shuffled. Each iteration is one burst, which the function times
// itself and reports here; what the table shows are medians.

namespace bench {

using clock = std::chrono::steady_clock;

// Notes one burst of `contestant`: nanoseconds (or whatever the row counts) an operation.
void note(const std::string& contestant, double value);

// What a row should say.
struct goal {
    enum class kind : std::uint8_t {
        none,
        ratio,    // ours / baseline, at most
        times,    // baseline / ours, at least; the row shows that
        at_most,  // ours, in the row's unit
        at_least
    };
    kind what = kind::none;
    double limit = 0;
};

// A row of the table, printed in the order of the calls: the medians of two contestants.
void row(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, goal wanted = {});
// Only by how much the one is beyond the other: the median of each process's difference.
void difference(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, goal wanted);
// The same as a row for two figures; no baseline: a negative one.
void figures(const std::string& name, double ours, double baseline, const char* unit, goal wanted);

// Brings the core back to full speed after a pause, before something is timed.
void spin(std::chrono::microseconds time = std::chrono::microseconds(200));

// What this thread has computed so far, whoever else has had the core meanwhile.
inline double thread_seconds() {
    std::timespec t{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Times `burst(n)` once an iteration, and notes its processor time as `contestant`/cpu; `after()` puts things back and is not
// timed.
template <class Burst, class After>
void time_bursts(benchmark::State& state, const std::string& contestant, int n, Burst&& burst, After&& after) {
    for (auto _ : state) {
        spin();
        const double cpu = thread_seconds();
        const auto begin = clock::now();
        burst(n);
        const std::chrono::duration<double> took = clock::now() - begin;
        note(contestant + "/cpu", (thread_seconds() - cpu) * 1e9 / n);
        note(contestant, took.count() * 1e9 / n);
        state.SetIterationTime(took.count());
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
void enter_tracers();
void show_tracers();
void enter_otel();  // where there is opentelemetry-cpp
void show_otel();
void enter_kafka();
void show_kafka();
void close_kafka();
void enter_latency();
void show_latency();
void close_latency();
// The first messages of a publisher, and then a million; in a process of its own. The exit status.
int run_burst(int messages);
void head();

}  // namespace bench
