// A small service as one would write it: takes tasks over HTTP, publishes them to Kafka, and says how it is.
//   gateway_service [--port N] [--load N]
// Brokers come from the environment (KAFKA_BROKERS and the others of README.md); without any it starts an embedded one.
// --port 0 chooses a free port. --load publishes so many tasks a second of its own, to have something to look at.

#include <atomic>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include <stentor/formats/gateway.hpp>
#include <stentor/http/beast.hpp>
#include <stentor/settings.hpp>
#include <stentor/testing/mock_cluster.hpp>

#include "service.hpp"

namespace {

using namespace std::chrono_literals;

std::atomic<bool> stop{false};
extern "C" void on_signal(int) { stop = true; }

struct command_line {
    std::uint16_t port = 8080;
    unsigned load = 0;
    unsigned away = 5;
};

template <class Number>
[[nodiscard]] bool read_number(const char* text, Number& to) {
    const std::string_view all = text != nullptr ? text : "";
    const auto [end, failed] = std::from_chars(all.data(), all.data() + all.size(), to);
    return failed == std::errc{} && end == all.data() + all.size() && !all.empty();
}

[[nodiscard]] std::optional<command_line> parse(char** words) {
    command_line c;
    for (++words; *words != nullptr; words += 2) {
        const std::string_view word = *words;
        if (!(word == "--port"   ? read_number(words[1], c.port)
              : word == "--load" ? read_number(words[1], c.load)
                                 : word == "--away" && read_number(words[1], c.away))) {
            return std::nullopt;
        }
    }
    return c;
}

/// Brokers of this process, that can be taken away for a while.
class embedded_cluster {
public:
    embedded_cluster() : cluster_(3) { cluster_.create_topic("task-status", 3, 3); }
    ~embedded_cluster() {
        if (away_.joinable()) {
            away_.join();
        }
    }
    embedded_cluster(const embedded_cluster&) = delete;
    embedded_cluster& operator=(const embedded_cluster&) = delete;

    [[nodiscard]] std::string bootstrap() const { return cluster_.bootstrap(); }
    void go_away(std::chrono::seconds time) {
        if (busy_.exchange(true)) {
            return;
        }
        if (away_.joinable()) {
            away_.join();
        }
        away_ = std::thread([this, until = std::chrono::steady_clock::now() + time] {
            cluster_.down();
            while (std::chrono::steady_clock::now() < until && !stop) {
                std::this_thread::sleep_for(50ms);
            }
            cluster_.up();
            busy_ = false;
        });
    }

private:
    stentor::mock_cluster cluster_;
    std::atomic<bool> busy_{false};
    std::thread away_{};
};

/// Publishes so many tasks a second until it is stopped, and waits for none.
void load(gateway::service& to, unsigned a_second) {
    std::uint64_t sent = 0;
    const auto began = std::chrono::steady_clock::now();
    while (!stop) {
        const auto due =
            static_cast<std::uint64_t>(std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count() * a_second);
        for (; sent < due && !stop; ++sent) {
            (void)stentor::formats::gateway::async_publish_new_task(to.tasks(), "load-" + std::to_string(sent), "load@example.com",
                                                                    "find product information", "https://example.com", {},
                                                                    [](const stentor::result<stentor::receipt>&) {});
        }
        std::this_thread::sleep_for(5ms);
    }
}

int run(const command_line& command) {
    auto settings = stentor::settings::from_env();
    if (!settings) {
        std::fprintf(stderr, "gateway_service: %s\n", settings.error().message().c_str());
        return 2;
    }
    std::unique_ptr<embedded_cluster> embedded;
    std::function<void()> trouble;
    if (std::getenv("KAFKA_BROKERS") == nullptr && settings->client.enabled) {
        embedded = std::make_unique<embedded_cluster>();
        settings->client.brokers = embedded->bootstrap();
        trouble = [&] { embedded->go_away(std::chrono::seconds(command.away)); };
    }
    constexpr unsigned threads = 8;
    gateway::service service(settings->client, settings->health, threads - 1, trouble);
    auto server = stentor::http_server::listen({.port = command.port, .threads = threads},
                                               [&](const stentor::http_request& r) { return service.answer(r); });
    if (!server) {
        std::fprintf(stderr, "gateway_service: %s\n", server.error().message().c_str());
        return 2;
    }
    std::printf("publishing to %s\nlistening on %s\n", settings->client.brokers.c_str(), (*server)->url().c_str());
    std::fflush(stdout);
    std::thread busy;
    if (command.load != 0) {
        busy = std::thread([&] { load(service, command.load); });
    }
    while (!stop) {
        std::this_thread::sleep_for(20ms);
    }
    if (busy.joinable()) {
        busy.join();
    }
    (*server)->stop();
    (void)service.tasks().close(3s);
    const stentor::account a = service.tasks().account();
    std::printf("stopped: %llu accepted, %llu persisted, %llu not persisted, %llu unknown\n",
                static_cast<unsigned long long>(a.accepted), static_cast<unsigned long long>(a.persisted),
                static_cast<unsigned long long>(a.not_persisted), static_cast<unsigned long long>(a.unknown));
    return 0;
}

}  // namespace

int main(int, char** words) {
    const auto command = parse(words);
    if (!command) {
        std::fprintf(stderr, "usage: gateway_service [--port N] [--load N] [--away SECONDS]\n");
        return 2;
    }
    std::signal(SIGINT, on_signal);
    std::signal(SIGTERM, on_signal);
    try {
        return run(*command);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "gateway_service: %s\n", e.what());
        return 2;
    }
}
