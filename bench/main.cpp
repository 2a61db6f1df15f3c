// Runs everything and prints one table. Never a gate: the ratios depend on the machine.
//   stentor_bench [--quick] [options of Google Benchmark]
//   stentor_bench --burst N

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "contest.hpp"

namespace bench {

namespace {

std::map<std::string, std::vector<double>> samples;
bool is_quick = false;

// What Google Benchmark prints itself is of no use here: one line a burst.
struct silent : benchmark::BenchmarkReporter {
    bool ReportContext(const Context&) override { return true; }
    void ReportRuns(const std::vector<Run>& runs) override {
        for (const Run& r : runs) {
            if (r.error_occurred) {
                std::fprintf(stderr, "%s: %s\n", r.benchmark_name().c_str(), r.error_message.c_str());
            }
        }
    }
};

}  // namespace

void note(const std::string& contestant, double value) { samples[contestant].push_back(value); }

double median(const std::string& contestant) {
    std::vector<double>& all = samples[contestant];
    if (all.empty()) {
        return 0;
    }
    const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    std::nth_element(all.begin(), middle, all.end());
    return *middle;
}

void row(const std::string& name, const std::string& ours, const std::string& baseline, const char* unit, const std::string& goal,
         bool times) {
    const double a = median(ours);
    const double b = median(baseline);
    const double ratio = times ? b / a : a / b;
    std::printf("%-52s %10.1f %-3s %10.1f %-3s %8.2f%s  %s\n", name.c_str(), a, unit, b, unit, ratio, times ? "x" : " ",
                goal.c_str());
}

void figure(const std::string& name, double value, const char* unit, const std::string& goal) {
    std::printf("%-52s %10.1f %-3s %10s %-3s %8s   %s\n", name.c_str(), value, unit, "-", "", "-", goal.c_str());
}

void spin(std::chrono::microseconds time) {
    for (const auto until = clock::now() + time; clock::now() < until;) {
    }
}

bool quick() { return is_quick; }

}  // namespace bench

int main(int argc, char** argv) {
    if (argc == 3 && std::string_view(argv[1]) == "--burst") {
        return bench::run_burst(std::atoi(argv[2]));
    }
    std::vector<char*> options(argv, argv + 1);
    for (int i = 1; i < argc; ++i) {
        if (std::string_view(argv[i]) == "--quick") {
            bench::is_quick = true;
        } else {
            options.push_back(argv[i]);
        }
    }
    std::string shuffled = "--benchmark_enable_random_interleaving=true";
    std::string rounds = bench::is_quick ? "--benchmark_repetitions=9" : "--benchmark_repetitions=41";
    options.insert(options.begin() + 1, {shuffled.data(), rounds.data()});
    int count = static_cast<int>(options.size());
    bench::enter_json();
    bench::enter_publish();
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
    std::printf("%-52s %14s %14s %9s  %s\n", "what", "ours", "baseline", "ratio", "goal");
    bench::show_publish();
    bench::show_kafka();
    bench::show_latency();
    bench::show_json();
}
