// Outages of a real broker: how soon it goes on, and that every outcome is true.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/gateway.hpp"

using namespace broker;
using stentor::outcome;

namespace {

bool accepts(int port) {
    const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool good = ::connect(s, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
    ::close(s);
    return good;
}

/// What became of each numbered message.
struct outcomes {
    std::mutex lock;
    std::map<int, stentor::result<stentor::receipt>> all;

    auto of(int number) {
        return [this, number](stentor::result<stentor::receipt> r) {
            const std::lock_guard guard(lock);
            all.emplace(number, std::move(r));
        };
    }
};

/// How long after `since` a publish that begins now succeeds.
template <class Publisher>
clock_type::duration success_after(Publisher& p, clock_type::time_point since) {
    const auto r = publish_new_task(p, "first", "user@example.com", "q", "https://shop.example/");
    INFO((r ? "persisted" : r.error().message()));
    REQUIRE(r);
    return clock_type::now() - since;
}

/// When a plain client first has an answer of the topic's leader: before that nobody can publish.
clock_type::time_point answered(const std::string& brokers, const std::string& topic) {
    rd_kafka_conf_t* const conf = ::rd_kafka_conf_new();
    ::rd_kafka_conf_set(conf, "bootstrap.servers", brokers.c_str(), nullptr, 0);
    ::rd_kafka_conf_set(conf, "log_level", "2", nullptr, 0);
    rd_kafka_t* const client = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    std::int64_t low = 0;
    std::int64_t high = 0;
    const auto until = clock_type::now() + 60s;
    while (::rd_kafka_query_watermark_offsets(client, topic.c_str(), 0, &low, &high, 1000) != RD_KAFKA_RESP_ERR_NO_ERROR &&
           clock_type::now() < until) {
        std::this_thread::sleep_for(5ms);
    }
    const auto when = clock_type::now();
    ::rd_kafka_destroy(client);
    return when;
}

/// How long an action that begins when the broker listens again takes beyond what the broker needs until it answers anybody.
template <class Action>
clock_type::duration beyond_the_broker(const cluster& kafka, const std::string& topic, Action&& action) {
    REQUIRE(eventually([&] { return accepts(kafka.port()); }, 120s));
    const auto listens = clock_type::now();
    clock_type::time_point answers;
    std::thread other([&] { answers = answered(kafka.brokers(), topic); });
    action();
    const auto done = clock_type::now();
    other.join();
    const auto ms = [&](clock_type::time_point t) { return std::chrono::duration<double, std::milli>(t - listens).count(); };
    std::printf("since the broker listens: a plain client has an answer after %.0f ms, this is done after %.0f ms\n", ms(answers),
                ms(done));
    return done - std::min(done, answers);
}

/// The outage gives the time that recovery took. A machine that is busy otherwise may need a second or third one: the best counts.
template <class Outage>
void check_soon(const char* what, Outage&& outage) {
    clock_type::duration best = 1h;
    for (int tries = 0; tries < 3 && best >= 1500ms; ++tries) {
        best = std::min<clock_type::duration>(best, outage());
    }
    std::printf("%s: %.0f ms\n", what, std::chrono::duration<double, std::milli>(best).count());
    CHECK(best < 1500ms);
}

/// A broker dies under load and comes back. Checks that what was told is true; how many were told to be unknown.
int unknown_of_an_outage_under_load(const cluster& kafka) {
    const std::string topic = make_topic(kafka.brokers(), "tasks", 3);
    outcomes seen;
    auto p = gateway(topic, {.deadline = 60s}, {.attempt_timeout = 3s}, stentor::no_breaker{});
    std::atomic<int> sent{0};
    std::jthread caller([&](const std::stop_token& enough) {
        for (; !enough.stop_requested(); ++sent) {
            if (!async_publish_new_task(p, "task-" + std::to_string(sent % 10), "user@example.com", std::to_string(sent),
                                        "https://shop.example/", {}, seen.of(sent))) {
                break;
            }
            std::this_thread::sleep_for(1ms);
        }
    });
    const bool began = eventually([&] { return p.account().persisted > 100; });
    kafka.run("kill 1");
    kafka.run("start 1");
    const auto before = p.account().persisted;
    const bool went_on = eventually([&] { return p.account().persisted > before + 200; }, 20s);
    caller.request_stop();
    caller.join();
    CHECK(began);
    CHECK(went_on);
    REQUIRE(p.flush(70s));
    check_balanced(p.account());
    REQUIRE(seen.all.size() == static_cast<std::size_t>(sent));

    std::map<outcome, int> counts;
    for (const auto& [number, r] : seen.all) {
        ++counts[r ? outcome::persisted : r.error().outcome];
    }
    std::printf("an outage under load: %d persisted, %d not, %d unknown\n", counts[outcome::persisted],
                counts[outcome::not_persisted], counts[outcome::unknown]);

    stentor::topic_reader reader(kafka.brokers(), topic);
    auto records = reader.read(static_cast<std::size_t>(counts[outcome::persisted]), 60s);
    for (auto& record : reader.read(static_cast<std::size_t>(sent), 2s)) {  // of the others, if any
        records.push_back(std::move(record));
    }
    std::set<int> log;
    std::map<std::string, int> last;
    for (const auto& record : records) {
        const int number = std::stoi(field(record, "query"));
        INFO("number " << number);
        CHECK(log.insert(number).second);
        CHECK(number >= last[*record.key]);
        last[*record.key] = number;
    }
    for (const auto& [number, r] : seen.all) {
        const outcome what = r ? outcome::persisted : r.error().outcome;
        if (what != outcome::unknown) {
            INFO("number " << number << (r ? "" : ": " + r.error().message()));
            CHECK(log.contains(number) == (what == outcome::persisted));
        }
    }
    return counts[outcome::unknown];
}

}  // namespace

TEST_CASE("kill -9 and a restart: the first publish succeeds within 1.5 s of when the broker answers again") {
    const cluster& kafka = cluster::shared();
    const std::string topic = make_topic(kafka.brokers(), "tasks");
    auto p = gateway(topic, {.deadline = 60s}, {}, stentor::no_breaker{});
    check_soon("kill -9, the first publish after the broker answers again", [&] {
        REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
        kafka.run("kill 1");
        REQUIRE(eventually([&] { return !p.transport().up(); }));
        std::this_thread::sleep_for(3s);  // long enough for a client to lose its patience and come more seldom
        kafka.run("start --no-wait 1");
        return beyond_the_broker(kafka, topic, [&] { (void)success_after(p, clock_type::now()); });
    });
}

TEST_CASE("kill -9 and a restart: what waits already goes out within 1.5 s of when the broker answers again") {
    const cluster& kafka = cluster::shared();
    std::atomic<bool> persisted{false};
    const std::string topic = make_topic(kafka.brokers(), "tasks");
    auto p = gateway(topic, {.deadline = 180s}, {}, stentor::no_breaker{});
    check_soon("kill -9, what waited after the broker answers again", [&] {
        REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
        kafka.run("kill 1");
        REQUIRE(eventually([&] { return !p.transport().up(); }));
        persisted = false;
        REQUIRE(async_publish_new_task(p, "waits", "user@example.com", "q", "https://shop.example/", {},
                                       [&](const stentor::result<stentor::receipt>& r) { persisted = r.has_value(); }));
        kafka.run("start --no-wait 1");
        const auto took = beyond_the_broker(kafka, topic, [&] { (void)p.flush(60s); });
        CHECK(persisted);
        return took;
    });
}

TEST_CASE(
    "SIGSTOP and SIGCONT: the first publish succeeds within 1.5 s, after a short stop and after one longer than any time-out") {
    const cluster& kafka = cluster::shared();
    auto p = gateway(make_topic(kafka.brokers(), "tasks"), {.deadline = 60s}, {.attempt_timeout = 4s}, stentor::no_breaker{});
    for (const auto stopped : {2s, 10s}) {
        check_soon("SIGSTOP, the first publish after SIGCONT", [&] {
            REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
            kafka.run("stop 1");
            for (int i = 0; i < 10; ++i) {  // or nobody would notice
                REQUIRE(async_publish_new_task(p, std::to_string(i), "user@example.com", "q", "https://shop.example/", {},
                                               [](const stentor::result<stentor::receipt>&) {}));
            }
            std::this_thread::sleep_for(stopped);
            kafka.run("cont 1");
            return success_after(p, clock_type::now());
        });
    }
    REQUIRE(p.flush(60s));
    check_balanced(p.account());
}

TEST_CASE("an outage longer than one try: each outcome is true, few are unknown, and keys keep their order") {
    // Unknown is what was on the wire. Where the machine held the broker up just before, that is more: the best of three counts.
    int unknown = 100;
    for (int tries = 0; tries < 3 && unknown >= 100; ++tries) {
        unknown = unknown_of_an_outage_under_load(cluster::shared());
    }
    CHECK(unknown < 100);
}
