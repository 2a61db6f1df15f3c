// Runs many seeds of the simulation in several processes. Exit status 0: no rule was broken, and every kind of fault and every
// delicate path was met often enough. 1: a seed has broken one. 2: it was not begun. 3: it says nothing, since too little happened
// or a process of it has died.

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "../casts.hpp"

namespace {

constexpr std::uint64_t enough = 100;

struct order_of {
    std::uint64_t first = 1;
    std::uint64_t seeds = 10'000;
    std::uint64_t workers = 2;
};

// What a worker hands back; the text of a failure follows.
struct figures {
    std::uint64_t seeds = 0;
    std::uint64_t messages = 0;
    std::uint64_t faults = 0;
    std::uint64_t crashes = 0;
    std::uint64_t hash = 0;
    std::uint64_t failing_seed = 0;
    std::uint64_t text_size = 0;
    std::array<std::uint64_t, stentor::exercised_count> counts{};
};

bool write_all(int to, const void* what, std::size_t size) {
    const char* p = static_cast<const char*>(what);
    while (size > 0) {
        const ssize_t n = ::write(to, p, size);
        if (n <= 0) {
            return false;
        }
        p += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

bool read_all(int from, void* what, std::size_t size) {
    char* p = static_cast<char*>(what);
    while (size > 0) {
        const ssize_t n = ::read(from, p, size);
        if (n <= 0) {
            return false;
        }
        p += n;
        size -= static_cast<std::size_t>(n);
    }
    return true;
}

void work(const order_of& all, std::uint64_t worker, int to) {
    figures sum;
    std::string text;
    for (std::uint64_t i = worker; i < all.seeds && text.empty(); i += all.workers) {
        const std::uint64_t seed = all.first + i;
        const stentor::simulation_report r = simulated::run(seed, simulated::messages_of_a_seed);
        sum.seeds += r.seeds;
        sum.messages += r.messages;
        sum.faults += r.faults;
        sum.crashes += r.crashes;
        sum.hash += r.hash;
        for (std::size_t k = 0; k < sum.counts.size(); ++k) {
            sum.counts[k] += r.counts[k];
        }
        if (!r) {
            sum.failing_seed = seed;
            text = r.text();
        }
    }
    sum.text_size = text.size();
    if (!write_all(to, &sum, sizeof(sum)) || !write_all(to, text.data(), text.size())) {
        std::_Exit(2);
    }
}

std::uint64_t number(const char* text, const char* option) {
    std::uint64_t n = 0;
    const std::string_view all = text;
    const auto [end, wrong] = std::from_chars(all.data(), all.data() + all.size(), n);
    if (wrong != std::errc{} || end != all.data() + all.size() || n == 0) {
        std::fprintf(stderr, "soak: %s needs a number from 1 on, not '%s'\n", option, text);
        std::exit(2);
    }
    return n;
}

order_of parse(int count, char** words) {
    order_of o;
    const long cores = ::sysconf(_SC_NPROCESSORS_ONLN);
    o.workers = cores > 1 ? static_cast<std::uint64_t>(cores) : 1;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (i + 1 < count && word == "--seeds") {
            o.seeds = number(words[++i], "--seeds");
        } else if (i + 1 < count && word == "--first") {
            o.first = number(words[++i], "--first");
        } else {
            std::fprintf(stderr, "usage: soak [--seeds N] [--first S]\n");
            std::exit(2);
        }
    }
    if (const char* one = std::getenv("STENTOR_SEED"); one != nullptr && *one != '\0') {
        o.first = number(one, "STENTOR_SEED");
        o.seeds = 1;
    }
    o.workers = std::min(o.workers, o.seeds);
    return o;
}

}  // namespace

int main(int count, char** words) {
    const order_of all = parse(count, words);
    const auto begun = std::chrono::steady_clock::now();
    std::vector<std::array<int, 2>> pipes(all.workers);
    std::vector<pid_t> children;
    for (std::uint64_t w = 0; w < all.workers; ++w) {
        if (::pipe(pipes[w].data()) != 0) {
            std::perror("soak: pipe");
            return 2;
        }
        const pid_t child = ::fork();
        if (child < 0) {
            std::perror("soak: fork");
            return 2;
        }
        if (child == 0) {
            work(all, w, pipes[w][1]);
            std::_Exit(0);
        }
        ::close(pipes[w][1]);
        children.push_back(child);
    }
    figures sum;
    std::string first_text;
    bool whole = true;
    for (std::uint64_t w = 0; w < all.workers; ++w) {
        figures one;
        std::string text;
        if (!read_all(pipes[w][0], &one, sizeof(one))) {
            whole = false;
            continue;
        }
        text.resize(one.text_size);
        whole = read_all(pipes[w][0], text.data(), text.size()) && whole;
        sum.seeds += one.seeds;
        sum.messages += one.messages;
        sum.faults += one.faults;
        sum.crashes += one.crashes;
        sum.hash += one.hash;
        for (std::size_t k = 0; k < sum.counts.size(); ++k) {
            sum.counts[k] += one.counts[k];
        }
        if (one.failing_seed != 0 && (sum.failing_seed == 0 || one.failing_seed < sum.failing_seed)) {
            sum.failing_seed = one.failing_seed;
            first_text = std::move(text);
        }
    }
    for (const pid_t child : children) {
        int status = 0;
        ::waitpid(child, &status, 0);
        whole = whole && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    const std::uint64_t needed = std::min(enough, all.seeds / 100);
    bool thorough = true;
    for (std::size_t k = 0; k < sum.counts.size(); ++k) {
        const bool few = sum.counts[k] < needed;
        std::printf("%12" PRIu64 "  %s%s\n", sum.counts[k],
                    std::string(stentor::to_string(static_cast<stentor::exercised>(k))).c_str(), few ? "  TOO FEW" : "");
        thorough = thorough && !few;
    }
    // Runs that are over as soon as they have begun would break no rule either.
    const bool enough_happened = all.seeds < 100 || (sum.messages >= 500 * all.seeds && sum.faults >= 100 * all.seeds);
    if (sum.failing_seed != 0) {
        std::printf("%s\nSTENTOR_SEED=%" PRIu64 " runs it alone.\nfirst failing seed: %" PRIu64 "\n", first_text.c_str(),
                    sum.failing_seed, sum.failing_seed);
        return 1;
    }
    if (!whole) {
        std::printf("a worker has died: run it again with --seeds 1 --first N for each seed of it\n");
        return 3;
    }
    std::printf("%" PRIu64 " seeds, %" PRIu64 " messages, %" PRIu64 " faults, %" PRIu64 " crashes, %.1f s, hash %016" PRIx64
                ": 0 lost, 0 reordered, 0 unaccounted\n",
                sum.seeds, sum.messages, sum.faults, sum.crashes, seconds, sum.hash);
    if (!thorough) {
        std::fprintf(stderr, "soak: what is marked TOO FEW was met less than %" PRIu64 " times\n", needed);
        return 3;
    }
    if (!enough_happened) {
        std::fprintf(stderr, "soak: a seed should have 500 messages and 100 faults, on the whole\n");
        return 3;
    }
    return 0;
}
