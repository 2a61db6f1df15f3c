// The first messages of a publisher, then a million as quickly as they go, and the memory of the process that sends them. The
// brokers are in another process, so that what they store is not counted.

#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include <stentor/stentor.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "contest.hpp"
#include "task.hpp"

namespace bench {
namespace {

// Resident memory of this process in MB: "VmHWM:" is the peak.
double memory(const std::string& what) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word == what) {
            double kilobytes = 0;
            status >> kilobytes;
            return kilobytes / 1024;
        }
    }
    return 0;
}

// Brokers in a child, until the pipe that it reads from is closed.
int serve(int say, int listen) {
    stentor::mock_cluster cluster(1);
    cluster.create_topic("task-status", 4);
    const std::string at = cluster.bootstrap() + "\n";
    if (::write(say, at.data(), at.size()) < 0) {
        return 2;
    }
    char end = 0;
    return ::read(listen, &end, 1) < 0 ? 2 : 0;
}

}  // namespace

int run_burst(int messages) {
    std::array<int, 2> from_child{};
    std::array<int, 2> to_child{};
    if (::pipe(from_child.data()) != 0 || ::pipe(to_child.data()) != 0) {
        return 2;
    }
    const ::pid_t child = ::fork();
    if (child < 0) {
        return 2;
    }
    if (child == 0) {
        ::close(to_child[1]);
        ::_exit(serve(from_child[1], to_child[0]));
    }
    std::array<char, 256> bootstrap{};
    const ::ssize_t size = ::read(from_child[0], bootstrap.data(), bootstrap.size() - 1);
    if (size <= 1) {
        return 2;
    }
    bool fine = true;
    std::atomic<int> persisted{0};
    int sent = 0;
    const double before = memory("VmRSS:");
    {
        stentor::basic_publisher publisher{stentor::kafka_transport{
            stentor::kafka_config{.brokers = std::string(bootstrap.data(), static_cast<std::size_t>(size) - 1)}}};
        const task message;
        // Seconds from the first call until all have their outcome.
        const auto send = [&](int count) {
            const auto begin = clock::now();
            for (int i = 0; i < count; ++i) {
                const auto begun = publisher.async_publish(message, [&](const stentor::result<stentor::receipt>& r) {
                    persisted.fetch_add(r ? 1 : 0, std::memory_order_relaxed);
                });
                fine = begun.has_value() && fine;
            }
            sent += count;
            fine = publisher.flush(std::chrono::seconds(30)).has_value() && fine;
            return std::chrono::duration<double>(clock::now() - begin).count();
        };
        const double first = send(10000);
        const double next = send(10000);
        figures("first 10,000 async_publish of a publisher / the next 10,000", first * 1e3, next * 1e3, "ms",
                {goal::kind::at_most, std::round(next * 1e3) + 100});
        const double took = send(messages);
        figures("messages a second, " + std::to_string(messages) + " in one burst", messages / took, -1, "/s",
                {goal::kind::at_least, 1000});
        figures("peak resident memory of that process / before it", memory("VmHWM:"), before, "MB", {goal::kind::at_most, 50});
    }
    ::close(to_child[1]);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!fine || persisted.load() != sent) {
        std::fprintf(stderr, "burst: %d of %d were persisted\n", persisted.load(), sent);
        return 1;
    }
    return 0;
}

}  // namespace bench
