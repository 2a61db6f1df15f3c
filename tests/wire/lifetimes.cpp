#include <atomic>
#include <cstdlib>
#include <string>
#include <thread>

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch_test_macros.hpp>

#include <stentor/testing/mock_cluster.hpp>

#include "collector.hpp"
#include "notes.hpp"

using namespace std::chrono_literals;
using stentor::errc;
using stentor::outcome;
using kind = stentor::client_event::kind;
using clock_type = std::chrono::steady_clock;

namespace {
constexpr std::string_view topic = "lifetimes";
constexpr int in_flight = 200;
}  // namespace

TEST_CASE("an alarm comes at its instant, to about a millisecond") {
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = "127.0.0.1:9"}}};
    // The machine may be busy: it is compared with a plain sleep until then, and one good round of five is enough. What sleeps in
    // slices has none.
    std::size_t n = 0;
    int late = 20;
    for (int round = 0; round < 5 && late > 3; ++round) {
        late = 0;
        for (int i = 0; i < 20; ++i) {
            const auto asked = c.transport.now().now + std::chrono::microseconds(1500 + 730 * i);
            c.transport.wake_at(asked + 5s);  // later ones do not hide it
            c.transport.wake_at(asked);
            c.transport.wake_at(asked + 1s);
            ++n;
            std::this_thread::sleep_for(asked - c.transport.now().now);
            const auto slept = c.transport.now().now;
            REQUIRE(c.wait_for([&] { return c.woken_at.size() == n; }));
            CHECK(c.woken_at.back() >= asked);
            late += c.woken_at.back() - slept > 2ms ? 1 : 0;
        }
    }
    CHECK(late <= 3);
    c.transport.wake_at(c.transport.now().now - 1s);
    CHECK(c.wait_for([&] { return c.woken_at.size() == n + 1; }, 100ms));
    for (n += 2; n < 1000; ++n) {  // the earliest that can be said, at every moment of the event thread's loop
        c.transport.wake_at(stentor::instant::min());
        REQUIRE(c.wait_for([&] { return c.woken_at.size() >= n; }, 1s));
    }
}

TEST_CASE("two publishers on one client get their own reports and alarms") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    const stentor::kafka_config config{.brokers = cluster.bootstrap()};
    auto client = stentor::kafka_client::shared(config);
    REQUIRE(stentor::kafka_client::shared(config) == client);
    CHECK(stentor::kafka_client::shared(stentor::kafka_config{.brokers = cluster.bootstrap(), .client_id = "x"}) != client);
    wire::collector one{stentor::kafka_transport{client}};
    REQUIRE(one.send_and_wait({topic, "k", "one"}).outcome == outcome::persisted);
    {
        wire::collector two{stentor::kafka_transport{client}};
        client.reset();
        REQUIRE(two.wait_for([&] { return two.count_heard(kind::broker_up) == 1; }));
        for (int i = 0; i < 100; ++i) {
            one.send({topic, "k", "one"});
            two.send({topic, "k", "two"});
        }
        CHECK(one.wait_results(101));
        CHECK(two.wait_results(100));
        two.transport.wake_at(two.transport.now().now);
        CHECK(two.wait_for([&] { return two.woken_at.size() == 1; }));
        CHECK(one.woken_at.empty());
        CHECK(two.finish(1s));
        CHECK(two.try_submit(0));  // refused, not parked
        CHECK(two.result(0).code == errc::closed);
    }
    CHECK(one.send_and_wait({topic, "k", "one"}).outcome == outcome::persisted);
}

TEST_CASE("retiring waits for the reports, and purges at its instant") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    SECTION("what is answered in time is persisted") {
        cluster.round_trip_time(200ms);
        const std::size_t n = c.send({topic, "k", "1"});
        CHECK(c.finish(2s));
        REQUIRE(c.has_result(n));
        CHECK(c.result(n).outcome == outcome::persisted);
    }
    SECTION("what is not, is unknown") {
        cluster.round_trip_time(4s);
        const std::size_t n = c.send({topic, "k", "1"});
        std::this_thread::sleep_for(50ms);
        const auto began = clock_type::now();
        CHECK(c.finish(300ms));
        CHECK(clock_type::now() - began < 600ms);
        REQUIRE(c.has_result(n));
        CHECK(c.result(n).outcome == outcome::unknown);
        CHECK(c.result(n).code == errc::closed);
    }
}

TEST_CASE("one publisher's end does not throw away what another has on its way") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    auto client = std::make_shared<stentor::kafka_client>(stentor::kafka_config{.brokers = cluster.bootstrap()});
    wire::collector stays{stentor::kafka_transport{client}};
    wire::collector goes{stentor::kafka_transport{client}};
    REQUIRE(stays.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    cluster.round_trip_time(500ms);
    const std::size_t n = stays.send({topic, "k", "1"});
    goes.send({topic, "k", "2"});
    std::this_thread::sleep_for(50ms);
    CHECK(goes.finish(50ms));
    CHECK(stays.wait_results(2));
    CHECK(stays.result(n).outcome == outcome::persisted);
}

TEST_CASE("the last user of a client may let it go on the event thread itself") {
    static std::atomic<bool> let_go_there{false};
    struct owner {
        explicit owner(const stentor::kafka_config& c) : transport(c) {}
        ~owner() { let_go_there = stentor::detail::on_event_thread(); }
        stentor::kafka_transport transport;
    };
    struct silent final : stentor::events {
        void completed(stentor::completion&, const stentor::report&, const stentor::moment&) noexcept override {}
        void woken(const stentor::moment&) noexcept override {}
        void resumed(const stentor::moment&) noexcept override {}
        void client(const stentor::client_event&, const stentor::moment&) noexcept override {}
    };
    silent core;
    auto kept = std::make_shared<owner>(stentor::kafka_config{.brokers = "127.0.0.1:9"});
    stentor::kafka_transport& t = kept->transport;
    t.attach(core);
    std::weak_ptr<owner> gone = kept;
    t.retire(std::move(kept), t.now().now + 1s);
    const auto until = clock_type::now() + 2s;
    while (!gone.expired() && clock_type::now() < until) {
        std::this_thread::sleep_for(1ms);
    }
    REQUIRE(gone.expired());
    CHECK(let_go_there);
}

TEST_CASE("a forked child is told closed, and ends at once") {
    stentor::mock_cluster cluster;
    cluster.create_topic(std::string(topic), 1);
    wire::collector c{stentor::kafka_transport{stentor::kafka_config{.brokers = cluster.bootstrap()}}};
    REQUIRE(c.send_and_wait({topic, "k", "0"}).outcome == outcome::persisted);
    const std::uint64_t before = c.transport.now().random;
    const pid_t child = ::fork();
    if (child == 0) {
        // Only what a child of a threaded process may do; no assertions here.
        stentor::completion token;
        stentor::record r;
        r.topic = topic;
        r.value = "x";
        const bool closed = c.transport.submit(r, token).code == errc::closed;
        const bool other_numbers = c.transport.now().random != before;
        c.transport.wake_at(c.transport.now().now);
        c.transport.retire(nullptr, c.transport.now().now);
        ::_exit(closed && other_numbers ? 42 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 42);
    CHECK(c.send_and_wait({topic, "k", "1"}).outcome == outcome::persisted);
}

TEST_CASE("(child of the next test) makes a publisher's client and ends") {
    if (std::getenv("STENTOR_TEST_CHILD") == nullptr) {
        SUCCEED("only the next test runs it");
        return;
    }
    {
        const stentor::kafka_transport t{stentor::kafka_config{.brokers = "127.0.0.1:9"}};
    }
    std::exit(7);
}

TEST_CASE("a process that ends right after its publisher does not wait longer than it must") {
    const auto began = clock_type::now();
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("STENTOR_TEST_CHILD", "1", 1);
        ::execl("/proc/self/exe", "child", "(child of the next test) makes*", static_cast<char*>(nullptr));
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WEXITSTATUS(status) == 7);
    CHECK(clock_type::now() - began < 3s);
}

TEST_CASE("(child of the next test) ends with a publisher that is a static object, and has much in flight") {
    const char* const brokers = std::getenv("STENTOR_TEST_BROKERS");
    if (brokers == nullptr) {
        SUCCEED("only the next test runs it");
        return;
    }
    struct counter {
        std::atomic<int> persisted{0};
        ~counter() { ::_exit(persisted == in_flight ? 42 : 1); }  // after the publisher, which was made later
    };
    static counter heard;
    static auto p = wire::publisher({.brokers = brokers});
    for (int i = 0; i < in_flight; ++i) {
        REQUIRE(p.async_publish(wire::note{"k", "v"}, [](const auto& r) { heard.persisted += r ? 1 : 0; }));
    }
    std::exit(7);
}

TEST_CASE("a publisher that is a static object ends what is in flight before its process ends") {
    stentor::mock_cluster cluster;
    cluster.create_topic("notes", 1);
    cluster.round_trip_time(20ms);
    const pid_t child = ::fork();
    if (child == 0) {
        ::setenv("STENTOR_TEST_BROKERS", cluster.bootstrap().c_str(), 1);
        ::execl("/proc/self/exe", "child", "(child of the next test) ends with*", static_cast<char*>(nullptr));
        ::_exit(1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 42);
}

TEST_CASE("moments tell monotonic and wall time, and numbers that differ") {
    stentor::kafka_transport t{stentor::kafka_config{.brokers = "127.0.0.1:9"}};
    const stentor::moment a = t.now();
    const stentor::moment b = t.now();
    CHECK(b.now >= a.now);
    CHECK(a.random != b.random);
    const auto wall = std::chrono::time_point_cast<stentor::milliseconds>(std::chrono::system_clock::now());
    CHECK(wall - a.wall < 200ms);
    CHECK(a.wall - wall < 200ms);
}
