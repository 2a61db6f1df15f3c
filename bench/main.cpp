// Runs everything and prints one table. Never a gate: the ratios depend on the machine.
//   stentor_bench [--quick] [options of Google Benchmark]
//   stentor_bench --burst N                       the rows that need a process of their own, without the table's head

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "contest.hpp"

namespace bench {

namespace {

std::map<std::string, std::vector<double>> samples;

[[nodiscard]] double middle(std::vector<double> all) {
    const auto at = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), at, all.end());
    return *at;
}

// What Google Benchmark prints itself is of no use here: one line a burst.
struct silent : benchmark::BenchmarkReporter {
    bool failed = false;
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& r : runs) {
            if (r.error_occurred) {
                failed = true;
                std::fprintf(stderr, "%s: %s\n", r.benchmark_name().c_str(), r.error_message.c_str());
            }
        }
    }
};

void print(const std::string& name, double ours, double baseline, double ratio, const char* unit, goal wanted) {
    const auto with_unit = [unit](double value) {
        std::array<char, 40> text{};
        std::snprintf(text.data(), text.size(), "%.*f %-2s", value < 10 ? 2 : 1, value, unit);
        return std::string(text.data());
    };
    const bool times = wanted.what == goal::kind::times;
    std::array<char, 60> text{};
    bool met = true;
    switch (wanted.what) {
        case goal::kind::none: break;
        case goal::kind::ratio:
            met = ratio <= wanted.limit;
            std::snprintf(text.data(), text.size(), "ratio <= %.2f", wanted.limit);
            break;
        case goal::kind::times:
            met = ratio >= wanted.limit;
            std::snprintf(text.data(), text.size(), "ratio >= %.0fx", wanted.limit);
            break;
        case goal::kind::at_most:
            met = ours <= wanted.limit;
            std::snprintf(text.data(), text.size(), "<= %g %s", wanted.limit, unit);
            break;
        case goal::kind::at_least:
            met = ours >= wanted.limit;
            std::snprintf(text.data(), text.size(), ">= %g %s", wanted.limit, unit);
            break;
    }
    std::array<char, 40> shown{'-'};
    if (baseline >= 0) {
        std::snprintf(shown.data(), shown.size(), "%.2f%s", ratio, times ? "x" : " ");
    }
    std::printf("%-60s %13s %13s %8s  %s%s\n", name.c_str(), with_unit(ours).c_str(),
                baseline >= 0 ? with_unit(baseline).c_str() : "-", shown.data(), text.data(), met ? "" : "  (missed)");
}

}  // namespace

void note(const std::string& contestant, double value) { samples[contestant].push_back(value); }

void head() { std::printf("%-60s %13s %13s %8s  %s\n", "what", "stentor", "baseline", "ratio", "goal"); }

void row(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, goal wanted) {
    const std::vector<double>& a = samples[ours];
    const std::vector<double>& b = samples[baseline];
    if (a.empty() || a.size() != b.size()) {
        return;  // a filter has left them out
    }
    // Those of one process belong together.
    const bool times = wanted.what == goal::kind::times;
    std::vector<double> ratios;
    ratios.reserve(a.size());
    for (std::size_t i = 0; i < a.size(); ++i) {
        ratios.push_back(times ? b[i] / a[i] : a[i] / b[i]);
    }
    print(name, middle(a), middle(b), middle(ratios), unit, wanted);
}

void difference(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, goal wanted) {
    const std::vector<double>& a = samples[ours];
    const std::vector<double>& b = samples[baseline];
    if (a.empty() || a.size() != b.size()) {
        return;
    }
    std::vector<double> beyond(a.size());
    std::transform(a.begin(), a.end(), b.begin(), beyond.begin(), std::minus<>{});
    print(name, middle(std::move(beyond)), -1, 0, unit, wanted);
}

void figures(const std::string& name, double ours, double baseline, const char* unit, goal wanted) {
    print(name, ours, baseline, ours / baseline, unit, wanted);
}

void spin(std::chrono::microseconds time) {
    for (const auto until = clock::now() + time; clock::now() < until;) {
    }
}

}  // namespace bench

namespace {

// All contestants, in this process. Their medians go to the pipe.
int compete(std::vector<char*> options, int to) {
    int count = static_cast<int>(options.size());
    bench::enter_json();
    bench::enter_publish();
    bench::enter_tracers();
#ifdef BENCH_OTEL
    bench::enter_otel();
#endif
    bench::enter_kafka();
    bench::enter_latency();
    benchmark::Initialize(&count, options.data());
    if (benchmark::ReportUnrecognizedArguments(count, options.data())) {
        return 2;
    }
    bench::silent reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    bench::close_kafka();
    bench::close_latency();
    for (const auto& [name, values] : bench::samples) {
        ::dprintf(to, "%s %.9g\n", name.c_str(), bench::middle(values));
    }
    return reporter.failed ? 1 : 0;
}

// Where the heap and the threads have come to lie in a process makes more difference than anything within it. So there are several,
// and each gives one sample.
int compete_in_child(const std::vector<char*>& options) {
    std::array<int, 2> results{};
    if (::pipe(results.data()) != 0) {
        return 2;
    }
    const ::pid_t child = ::fork();
    if (child < 0) {
        return 2;
    }
    if (child == 0) {
        ::close(results[0]);
        bench::samples.clear();  // those of the others
        ::_exit(compete(options, results[1]));
    }
    ::close(results[1]);
    std::FILE* const from = ::fdopen(results[0], "r");
    if (from == nullptr) {
        return 2;
    }
    std::array<char, 80> name{};
    double value = 0;
    while (std::fscanf(from, "%79s %lf", name.data(), &value) == 2) {
        bench::samples[name.data()].push_back(value);
    }
    std::fclose(from);
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--burst") {
        return bench::run_burst(std::atoi(argv[2]));
    }
    bool quick = false;
    std::vector<char*> options(argv, argv + 1);
    std::string shuffled = "--benchmark_enable_random_interleaving=true";
    std::string repetitions = "--benchmark_repetitions=15";
    options.insert(options.end(), {shuffled.data(), repetitions.data()});
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--quick") {
            quick = true;
        } else {
            options.push_back(argv[i]);
        }
    }
    const int processes = quick ? 5 : 15;
    for (int i = 0; i < processes; ++i) {
        if (const int status = compete_in_child(options); status != 0) {
            return status;
        }
    }
    std::printf(
        "The raw call is rd_kafka_producev with F_COPY, five headers and a value made before. Medians of %d processes;\n"
        "each gives the median of its interleaved, shuffled bursts.\n\n",
        processes);
    bench::head();
    bench::show_publish();
    bench::show_tracers();
#ifdef BENCH_OTEL
    bench::show_otel();
#endif
    bench::show_kafka();
    bench::show_latency();
    bench::show_json();
}
