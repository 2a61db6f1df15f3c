// What takes more than one node, on a cluster of this program's own: replicas that are missing, and a leader that dies.

#include <set>
#include <string>

#include <stentor/testing/recording_tracer.hpp>

#include "support/gateway.hpp"

using namespace broker;
using entry = stentor::recording_tracer::entry;

namespace {

const cluster& three() {
    static const cluster one(std::to_string(::getpid()) + "-three", 3);
    return one;
}

}  // namespace

TEST_CASE("retry attempts: 3 with exponential back-off, while a partition has too few replicas in sync") {
    const std::string topic = make_topic(three().brokers(), "two-of-two", 1, {{"min.insync.replicas", "2"}}, 2);
    stentor::recording_tracer traced;
    auto p = gateway(topic, {}, {.brokers = three().brokers(), .attempt_timeout = 500ms}, stentor::no_breaker{}, traced);
    REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
    const std::string follower = std::to_string(broker::follower(three().brokers(), topic));
    three().run("kill " + follower);
    // Until the leader has missed it, records only wait for it.
    const bool refused = eventually(
        [&] {
            traced.clear();
            const auto began = clock_type::now();
            const auto r = publish_new_task(p, "refused", "user@example.com", "q", "https://shop.example/");
            INFO((r ? "persisted" : r.error().message()));
            const auto took = clock_type::now() - began;
            const bool so = !r && r.error().outcome == stentor::outcome::not_persisted && r.error().attempts == 3;
            CHECK((!so || (took > 300ms && took < 8s)));
            return so;
        },
        30s);
    CHECK(refused);
    const auto tries = traced.entries(entry::kind::retrying);
    three().run("start " + follower);
    REQUIRE(tries.size() >= 2);
    CHECK(tries[0].delay == 100ms);
    CHECK(tries[1].delay == 200ms);
    CHECK(
        eventually([&] { return publish_new_task(p, "back", "user@example.com", "q", "https://shop.example/").has_value(); }, 30s));
    check_balanced(p.account());
}

TEST_CASE("the leader of a partition is killed: another one takes over, and publishing goes on without an error") {
    const std::string topic = make_topic(three().brokers(), "tasks", 1, {{"min.insync.replicas", "2"}}, 3);
    auto p = gateway(topic, {}, {.brokers = three().brokers(), .attempt_timeout = 25s});
    REQUIRE(publish_new_task(p, "warm", "user@example.com", "q", "https://shop.example/"));
    const std::string leader = std::to_string(broker::leader(three().brokers(), topic));
    three().run("kill " + leader);
    const auto began = clock_type::now();
    const auto r = publish_new_task(p, "next", "user@example.com", "q", "https://shop.example/");
    INFO((r ? "persisted" : r.error().message()));
    CHECK(r);
    std::printf("a leader was killed: the next message was persisted after %.1f s\n",
                std::chrono::duration<double>(clock_type::now() - began).count());
    CHECK(clock_type::now() - began < 20s);
    three().run("start " + leader);
    CHECK(stentor::topic_reader(three().brokers(), topic).read(3, 2s).size() == 2);
}
