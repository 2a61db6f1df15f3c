// Sends numbered messages from several threads to three nodes that are killed, stopped and restarted, reads all back with a plain
// consumer, and compares. Exit status 0: nothing was lost, reordered, duplicated or late, and the account balances.

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <unistd.h>

#include <librdkafka/rdkafka.h>

#include <stentor/publisher.hpp>
#include <stentor/transport/kafka.hpp>

#include "../support/topics.hpp"
#include "faults.hpp"
#include "ledger.hpp"

namespace {

using namespace std::chrono_literals;
using soak::clock_type;
using soak::fate;

constexpr std::size_t keys = 997;
constexpr std::size_t threads = 4;
constexpr auto deadline = 20s;
constexpr auto grace = 250ms;

struct plan {
    std::size_t messages = 1'000'000;
    int faults = 50;
    std::size_t rate = 4000;  // a second, at most
    unsigned seed = std::random_device{}();
};

struct number_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const soak::numbered& m, stentor::buffer& out) const {
        out.append(std::to_string(m.number));
        return {};
    }
};

plan parse(int count, char** words) {
    plan p;
    for (int i = 1; i < count; ++i) {
        const std::string_view word = words[i];
        if (word == "--short") {
            p.messages = 150'000;
            p.faults = 8;
            p.rate = 2500;
        } else if (word == "--seed" && i + 1 < count) {
            p.seed = static_cast<unsigned>(std::strtoul(words[++i], nullptr, 10));
        } else {
            std::fprintf(stderr, "usage: soak [--short] [--seed N]\n");
            std::exit(2);
        }
    }
    return p;
}

template <class Publisher>
void send(Publisher& p, soak::ledger& book, std::size_t thread, const plan& how, const std::string& topic,
          const soak::faults& trouble) {
    const auto began = clock_type::now();
    for (std::size_t number = 0; number < how.messages; ++number) {
        const std::size_t key = number % keys;
        if (key % threads != thread) {
            continue;
        }
        // Paced, and not over before all faults were there.
        while (!trouble.failed() && (clock_type::now() - began < number * 1s / how.rate ||
                                     (number > how.messages / 10 * 9 && trouble.done() < how.faults))) {
            std::this_thread::sleep_for(2ms);
        }
        if (trouble.failed()) {
            return;
        }
        const auto at = clock_type::now();
        const std::string text = soak::key_of(number, keys);
        const auto accepted = p.async_publish(
            soak::numbered{number}, [&book, number, at](const stentor::result<stentor::receipt>& r) { book.settle(number, r, at); },
            {.topic = topic, .key = text});
        if (!accepted) {
            book.refuse(number, at);
        }
    }
}

int run(const plan& how) {
    const broker::cluster kafka("soak-" + std::to_string(::getpid()), 3);
    const std::string topic = broker::make_topic(kafka.brokers(), "soak", 6, {{"min.insync.replicas", "2"}}, 3);
    std::printf("%zu messages, %zu keys, %d faults or more, seed %u, librdkafka %s\n", how.messages, keys, how.faults, how.seed,
                ::rd_kafka_version_str());
    soak::ledger book(how.messages, deadline);
    stentor::publisher_options options;
    options.deadline = deadline;
    stentor::basic_publisher p{stentor::kafka_transport{stentor::kafka_config{.brokers = kafka.brokers()}}, number_serializer{},
                               options};

    soak::faults faults(kafka, how.seed);
    std::jthread trouble([&](const std::stop_token& over) { faults.run(over); });
    const auto began = clock_type::now();
    std::vector<std::jthread> callers;
    for (std::size_t t = 0; t < threads; ++t) {
        callers.emplace_back([&, t] { send(p, book, t, how, topic, faults); });
    }
    callers.clear();
    trouble.request_stop();
    trouble.join();
    if (faults.failed()) {
        std::printf("NOT WELL: %s\n", faults.failure().c_str());
        return 1;
    }
    const bool flushed = p.flush(deadline + 5s).has_value();
    const std::chrono::duration<double> took = clock_type::now() - began;
    const stentor::account a = p.account();
    const auto found = soak::compare(book, keys, kafka.brokers(), topic);

    std::printf("\n%.0f s, %d faults\n", took.count(), faults.done());
    std::printf("account    %llu accepted = %llu persisted + %llu not persisted + %llu unknown; %llu refused\n",
                static_cast<unsigned long long>(a.accepted), static_cast<unsigned long long>(a.persisted),
                static_cast<unsigned long long>(a.not_persisted), static_cast<unsigned long long>(a.unknown),
                static_cast<unsigned long long>(a.refused));
    std::printf("log        %zu read, %zu of the unknown are there\n", found.read, found.unknown_there);
    std::printf("wrong      %zu lost, %zu there against our word, %zu duplicated, %zu reordered, %zu strange\n", found.lost,
                found.not_so, found.duplicated, found.reordered, found.strange);
    std::printf("outcomes   %zu missing, %zu told twice, the latest %+lld ms from its deadline\n", book.count(fate::none),
                book.told_twice(), static_cast<long long>(book.latest().count()));
    const bool balanced = flushed && a.in_flight == 0 && a.accepted == a.persisted + a.not_persisted + a.unknown &&
                          a.persisted == book.count(fate::persisted) && a.not_persisted == book.count(fate::not_persisted) &&
                          a.unknown == book.count(fate::unknown) && a.refused == book.count(fate::refused) &&
                          a.accepted + a.refused == how.messages;
    const bool good = found.good() && balanced && book.count(fate::none) == 0 && book.told_twice() == 0 && book.latest() <= grace &&
                      faults.done() >= how.faults && a.persisted > how.messages / 2;
    std::printf("%s\n", good ? "all is well" : balanced ? "NOT WELL" : "NOT WELL: the account does not balance");
    return good ? 0 : 1;
}

}  // namespace

int main(int count, char** words) {
    const plan how = parse(count, words);
    try {
        return run(how);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "soak: %s\n", e.what());
        return 2;
    }
}
