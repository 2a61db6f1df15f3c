// The code of docs/testing.md and docs/outcomes.md that needs no broker.
#include <catch2/catch_test_macros.hpp>

#include <string>
#include <thread>
#include <vector>

#include <stentor/stentor.hpp>
#include <stentor/testing/recording_port.hpp>
#include <stentor/testing/recording_tracer.hpp>
#include <stentor/testing/scripted_breaker.hpp>

using namespace std::chrono_literals;
using stentor::errc;
using stentor::memory_fault;
using stentor::outcome;

namespace app {

struct greeting {
    std::string to;
};
BOOST_DESCRIBE_STRUCT(greeting, (), (to))

// Domain code: knows its messages, and nothing of Kafka.
class receptionist {
public:
    explicit receptionist(stentor::port<greeting>& out) : out_(&out) {}
    bool welcome(const std::string& name) { return out_->publish(greeting{name}).has_value(); }

private:
    stentor::port<greeting>* out_;
};

}  // namespace app

template <>
struct stentor::message_traits<app::greeting> {
    static constexpr std::string_view topic = "greetings";
    static std::string_view key(const app::greeting& g) { return g.to; }
};

TEST_CASE("docs/testing.md: time moves when something waits") {
    stentor::memory_broker broker{{.latency = 5ms}};
    stentor::basic_publisher p{stentor::memory_transport{broker}};

    CHECK(p.publish(app::greeting{"Ann"}));  // waits, so 5 ms pass
    CHECK(broker.elapsed() == 5ms);

    bool done = false;
    REQUIRE(p.async_publish(app::greeting{"Bob"}, [&](const auto& r) { done = r.has_value(); }));
    CHECK_FALSE(done);
    broker.advance(5ms);  // nobody waits: the test lets time pass
    CHECK(done);
}

TEST_CASE("docs/testing.md: an outage, and an acknowledgement that is lost") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}};

    broker.down(3s);
    CHECK(p.publish(app::greeting{"Ann"}));  // waits out the outage
    CHECK(broker.elapsed() == 3s);

    broker.fail_next(1, memory_fault::lost_acknowledgement());
    const auto r = p.publish(app::greeting{"Bob"}, {.deadline = 2s});
    REQUIRE_FALSE(r);
    CHECK(r.error().outcome == outcome::unknown);
    CHECK(broker.records("greetings").size() == 2);  // it is there, but nobody said so
}

TEST_CASE("docs/testing.md: faults for one topic, key or attempt") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}};

    broker.script({.topic = "greetings", .key = "Ann", .attempt = 2, .fault = memory_fault::answer(19)});
    CHECK(p.publish(app::greeting{"Ann"}));
    CHECK(p.publish(app::greeting{"Ann"}).error().cause == "NOT_ENOUGH_REPLICAS");
    CHECK(p.publish(app::greeting{"Ann"}));
}

TEST_CASE("docs/testing.md: held answers") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}};
    std::vector<std::string> told;
    const auto tell = [&](const auto& r) { told.emplace_back(r ? "ok" : to_string(r.error().condition())); };

    broker.hold();
    REQUIRE(p.async_publish(app::greeting{"Ann"}, tell));
    REQUIRE(p.async_publish(app::greeting{"Bob"}, tell));
    broker.advance(1s);
    CHECK(broker.pending() == 2);

    broker.complete_next();                          // Ann, as planned
    broker.complete_next(memory_fault::answer(10));  // Bob: MSG_SIZE_TOO_LARGE
    CHECK(told == std::vector<std::string>{"ok", "message_too_large"});
    broker.release();
}

TEST_CASE("docs/testing.md: several threads") {
    const stentor::memory_broker broker{{.shared = true}};
    stentor::basic_publisher p{stentor::memory_transport{broker}};
    std::thread other{[&] { CHECK(p.publish(app::greeting{"Ann"})); }};
    CHECK(p.publish(app::greeting{"Bob"}));
    other.join();
    CHECK(broker.records("greetings").size() == 2);
}

TEST_CASE("docs/testing.md: the same seed, the same run") {
    const auto run = [](std::uint64_t seed) {
        stentor::memory_broker broker{{.seed = seed}};
        broker.random_faults({.probability = 0.3});
        {
            stentor::basic_publisher p{stentor::memory_transport{broker}};
            for (int i = 0; i < 20; ++i) {
                (void)p.publish(app::greeting{std::to_string(i)});
            }
        }
        return broker.trace_hash();
    };
    CHECK(run(7) == run(7));
    CHECK(run(7) != run(8));
}

TEST_CASE("docs/testing.md: domain code with a recording port") {
    stentor::recording_port<app::greeting> out;
    app::receptionist r{out};

    CHECK(r.welcome("Ann"));
    out.fail_next(stentor::error{errc::broker_unavailable});
    CHECK_FALSE(r.welcome("Bob"));
    CHECK(out.published<app::greeting>().size() == 2);
}

TEST_CASE("docs/testing.md: doubles of policies") {
    const stentor::memory_broker broker;
    const stentor::recording_tracer seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::scripted_breaker{true, false}, seen};

    CHECK(p.publish(app::greeting{"Ann"}));
    CHECK(p.publish(app::greeting{"Bob"}).error() == errc::circuit_open);
    CHECK(seen.entries(stentor::recording_tracer::entry::kind::finished).size() == 2);
}

TEST_CASE("docs/outcomes.md: telling the three apart") {
    stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, stentor::no_retry{}};
    std::vector<std::string> did;
    const auto store = [&](const app::greeting& g) { did.push_back("stored " + g.to); };
    const auto publish_again_later = [&](const app::greeting& g) { did.push_back("later " + g.to); };
    const auto ask_somebody = [&](const app::greeting& g) { did.push_back("asked about " + g.to); };
    const auto send = [&](const app::greeting& g) {
        const stentor::result<stentor::receipt> r = p.publish(g);
        if (r) {
            store(g);  // it is in the log: r->topic, r->partition, r->offset
        } else if (r.error().outcome == stentor::outcome::not_persisted) {
            publish_again_later(g);  // it is not in the log, and never will be
        } else {
            ask_somebody(g);  // it may be in the log: publishing it again may make two of it
        }
    };

    send({"Ann"});
    broker.fail_next(1, errc::broker_unavailable);
    send({"Bob"});
    broker.fail_next(1, memory_fault::lost_request());
    send({"Cem"});
    CHECK(did == std::vector<std::string>{"stored Ann", "later Bob", "asked about Cem"});
}

TEST_CASE("docs/outcomes.md: the wire's last word on an unknown one") {
    stentor::memory_broker broker;
    std::vector<std::string> late;
    stentor::publisher_options options;
    options.late_outcome = [&](const stentor::late_report& l) { late.emplace_back(to_string(l.outcome)); };
    stentor::basic_publisher p{stentor::memory_transport{broker}, options};

    broker.fail_next(1, memory_fault::late_acknowledgement(3s));
    CHECK(p.publish(app::greeting{"Ann"}, {.deadline = 1s}).error().outcome == outcome::unknown);
    broker.advance(2s);
    CHECK(late == std::vector<std::string>{"persisted"});
}
