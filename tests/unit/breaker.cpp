#include <catch2/catch_test_macros.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stentor/breaker.hpp>

using namespace std::chrono_literals;
using namespace stentor;

static_assert(breaker<no_breaker>);
static_assert(breaker<failure_breaker>);

namespace {

moment at(nanoseconds since, std::uint64_t random = 0) {
    moment m;
    m.now = instant(1h + since);
    m.random = random;
    return m;
}

constexpr call good{signal::success, 1ms, errc::none, {}};
constexpr call bad{signal::failure, 1ms, errc::broker_unavailable, "_TRANSPORT"};

void fail_times(failure_breaker& b, int n, const moment& m) {
    for (int i = 0; i < n; ++i) {
        const auto p = b.allow("t", m);
        REQUIRE(p);
        b.record(*p, bad, m);
    }
}

}  // namespace

TEST_CASE("how often it has opened is counted, a failed probe among them") {
    failure_breaker b{{.failures = 2, .open_for = 1s}};
    CHECK(b.openings() == 0);
    fail_times(b, 2, at(0s));
    CHECK(b.openings() == 1);
    fail_times(b, 1, at(1s));  // the probe
    CHECK(b.openings() == 2);
}

TEST_CASE("a breaker that does not know its state at a time is seen as it is") {
    struct always_open {
        static circuit state() noexcept { return circuit::open; }
    };
    CHECK(detail::circuit_at(always_open{}, instant{}) == circuit::open);
}

TEST_CASE("no_breaker always allows") {
    no_breaker b;
    CHECK(b.allow("t", at(0s)));
    CHECK(b.state() == circuit::closed);
}

TEST_CASE("a failure_breaker opens at the fifth failure in a row, and says no from then on") {
    failure_breaker b;
    fail_times(b, 4, at(0s));
    CHECK(b.state() == circuit::closed);
    fail_times(b, 1, at(0s));
    CHECK(b.state() == circuit::open);
    CHECK_FALSE(b.allow("t", at(1s)));
}

TEST_CASE("a success in between starts the count again, a neutral result does not") {
    failure_breaker b{{.failures = 2}};
    fail_times(b, 1, at(0s));
    b.record(*b.allow("t", at(0s)), good, at(0s));
    fail_times(b, 1, at(0s));
    CHECK(b.state() == circuit::closed);
    b.record(*b.allow("t", at(0s)), call{signal::neutral, {}, errc::rejected, {}}, at(0s));
    fail_times(b, 1, at(0s));
    CHECK(b.state() == circuit::open);
}

TEST_CASE("a trip opens at once, and the cause is remembered without its end when it is long") {
    failure_breaker b;
    const std::string cause(500, 'x');
    b.record(*b.allow("t", at(0s)), call{signal::trip, {}, errc::authentication, cause}, at(0s));
    CHECK(b.state() == circuit::open);
    std::string why = "old";
    b.why_open("t", why);
    CHECK(why.starts_with("authentication: xxx"));
    CHECK(why.size() == 160);
}

TEST_CASE("why_open names the rule and the last cause, and is empty when closed") {
    failure_breaker b{{.failures = 3}};
    std::string why = "old";
    b.why_open("t", why);
    CHECK(why.empty());
    fail_times(b, 3, at(0s));
    b.why_open("t", why);
    CHECK(why == "3 failures in a row, the last one broker_unavailable: _TRANSPORT");
}

TEST_CASE("the first wait is exact: no probe a nanosecond before, one at the instant") {
    failure_breaker b{{.failures = 1, .open_for = 30s}};
    fail_times(b, 1, at(0s, ~std::uint64_t{0}));
    CHECK(b.probe_at("t") == at(30s).now);
    CHECK_FALSE(b.allow("t", at(30s - 1ns)));
    CHECK(b.allow("t", at(30s)));
    CHECK(b.state() == circuit::half_open);
}

TEST_CASE("whoever looks on sees it half open as soon as a probe may go, though only a question moves it") {
    failure_breaker b{{.failures = 1, .open_for = 30s}};
    CHECK(b.state_at(at(1000h).now) == circuit::closed);
    fail_times(b, 1, at(0s));
    CHECK(b.state_at(at(30s - 1ns).now) == circuit::open);
    CHECK(b.state_at(at(30s).now) == circuit::half_open);
    CHECK(b.state() == circuit::open);
    const auto probe = b.allow("t", at(30s));
    REQUIRE(probe);
    CHECK(b.state_at(at(30s).now) == circuit::half_open);
    b.record(*probe, bad, at(31s));
    CHECK(b.state_at(at(32s).now) == circuit::open);
    b.isolate();
    CHECK(b.state_at(at(10'000h).now) == circuit::open);
}

TEST_CASE("a broker that is up again opens the way for probes at once, but not past isolate") {
    failure_breaker b{{.failures = 1}};
    fail_times(b, 1, at(0s));
    b.on_client({client_event::kind::broker_up, errc::none, {}}, at(1s));
    CHECK(b.state() == circuit::half_open);
    CHECK(b.allow("t", at(1s)));
    b.isolate();
    b.on_client({client_event::kind::broker_up, errc::none, {}}, at(2s));
    CHECK(b.state() == circuit::open);
}

TEST_CASE("refused credentials open it, and the loss of all brokers alone does not") {
    failure_breaker b;
    b.on_client({client_event::kind::all_brokers_down, errc::broker_unavailable, "gone"}, at(0s));
    b.on_client({client_event::kind::fatal, errc::fatal, "fenced"}, at(0s));
    CHECK(b.state() == circuit::closed);
    b.on_client({client_event::kind::authentication_failed, errc::none, "wrong password"}, at(0s));
    CHECK(b.state() == circuit::open);
    std::string why;
    b.why_open("t", why);
    CHECK(why == "authentication: wrong password");
    failure_breaker c;
    c.on_client({client_event::kind::tls_failed, errc::none, {}}, at(0s));
    CHECK(c.state() == circuit::open);
}

TEST_CASE("isolate keeps it open for ever, reset closes it") {
    failure_breaker b;
    b.isolate();
    CHECK_FALSE(b.allow("t", at(10'000h)));
    CHECK(b.probe_at("t") == instant::max());
    std::string why;
    b.why_open("t", why);
    CHECK(why == "isolated by hand");
    b.reset();
    CHECK(b.state() == circuit::closed);
    CHECK(b.allow("t", at(0s)));
}

TEST_CASE("a refusal while open costs no transition, and results of older permits count for nothing") {
    failure_breaker b{{.failures = 1, .open_for = 1s}};
    const auto early = b.allow("t", at(0s));
    const auto late = b.allow("t", at(0s));
    fail_times(b, 1, at(0s));
    b.record(*early, good, at(0s));
    CHECK(b.state() == circuit::open);
    const auto probe = b.allow("t", at(1s));
    REQUIRE(probe);
    b.record(*late, bad, at(1s));
    CHECK(b.state() == circuit::half_open);
    b.record(*late, good, at(1s));
    b.record(*probe, good, at(1s));
    CHECK(b.state() == circuit::half_open);
}

TEST_CASE("moving one that was not used yet keeps its options") {
    failure_breaker b{{.failures = 1}};
    failure_breaker c(std::move(b));
    fail_times(c, 1, at(0s));
    CHECK(c.state() == circuit::open);
}

TEST_CASE("from several threads at once, half open never has more probes out than it may") {
    failure_breaker b{{.failures = 1, .successes = 1000000, .open_for = 0ns, .probes = 3}};
    fail_times(b, 1, at(0s));
    std::atomic<int> out{0};
    std::atomic<bool> too_many{false};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 5000; ++i) {
                if (const auto p = b.allow("t", at(0s))) {
                    if (++out > 3) {
                        too_many = true;
                    }
                    --out;
                    b.record(*p, good, at(0s));
                }
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    CHECK_FALSE(too_many);
    CHECK(b.state() == circuit::half_open);
}
