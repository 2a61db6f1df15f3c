// Measures what only a real broker shows.
//   stentor_live first-publish BROKERS TOPIC OTHER_TOPIC [RUNS]   the first publish of a process: each run is a process of its own
//   stentor_live recovery BROKERS TOPIC SECONDS [PID]             from when the broker is back until the first success

#include <netdb.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <stentor/publisher.hpp>
#include <stentor/transport/kafka.hpp>

namespace live {
struct note {
    std::string text;
};
struct text_serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const note& n, stentor::buffer& out) const {
        out.append(n.text);
        return {};
    }
};
}  // namespace live

template <>
struct stentor::message_traits<live::note> {
    static constexpr std::string_view topic = "live";
    static std::string_view key(const live::note& n) { return n.text; }
};

namespace {

using namespace std::chrono_literals;
using steady = std::chrono::steady_clock;

double ms_since(steady::time_point t) { return std::chrono::duration<double, std::milli>(steady::now() - t).count(); }

auto publisher_on(std::shared_ptr<stentor::kafka_client> client) {
    return stentor::basic_publisher{stentor::kafka_transport{std::move(client)}, live::text_serializer{}, stentor::no_breaker{}};
}

struct first_publish_times {
    double connect = 0;
    double first = 0;
    double second = 0;
    double other_topic = 0;
};

enum class how {
    at_once,
    a_second_later,
    connected,
};

std::optional<first_publish_times> one_run(how when, const std::string& brokers, const std::string& topic,
                                           const std::string& other) {
    const auto began = steady::now();
    const stentor::kafka_config config{.brokers = brokers};
    std::shared_ptr<stentor::kafka_client> client;
    if (when == how::connected) {
        auto got = stentor::kafka_client::connect(config);
        if (!got) {
            std::fprintf(stderr, "%s\n", got.error().message().c_str());
            return std::nullopt;
        }
        client = *got;
    } else {
        client = std::make_shared<stentor::kafka_client>(config);
    }
    first_publish_times t;
    t.connect = ms_since(began);
    if (when == how::a_second_later) {
        std::this_thread::sleep_for(1s);
    }
    auto p = publisher_on(client);
    for (auto [to, into] : {std::pair{&topic, &t.first}, {&topic, &t.second}, {&other, &t.other_topic}}) {
        const auto start = steady::now();
        const auto r = p.publish(live::note{"k"}, {.topic = *to});
        *into = ms_since(start);
        if (!r) {
            std::fprintf(stderr, "%s\n", r.error().message().c_str());
            return std::nullopt;
        }
    }
    return t;
}

void print(const char* what, std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const auto at = [&](double q) { return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))]; };
    std::printf("  %-28s p50 %7.2f ms   p90 %7.2f ms   max %7.2f ms\n", what, at(0.5), at(0.9), values.back());
}

int first_publish(const std::string& brokers, const std::string& topic, const std::string& other, int runs) {
    for (const auto& [when, name] : {std::pair{how::at_once, "at once"},
                                     {how::a_second_later, "a second after construction"},
                                     {how::connected, "after connect()"}}) {
        std::vector<double> connect;
        std::vector<double> first;
        std::vector<double> second;
        std::vector<double> further;
        for (int i = 0; i < runs; ++i) {
            int ends[2];
            if (::pipe(ends) != 0) {
                return 1;
            }
            const pid_t child = ::fork();
            if (child == 0) {
                const auto t = one_run(when, brokers, topic, other);
                const bool told = t && ::write(ends[1], &*t, sizeof *t) == static_cast<ssize_t>(sizeof *t);
                std::_Exit(told ? 0 : 1);
            }
            first_publish_times t;
            ::close(ends[1]);
            const bool heard = ::read(ends[0], &t, sizeof t) == static_cast<ssize_t>(sizeof t);
            ::close(ends[0]);
            ::waitpid(child, nullptr, 0);
            if (!heard) {
                return 1;
            }
            connect.push_back(t.connect);
            first.push_back(t.first);
            second.push_back(t.second);
            further.push_back(t.other_topic);
        }
        std::printf("%s, %d processes\n", name, runs);
        print(when == how::connected ? "connect()" : "construction", connect);
        print("first publish", first);
        print("second publish", second);
        print("first to a further topic", further);
    }
    return 0;
}

bool listens(const std::string& broker) {
    const auto colon = broker.rfind(':');
    addrinfo wish{};
    wish.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    if (::getaddrinfo(broker.substr(0, colon).c_str(), broker.substr(colon + 1).c_str(), &wish, &list) != 0) {
        return false;
    }
    const int s = ::socket(list->ai_family, SOCK_STREAM, 0);
    const bool connected = ::connect(s, list->ai_addr, list->ai_addrlen) == 0;
    ::close(s);
    ::freeaddrinfo(list);
    return connected;
}

bool is_stopped(const std::string& pid) {
    std::ifstream stat("/proc/" + pid + "/stat");
    const std::string text((std::istreambuf_iterator<char>(stat)), {});
    const auto name_end = text.rfind(')');
    return name_end != std::string::npos && text.size() > name_end + 2 && text[name_end + 2] == 'T';
}

// Publishes all the time, with deadlines of 300 ms; the first broker of the list is the one that is watched.
int recovery(const std::string& brokers, const std::string& topic, int seconds, const std::string& pid) {
    auto p = publisher_on(std::make_shared<stentor::kafka_client>(stentor::kafka_config{.brokers = brokers}));
    std::atomic<std::int64_t> back_at{0};  // when it was seen to be back; 0: it is not away
    std::atomic<bool> done{false};
    std::thread watcher([&] {
        bool away = false;
        while (!done) {
            const bool here = pid.empty() ? listens(brokers.substr(0, brokers.find(','))) : !is_stopped(pid);
            if (!here) {
                away = true;
            } else if (away) {
                away = false;
                back_at = steady::now().time_since_epoch().count();
            }
            std::this_thread::sleep_for(2ms);
        }
    });
    const auto until = steady::now() + std::chrono::seconds(seconds);
    std::vector<double> took;
    while (steady::now() < until) {
        const auto r = p.publish(live::note{"k"}, {.topic = topic, .deadline = 300ms});
        const std::int64_t back = back_at.load();
        if (r && back != 0) {
            const auto now = steady::now().time_since_epoch().count();
            took.push_back(static_cast<double>(now - back) / 1e6);
            std::printf("back, and the first success %.0f ms later\n", took.back());
            std::fflush(stdout);
            back_at = 0;
        }
        std::this_thread::sleep_for(5ms);
    }
    done = true;
    watcher.join();
    if (!took.empty()) {
        print("recovery", took);
    }
    return took.empty() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() >= 4 && words[0] == "first-publish") {
        return first_publish(words[1], words[2], words[3], words.size() > 4 ? std::atoi(words[4].c_str()) : 20);
    }
    if (words.size() >= 4 && words[0] == "recovery") {
        return recovery(words[1], words[2], std::atoi(words[3].c_str()), words.size() > 4 ? words[4] : "");
    }
    std::puts("stentor_live first-publish BROKERS TOPIC OTHER_TOPIC [RUNS]\nstentor_live recovery BROKERS TOPIC SECONDS [PID]");
    return 2;
}
