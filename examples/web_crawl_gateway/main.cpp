#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka_client.hpp>

#include "checker.hpp"
#include "cluster.hpp"
#include "command_line.hpp"
#include "faults.hpp"
#include "input.hpp"
#include "ledger.hpp"
#include "plain_consumer.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "report.hpp"
#include "sender.hpp"
#include "text.hpp"

namespace {

using namespace std::chrono_literals;

constexpr int all_well = 0;
constexpr int disagreement = 1;
constexpr int nothing_sent = 2;
constexpr int interrupted = 130;  // as shells say it of SIGINT
constexpr auto close_bound = 3s;
constexpr auto catch_up_bound = 20s;
constexpr auto catch_up_bound_interrupted = 2s;
constexpr std::uint64_t furthest_behind = 40'000;  // messages; the mock broker keeps 5 MB a partition, and forgets what is older

std::atomic<bool> stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler writes it

extern "C" void on_interrupt(int) { stop = true; }

// Without SA_RESTART, so that what waits for input ends its wait.
void listen_for_signals() {
    struct sigaction action{};
    action.sa_handler = on_interrupt;
    sigemptyset(&action.sa_mask);
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

// Of a configuration the cause alone says all.
std::string reason_of(const std::exception& e) {
    const auto* const failure = dynamic_cast<const stentor::publish_failure*>(&e);
    return failure != nullptr && !failure->error().cause.empty() ? failure->error().cause : e.what();
}

// What no patience mends is told at once, and what to do about it. Brokers that are away may still come: they get their time later.
void check_login(const stentor::kafka_config& cluster) {
    const auto client = stentor::kafka_client::connect(cluster, 1500ms);
    if (!client && (client.error() == stentor::errc::authentication || client.error() == stentor::errc::tls)) {
        throw std::runtime_error(client.error().cause + ". " + client.error().hint);
    }
}

int end_early(const std::string& what) {
    std::fflush(stdout);
    std::fprintf(stderr, "web_crawl_gateway: interrupted: %s. Nothing was sent, so there is no account.\n", what.c_str());
    return interrupted;
}

std::string state_of(demo::sender& sender) {
    const stentor::account a = sender.account();
    return demo::grouped(a.accepted, 8) + " accepted " + demo::grouped(a.persisted, 8) + " persisted " +
           demo::grouped(a.not_persisted, 5) + " not " + demo::grouped(a.unknown, 5) + " unknown " + demo::grouped(a.in_flight, 6) +
           " in flight   circuit " + std::string{to_string(sender.circuit())};
}

// Everything between a good input and the last page. The embedded broker outlives all that talks to it.
int run(const demo::command_line& command, demo::input in, std::optional<stentor::kafka_config> cluster) {
    const bool embedded = !cluster;
    const bool inject = embedded && !command.calm;
    const std::chrono::seconds spread{embedded || command.seconds_given ? command.seconds : 0};

    const demo::plan plan{std::move(in.tasks), command.repeat, inject};
    std::atomic<bool> troubled{false};
    demo::ledger ledger{plan.size()};
    std::unique_ptr<stentor::mock_cluster> broker;
    std::unique_ptr<demo::faults> faults;
    std::unique_ptr<demo::sender> sender;
    demo::progress progress{[&] { return state_of(*sender); }};
    const auto say = [&](const std::string& what) { progress.say(what); };
    std::vector<demo::readable_topic> topics{{std::string{demo::status_topic}}, {std::string{demo::dead_letter_topic}}};
    if (embedded) {
        broker = std::make_unique<stentor::mock_cluster>(demo::faults::brokers);
        topics.push_back({std::string{demo::partner_topic}});
        for (demo::readable_topic& topic : topics) {
            topic.partitions = demo::faults::partitions_of(topic.name);
        }
    }
    if (embedded) {
        cluster.emplace();
        cluster->brokers = broker->bootstrap();
        cluster->client_id = "web-crawl-gateway";
    }
    const std::string& address = cluster->brokers;
    std::printf("%s messages about %s tasks, to %s%s\n", demo::grouped(plan.size()).c_str(),
                demo::grouped(plan.tasks().size() * plan.rounds()).c_str(),
                embedded ? "an embedded broker at " : "KAFKA_BROKERS=", address.c_str());
    std::fflush(stdout);
    if (embedded) {
        faults = std::make_unique<demo::faults>(*broker, say, troubled);
    }
    demo::checker checker{plan, ledger, !embedded};
    std::unique_ptr<demo::plain_consumer> consumer;
    bool began = false;
    try {
        if (!embedded) {
            check_login(*cluster);
        }
        // First, because it checks the configuration before it connects.
        sender = std::make_unique<demo::sender>(plan, ledger, *cluster, embedded, troubled, stop, [&] {
            return embedded && sender->account().persisted > consumer->count() + furthest_behind;
        });
        consumer = std::make_unique<demo::plain_consumer>(demo::plain_settings(*cluster),
                                                          [&](const demo::seen_message& m) { checker.see(m); });
        began = consumer->begin(topics, stop, say);
    } catch (const std::exception& e) {
        throw std::runtime_error((embedded ? "the embedded broker at " : "KAFKA_BROKERS=") + address + ": " + reason_of(e));
    }
    if (!began) {
        return end_early(std::string{"before the first of "} + demo::grouped(plan.size()) + " messages");
    }

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
    if (stop && ledger.tried() == 0) {
        return end_early(std::string{"before the first of "} + demo::grouped(plan.size()) + " messages");
    }

    const bool caught_up = consumer->catch_up(stop ? catch_up_bound_interrupted : catch_up_bound);
    const std::string trouble = consumer->trouble();
    consumer->stop();
    const demo::findings findings = checker.conclude();
    if (checker.example()) {
        demo::print_specimen(*checker.example());
    }
    const demo::run_summary summary{plan,      ledger,  *sender,      findings, took,  closed,
                                    caught_up, trouble, in.bad_lines, embedded, inject};
    return demo::print_account(summary) ? all_well : disagreement;
}

int read_and_run(demo::command_line& command) {
    std::optional<stentor::kafka_config> cluster = demo::cluster_of_environment();  // first: a mistake is told before input is read
    demo::choose_input(command);
    demo::input in = demo::read_input(command, stop);
    if (stop) {
        return end_early(demo::grouped(in.tasks.size()) + " tasks had been read from " +
                         (command.file == "-" ? "standard input" : command.file));
    }
    if (in.tasks.empty()) {
        std::fprintf(stderr, "web_crawl_gateway: no task to send\n");
        return nothing_sent;
    }
    return run(command, std::move(in), std::move(cluster));
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
    listen_for_signals();
    try {
        return read_and_run(command);
    } catch (const std::exception& e) {
        std::fflush(stdout);
        std::fprintf(stderr, "web_crawl_gateway: %s\n", e.what());
        return nothing_sent;
    }
}
