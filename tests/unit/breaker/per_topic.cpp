#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <stentor/breaker/per_topic.hpp>

using namespace std::chrono_literals;
using namespace stentor;

static_assert(breaker<per_topic<>>);

namespace {

moment at(nanoseconds since) {
    moment m;
    m.now = instant(1h + since);
    return m;
}

constexpr call good{signal::success, 1ms, errc::none, {}};
constexpr call bad{signal::failure, 1ms, errc::dns, "_RESOLVE"};

template <class Breaker>
void tell(Breaker& b, std::string_view topic, const call& what, const moment& when) {
    const auto p = b.allow(topic, when);
    REQUIRE(p);
    b.record(*p, what, when);
}

// The least that a breaker can be: no on_client, no probe_at, no why_open, no state_at.
struct plain {
    struct options {};
    explicit plain(const options&) noexcept {}
    std::optional<permit> allow(std::string_view, const moment&) noexcept { return permit{0, 7}; }
    void record(permit p, const call&, const moment&) noexcept { last_slot = p.slot; }
    circuit state() const noexcept { return circuit::closed; }
    static inline std::uint32_t last_slot = 0;
};
static_assert(breaker<per_topic<plain>>);

}  // namespace

TEST_CASE("a sick topic does not stop the others") {
    per_topic<> b{{.failures = 1}};
    tell(b, "sick", bad, at(0s));
    CHECK_FALSE(b.allow("sick", at(1s)));
    CHECK(b.allow("well", at(1s)));
    CHECK(b.state("sick") == circuit::open);
    CHECK(b.state("well") == circuit::closed);
    CHECK(b.state("never seen") == circuit::closed);
}

TEST_CASE("a topic is known by its characters, not by where they lie") {
    per_topic<> b{{.failures = 2}};
    tell(b, std::string("orders"), bad, at(0s));
    tell(b, std::string("orders"), bad, at(0s));
    CHECK_FALSE(b.allow("orders", at(0s)));
    CHECK(b.allow("order", at(0s)));
}

TEST_CASE("the state of all is the worst: open before half open before closed") {
    per_topic<> b{{.failures = 1, .open_for = 10s}};
    CHECK(b.state() == circuit::closed);
    tell(b, "a", bad, at(0s));
    tell(b, "b", bad, at(5s));
    REQUIRE(b.allow("a", at(10s)));
    CHECK(b.state("a") == circuit::half_open);
    CHECK(b.state() == circuit::open);
    b.reset("b");
    CHECK(b.state() == circuit::half_open);
    b.reset();
    CHECK(b.state() == circuit::closed);
}

TEST_CASE("whoever looks on sees the worst of all, each at its own time") {
    per_topic<> b{{.failures = 1, .open_for = 10s}};
    CHECK(b.state_at(at(0s).now) == circuit::closed);
    tell(b, "a", bad, at(0s));
    tell(b, "b", bad, at(5s));
    REQUIRE(b.allow("c", at(5s)));
    CHECK(b.state_at(at(9s).now) == circuit::open);
    CHECK(b.state_at(at(10s).now) == circuit::open);
    CHECK(b.state_at(at(15s).now) == circuit::half_open);
    CHECK(b.state() == circuit::open);
}

TEST_CASE("results go to the breaker that gave the permit, probes included") {
    per_topic<> b{{.failures = 1, .successes = 1, .open_for = 1s}};
    tell(b, "a", bad, at(0s));
    tell(b, "b", bad, at(0s));
    const auto probe_a = b.allow("a", at(1s));
    const auto probe_b = b.allow("b", at(1s));
    REQUIRE(probe_a);
    REQUIRE(probe_b);
    b.record(*probe_b, good, at(1s));
    CHECK(b.state("a") == circuit::half_open);
    CHECK(b.state("b") == circuit::closed);
    b.record(*probe_a, bad, at(1s));
    CHECK(b.state("a") == circuit::open);
}

TEST_CASE("a permit that it never gave is some breaker's, and no fault") {
    per_topic<> b;
    tell(b, "a", good, at(0s));
    b.record(permit{0, 0xfff00000U}, bad, at(0s));
    CHECK(b.state() == circuit::closed);
}

TEST_CASE("one topic can be isolated before it was ever used, and asked why") {
    per_topic<> b;
    b.isolate("a");
    CHECK_FALSE(b.allow("a", at(0s)));
    CHECK(b.probe_at("a") == instant::max());
    CHECK(b.probe_at("b") < at(0s).now);
    std::string why;
    b.why_open("a", why);
    CHECK(why == "isolated by hand");
    b.reset("a");
    CHECK(b.allow("a", at(0s)));
}

TEST_CASE("what the client learns is told to all") {
    per_topic<> b{{.failures = 1}};
    tell(b, "a", bad, at(0s));
    tell(b, "b", bad, at(0s));
    b.on_client({client_event::kind::broker_up, errc::none, {}}, at(1s));
    CHECK(b.state("a") == circuit::half_open);
    CHECK(b.state("b") == circuit::half_open);
}

TEST_CASE("topics over the bound share one breaker") {
    per_topic<> b{{.failures = 1}};
    for (std::size_t i = 0; i < per_topic<>::max_topics; ++i) {
        REQUIRE(b.allow("topic-" + std::to_string(i), at(0s)));
    }
    tell(b, "late-1", bad, at(0s));
    CHECK_FALSE(b.allow("late-2", at(0s)));
    CHECK(b.allow("topic-0", at(0s)));
    CHECK(b.allow("topic-1022", at(0s)));
}

TEST_CASE("a breaker with none of the optional members will do, and gets its own slot numbers back") {
    per_topic<plain> b;
    b.record(*b.allow("a", at(0s)), good, at(0s));
    CHECK(plain::last_slot == 7);
    b.on_client({}, at(0s));
    CHECK(b.state() == circuit::closed);
    CHECK(b.state_at(at(0s).now) == circuit::closed);
}

TEST_CASE("per_topic: moving one that was not used yet keeps its options") {
    per_topic<> first{{.failures = 1}};
    per_topic<> second(std::move(first));
    tell(second, "a", bad, at(0s));
    CHECK(second.state("a") == circuit::open);
}

TEST_CASE("several threads that meet a topic first get the same breaker") {
    constexpr int topics = 1000;
    constexpr int threads = 3;
    per_topic<> b{{.failures = threads}};
    // All ask for each new topic at the same moment, as far as the machine lets them.
    std::vector<std::atomic<int>> here(topics);
    std::vector<std::thread> all;
    for (int t = 0; t < threads; ++t) {
        all.emplace_back([&] {
            for (int i = 0; i < topics; ++i) {
                const std::string topic = std::to_string(i);
                for (++here[static_cast<std::size_t>(i)]; here[static_cast<std::size_t>(i)] < threads;) {
                    std::this_thread::yield();
                }
                b.record(*b.allow(topic, at(0s)), bad, at(0s));
            }
        });
    }
    for (std::thread& t : all) {
        t.join();
    }
    int open = 0;
    for (int i = 0; i < topics; ++i) {
        open += b.state(std::to_string(i)) == circuit::open ? 1 : 0;
    }
    CHECK(open == topics);
    int circuits = 0;
    b.each_circuit([&](std::string_view, const auto&, const auto&) { ++circuits; });
    CHECK(circuits == topics + 1);
}
