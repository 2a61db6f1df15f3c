#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stentor/testing/mock_cluster.hpp>

#include "checker.hpp"
#include "command_line.hpp"
#include "faults.hpp"
#include "ledger.hpp"
#include "plain_consumer.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "sender.hpp"
#include "task_reader.hpp"
#include "text.hpp"

namespace {

using namespace std::chrono_literals;

constexpr int all_well = 0;
constexpr int disagreement = 1;
constexpr int nothing_sent = 2;
constexpr auto close_bound = 3s;
constexpr auto catch_up_bound = 20s;
constexpr std::uint64_t furthest_behind = 40'000;  // messages; the mock broker keeps 5 MB a partition, and forgets what is older

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler writes it

extern "C" void on_interrupt(int) { stop = true; }

struct input {
    std::vector<demo::crawl_task> tasks{};
    std::size_t bad_lines = 0;
};

#ifdef EXAMPLES_DIR
constexpr const char* own_tasks = EXAMPLES_DIR "/data/crawl_tasks.jsonl";
#else
constexpr const char* own_tasks = "examples/data/crawl_tasks.jsonl";
#endif
constexpr std::size_t own_rounds = 100;

// A file, or a pipe with something in it. A pipe that was merely inherited and stays silent is not waited for.
bool standard_input_has_something() {
    struct stat status{};
    if (::fstat(STDIN_FILENO, &status) != 0) {
        return false;
    }
    if (S_ISREG(status.st_mode)) {
        return status.st_size > 0;
    }
    pollfd in{STDIN_FILENO, POLLIN, 0};
    int bytes = 0;
    return (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode)) && ::poll(&in, 1, 300) == 1 &&
           ::ioctl(STDIN_FILENO, FIONREAD, &bytes) == 0 && bytes > 0;
}

// Settles what the command line left open.
void choose_input(demo::command_line& command) {
    if (command.file.empty() && standard_input_has_something()) {
        command.file = "-";
    } else if (command.file.empty()) {
        command.file = own_tasks;
        command.repeat = command.repeat == 0 ? own_rounds : command.repeat;
    }
    command.repeat = std::max<std::size_t>(command.repeat, 1);
}

std::optional<input> read_input(const demo::command_line& command) {
    std::ifstream file;
    const bool standard = command.file == "-";
    if (!standard) {
        file.open(command.file, std::ios::binary);
        if (!file) {
            std::fprintf(stderr, "web_crawl_gateway: cannot read %s\n", command.file.c_str());
            return std::nullopt;
        }
    }
    input in;
    in.tasks = demo::read_tasks(standard ? std::cin : file, command.repeat > 1, [&](const std::string& what) {
        ++in.bad_lines;
        std::fprintf(stderr, "%s\n", what.c_str());
    });
    if (in.tasks.empty()) {
        std::fprintf(stderr, "web_crawl_gateway: no task to send\n");
        return std::nullopt;
    }
    return in;
}

std::string state_of(demo::sender& sender) {
    const stentor::account a = sender.account();
    return demo::grouped(a.accepted, 8) + " accepted " + demo::grouped(a.persisted, 8) + " persisted " +
           demo::grouped(a.not_persisted, 5) + " not " + demo::grouped(a.unknown, 5) + " unknown " + demo::grouped(a.in_flight, 6) +
           " in flight   circuit " + std::string{to_string(sender.circuit())};
}

// Everything between a good input and the last page. The embedded broker outlives all that talks to it.
int run(const demo::command_line& command, input in, const char* cluster) {
    const bool embedded = cluster == nullptr;
    const bool inject = embedded && !command.calm;
    const std::chrono::seconds spread{embedded || command.seconds_given ? command.seconds : 0};

    const demo::plan plan{std::move(in.tasks), command.repeat, inject};
    std::atomic<bool> troubled{false};
    demo::ledger ledger{plan.size()};
    std::unique_ptr<stentor::mock_cluster> broker;
    std::unique_ptr<demo::faults> faults;
    std::unique_ptr<demo::sender> sender;
    demo::progress progress{[&] { return state_of(*sender); }};
    std::vector<std::string> topics{std::string{demo::status_topic}, std::string{demo::dead_letter_topic}};
    if (embedded) {
        broker = std::make_unique<stentor::mock_cluster>(demo::faults::brokers);
        faults = std::make_unique<demo::faults>(*broker, [&](const std::string& what) { progress.say(what); }, troubled);
        topics.emplace_back(demo::partner_topic);
    }
    const std::string address = embedded ? broker->bootstrap() : cluster;
    demo::checker checker{plan, ledger, !embedded};
    demo::plain_consumer consumer{address, topics, [&](const demo::seen_message& message) { checker.see(message); }};
    sender = std::make_unique<demo::sender>(plan, ledger, address, embedded, troubled, stop, [&] {
        return embedded && sender->account().persisted > consumer.count() + furthest_behind;
    });

    std::printf("%s messages about %s tasks, to %s%s\n", demo::grouped(plan.size()).c_str(),
                demo::grouped(plan.tasks().size() * plan.rounds()).c_str(), embedded ? "an embedded broker at " : "",
                address.c_str());
    progress.begin();
    if (inject) {
        faults->begin();
    }
    const auto start = std::chrono::steady_clock::now();
    sender->send_all(spread);
    if (stop) {
        progress.say("interrupted: what is in flight gets " + std::to_string(close_bound.count()) + " s");
    }
    const auto closing = std::chrono::steady_clock::now();
    const bool closed = sender->close(close_bound) || std::chrono::steady_clock::now() - closing <= close_bound + 500ms;
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    if (faults) {
        faults->heal();
    }
    progress.end();

    const bool caught_up = consumer.catch_up(catch_up_bound);
    const std::string trouble = consumer.trouble();
    consumer.stop();
    const demo::findings findings = checker.conclude();
    if (checker.example()) {
        demo::print_specimen(*checker.example());
    }
    const demo::run_summary summary{plan,      ledger,  *sender,      findings, took,  closed,
                                    caught_up, trouble, in.bad_lines, embedded, inject};
    return demo::print_account(summary) ? all_well : disagreement;
}

}  // namespace

int main(int count, char** words) {
    demo::command_line command = demo::parse_command_line(count, words);
    if (!command.mistake.empty()) {
        std::fprintf(stderr, "web_crawl_gateway: %s. --help says more.\n", command.mistake.c_str());
        return nothing_sent;
    }
    if (command.help) {
        std::fputs(demo::help_text(), stdout);
        return all_well;
    }
    std::signal(SIGINT, on_interrupt);
    std::signal(SIGTERM, on_interrupt);
    try {
        choose_input(command);
        std::optional<input> in = read_input(command);
        const char* cluster = std::getenv("KAFKA_BROKERS");
        return in ? run(command, std::move(*in), cluster != nullptr && *cluster != '\0' ? cluster : nullptr) : nothing_sent;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "web_crawl_gateway: %s\n", e.what());
        return nothing_sent;
    }
}
