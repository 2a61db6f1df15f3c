// What a publisher meets rarely: a transport that does not do its part, messages of no bytes, topics that begin alike.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/testing/scripted_transport.hpp>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::outcome;

namespace {

// Rings no alarm and reports nothing by itself; what it reports has no record with it.
class deaf_transport {
public:
    void attach(stentor::events&) noexcept {}
    [[nodiscard]] stentor::fault submit(const stentor::record&, stentor::completion& c) noexcept {
        world_->inside.push_back(&c);
        return {};
    }
    [[nodiscard]] stentor::moment now() noexcept { return {world_->time, ++world_->drawn, {}}; }
    void wake_at(stentor::instant) noexcept {}
    [[nodiscard]] bool wait(stentor::latch& l, stentor::instant until) noexcept {
        world_->time = std::max(world_->time, until);
        return l.is_set();
    }
    void retire(std::shared_ptr<void>, stentor::instant) noexcept { report_all(outcome::unknown); }

    void report_all(outcome what) noexcept {
        stentor::report r;
        r.outcome = what;
        r.why.code = errc::broker_unavailable;
        r.why.name = "DEAF";
        for (stentor::completion* const c : std::exchange(world_->inside, {})) {
            c->owner->completed(*c, r, now());
        }
    }

private:
    struct world {
        stentor::instant time{1s};
        std::uint64_t drawn = 0;
        std::vector<stentor::completion*> inside{};
    };
    std::shared_ptr<world> world_ = std::make_shared<world>();
};
static_assert(stentor::transport<deaf_transport>);

}  // namespace

TEST_CASE("close comes back also from a transport that rings no alarm, and says how many were in flight", "[flow]") {
    outcomes seen;
    deaf_transport wire;
    stentor::basic_publisher p{wire, text_serializer{}, stentor::no_retry{}, stentor::no_breaker{}, stentor::no_tracer{}};
    REQUIRE(p.async_publish(note{"a", "0"}, seen.into("0")));
    REQUIRE(p.async_publish(note{"b", "1"}, seen.into("1")));
    const auto begun = p.now().now;
    const auto closed = p.close(1s);
    REQUIRE_FALSE(closed);
    CHECK(closed.error() == errc::deadline_exceeded);
    CHECK(closed.error().outcome == outcome::unknown);
    CHECK(closed.error().cause == "2 messages were still in flight");
    CHECK(p.now().now - begun <= 1250ms);
    // No user code runs any more.
    wire.report_all(outcome::not_persisted);
    CHECK(seen.all.empty());
}

TEST_CASE("what the transport does not give back is not tried again, and ends with its own error", "[flow]") {
    outcomes seen;
    deaf_transport wire;
    stentor::basic_publisher p{wire, text_serializer{}, three_tries, stentor::no_breaker{}, stentor::no_tracer{}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    wire.report_all(outcome::not_persisted);
    REQUIRE(seen.all.size() == 1);
    const stentor::error& e = seen.all[0].result.error();
    CHECK(e == errc::broker_unavailable);
    CHECK(e.outcome == outcome::not_persisted);
    CHECK(e.cause == "DEAF");
    CHECK(e.attempts == 1);
    CHECK(p.account().in_flight == 0);
}

TEST_CASE("messages of no bytes take slots: what is full is said in slots", "[flow]") {
    outcomes seen;
    stentor::scripted_transport wire;
    stentor::basic_publisher p{wire, text_serializer{}, stentor::no_breaker{}, stentor::no_tracer{},
                               stentor::publisher_options{.slots = 2, .bytes = 1}};
    REQUIRE(p.try_async_publish(note{"", ""}, seen.into("0")));
    REQUIRE(p.try_async_publish(note{"", ""}, seen.into("1")));
    const auto full = p.try_async_publish(note{"", ""}, seen.into("2"));
    REQUIRE_FALSE(full);
    CHECK(full.error() == errc::queue_full);
    CHECK(full.error().cause == "all 2 slots are in use");
    wire.persist(0);
    CHECK(p.try_async_publish(note{"", ""}, seen.into("2")));
}

TEST_CASE("a topic that is the beginning of the type's own is another topic", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    constexpr std::string_view own = stentor::message_traits<note>::topic;
    REQUIRE(p.publish(note{"k", "first"}));
    const auto r = p.publish(note{"k", "second"}, {.topic = own.substr(0, 4)});
    REQUIRE(r);
    CHECK(r->topic == "note");
    CHECK(log_of(broker, "note") == std::vector<std::string>{"k=second"});
    CHECK(log_of(broker) == std::vector<std::string>{"k=first"});
}

TEST_CASE("news of the client that says no cause does not hide the one that is known", "[flow]") {
    stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    broker.down();
    broker.announce({stentor::client_event::kind::fault, errc::dns, "no such host"});
    broker.announce({stentor::client_event::kind::fault, errc::broker_unavailable, ""});
    const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
    CHECK(r.error().cause == "no such host (waited 1 s)");
    CHECK(r.error().hint == stentor::hint_for(errc::dns));
}

namespace {

/// A range that throws at its first message.
struct broken_range {
    struct iterator {
        using iterator_category = std::input_iterator_tag;
        using value_type = note;
        using difference_type = std::ptrdiff_t;
        using pointer = const note*;
        using reference = note;
        int at = 0;
        note operator*() const { throw std::runtime_error("no messages"); }
        iterator& operator++() {
            ++at;
            return *this;
        }
        bool operator==(const iterator& o) const { return at == o.at; }
    };
    [[nodiscard]] iterator begin() const { return {0}; }
    [[nodiscard]] iterator end() const { return {3}; }
};

}  // namespace

TEST_CASE("a range that throws at its first message ends publish_all at once, and nothing was sent", "[flow]") {
    const stentor::memory_broker broker;
    publisher<> p{stentor::memory_transport{broker}};
    CHECK_THROWS_AS((void)p.publish_all(broken_range{}), std::runtime_error);
    CHECK(broker.elapsed() == 0s);
    CHECK(p.account().accepted == 0);
    CHECK(p.publish(note{"k", "next"}));
}

TEST_CASE("who waits for room in a lane until the deadline is told so, by its name", "[flow]") {
    outcomes seen;
    stentor::scripted_transport wire;
    stentor::basic_publisher p{wire, text_serializer{}, stentor::exponential_backoff{.attempts = 2, .initial = 20s},
                               stentor::no_breaker{}, stentor::publisher_options{.parked_per_lane = 1}};
    REQUIRE(p.async_publish(note{"k", "0"}, seen.into("0")));
    REQUIRE(wire.fail(0, errc::broker_unavailable));  // it waits for its next try, in the one place that there is
    const auto r = p.publish(note{"k", "1"}, {.deadline = 500ms});
    REQUIRE_FALSE(r);
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == outcome::not_persisted);
    CHECK(r.error().attempts == 0);
    CHECK(wire.elapsed() == 500ms);
    CHECK(wire.submits().size() == 1);
}
