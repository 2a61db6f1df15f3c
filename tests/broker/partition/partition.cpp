// The network to a real broker goes and comes back. tests/broker/partition/run starts this, with a broker in another network
// namespace.

#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/listeners.hpp"

using namespace broker;
using stentor::errc;
using stentor::outcome;

namespace {

// Unplugged as long as this lives.
class cut {
public:
    cut() { set("down"); }
    ~cut() { mend(); }
    cut(const cut&) = delete;
    cut& operator=(const cut&) = delete;
    void mend() { set("up"); }

private:
    static void set(const std::string& how) {
        if (std::system((std::getenv("STENTOR_PARTITION") + (" " + how)).c_str()) != 0) {
            std::abort();
        }
    }
};

double ms(clock_type::duration d) { return std::chrono::duration<double, std::milli>(d).count(); }

struct outcomes {
    struct one {
        stentor::result<stentor::receipt> result;
        clock_type::duration took;
    };
    std::mutex lock;
    std::map<int, one> all;

    auto of(int number) {
        return [this, number, began = clock_type::now()](stentor::result<stentor::receipt> r) {
            const std::lock_guard guard(lock);
            all.emplace(number, one{std::move(r), clock_type::now() - began});
        };
    }
    std::size_t count() {
        const std::lock_guard guard(lock);
        return all.size();
    }
};

// What a plain consumer finds under each number: how often.
std::map<int, int> read_back(const std::string& topic, std::size_t at_most) {
    stentor::topic_reader reader(kafka().brokers(), topic);
    std::map<int, int> found;
    for (const auto& r : reader.read(at_most, 3s)) {
        ++found[std::stoi(r.value.value())];
    }
    return found;
}

// A steady flow while the network is away for so long.
void flow_through(std::chrono::milliseconds away, std::chrono::milliseconds deadline) {
    const std::string topic = make_topic(kafka().brokers(), "partition", 1);
    outcomes seen;
    int number = 0;
    {
        stentor::basic_publisher p{stentor::kafka_transport{kafka_config{.brokers = kafka().brokers(), .attempt_timeout = 2s}},
                                   text_serializer{}, stentor::exponential_backoff{.attempts = 100, .initial = 20ms, .max = 200ms},
                                   stentor::no_breaker{},
                                   stentor::publisher_options{.deadline = deadline, .topics = {{"task-status", topic}}}};
        const auto send_until = [&](clock_type::time_point until) {
            for (; clock_type::now() < until; ++number) {
                CHECK(p.async_publish(note{std::to_string(number)}, seen.of(number)));
                std::this_thread::sleep_for(2ms);
            }
        };
        REQUIRE(p.publish(note{"-1"}));
        send_until(clock_type::now() + 300ms);
        cut network;
        send_until(clock_type::now() + away);
        network.mend();
        const auto mended = clock_type::now();
        REQUIRE(p.publish(note{"-2"}, {.deadline = 30s}));
        const auto back = clock_type::now() - mended;
        std::printf("away for %.0f ms: the first publish that begins afterwards succeeds after %.0f ms\n", ms(away), ms(back));
        CHECK(back < 1500ms);
        send_until(clock_type::now() + 300ms);
        REQUIRE(p.flush(deadline + 1s));
        check_balanced(p.account());
    }
    REQUIRE(seen.count() == static_cast<std::size_t>(number));
    std::size_t persisted = 0;
    for (const auto& [n, o] : seen.all) {
        persisted += o.result ? 1U : 0U;
        CHECK(o.took < deadline + 250ms);
    }
    const auto found = read_back(topic, seen.all.size() + 10);
    std::size_t unknown = 0;
    for (const auto& [n, o] : seen.all) {
        const auto there = found.find(n);
        const int times = there != found.end() ? there->second : 0;
        CAPTURE(n, times);
        if (o.result) {
            CHECK(times == 1);
        } else if (o.result.error().outcome == outcome::not_persisted) {
            CHECK(times == 0);
        } else {
            ++unknown;
            CHECK(times <= 1);
        }
    }
    std::printf("of %d messages %zu persisted, %zu unknown\n", number, persisted, unknown);
}

}  // namespace

TEST_CASE("connecting where nothing answers and nobody refuses: told at the time-out, and that it is a black hole") {
    cut network;
    const auto began = clock_type::now();
    const auto client = kafka_client::connect({.brokers = kafka().brokers()}, 2s);
    REQUIRE_FALSE(client);
    INFO(client.error().message());
    CHECK(client.error() == errc::deadline_exceeded);
    CHECK(clock_type::now() - began < 2250ms);
}

TEST_CASE("the network goes for a second: nothing is lost or doubled, and it goes on at once") { flow_through(1s, 10s); }

TEST_CASE("the network goes for six seconds: nothing is lost or doubled, and it goes on at once") { flow_through(6s, 20s); }

TEST_CASE("the network goes for longer than deadlines: each message ends in time, and truly") { flow_through(6s, 3s); }
