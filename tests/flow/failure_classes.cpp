// Every failure class, as a test named for it: the condition, the outcome, whether it is tried again, what the breaker hears.

#include <cstdint>
#include <new>
#include <optional>
#include <stdexcept>

#include "support.hpp"

using namespace flow;
using stentor::errc;
using stentor::memory_fault;
using stentor::outcome;

namespace {

/// Counts what it hears, and always allows.
struct hearing {
    struct heard {
        int success = 0, failure = 0, neutral = 0, trip = 0, allowed = 0;
    };
    heard* h = nullptr;
    std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept {
        ++h->allowed;
        return stentor::permit{};
    }
    void record(stentor::permit, const stentor::call& c, const stentor::moment&) noexcept {
        switch (c.signal) {
            case stentor::signal::success: ++h->success; break;
            case stentor::signal::failure: ++h->failure; break;
            case stentor::signal::neutral: ++h->neutral; break;
            case stentor::signal::trip: ++h->trip; break;
        }
    }
    [[nodiscard]] stentor::circuit state() const noexcept { return stentor::circuit::closed; }
};

struct expectation {
    errc code;
    outcome what;
    std::uint32_t attempts;
};

/// One publish, whose every try ends with that fault; two attempts at most. Answers what the breaker heard.
hearing::heard publish_into(const memory_fault& f, const expectation& e) {
    hearing::heard h;
    stentor::memory_broker broker;
    broker.script({.fault = f});
    {
        stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, hearing{&h},
                                   stentor::exponential_backoff{.attempts = 2, .initial = 10ms}};
        const auto r = p.publish(note{"k", "v"});
        REQUIRE_FALSE(r);
        CHECK(r.error() == e.code);
        CHECK(r.error().outcome == e.what);
        CHECK(r.error().attempts == e.attempts);
        CHECK_FALSE(r.error().cause.empty());
        CHECK_FALSE(r.error().hint.empty());
        check_balanced(p.account());
    }
    return h;
}

void check_each(std::initializer_list<std::int32_t> codes, const expectation& e, int failures, int neutrals, int trips) {
    for (const std::int32_t code : codes) {
        INFO("code " << code);
        const auto h = publish_into(memory_fault::answer(code, e.what), e);
        CHECK(h.failure == failures);
        CHECK(h.neutral == neutrals);
        CHECK(h.trip == trips);
        CHECK(h.success == 0);
    }
}

/// Fails as the text says.
struct thrower {
    static constexpr std::string_view content_type = "x";
    stentor::fault serialize(const note& n, stentor::buffer&) const {
        if (n.text == "throw") {
            throw std::runtime_error("no such luck");
        }
        if (n.text == "memory") {
            throw std::bad_alloc();
        }
        stentor::fault f;
        f.code = n.text == "invalid" ? errc::invalid_message : errc::serialization;
        f.cause = "/text: is " + n.text;
        return f;
    }
};

}  // namespace

TEST_CASE("class back-pressure: parked, no attempt, neutral", "[flow][class]") {
    hearing::heard h;
    stentor::memory_broker broker;
    broker.fail_next(3, memory_fault::queue_full(5ms));
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, hearing{&h}};
    const auto r = p.publish(note{"k", "v"});
    REQUIRE(r);
    CHECK(r->attempts == 1);
    CHECK(h.success == 1);
    CHECK(h.failure == 0);
}

TEST_CASE("class network, name: retried when not persisted, failure", "[flow][class]") {
    check_each({-195, -187, 7, 20}, {errc::broker_unavailable, outcome::not_persisted, 2}, 2, 0, 0);
    check_each({-193}, {errc::dns, outcome::not_persisted, 2}, 2, 0, 0);
    check_each({-195, 7, 20}, {errc::broker_unavailable, outcome::unknown, 1}, 1, 0, 0);
}

TEST_CASE("class time-out, never sent: retried, failure", "[flow][class]") {
    const auto h = publish_into(memory_fault::time_out(), {errc::deadline_exceeded, outcome::not_persisted, 2});
    CHECK(h.failure == 2);
}

TEST_CASE("class time-out, perhaps sent: unknown, not retried, failure", "[flow][class]") {
    CHECK(publish_into(memory_fault::lost_request(), {errc::deadline_exceeded, outcome::unknown, 1}).failure == 1);
    CHECK(publish_into(memory_fault::lost_acknowledgement(), {errc::deadline_exceeded, outcome::unknown, 1}).failure == 1);
    check_each({-185}, {errc::deadline_exceeded, outcome::unknown, 1}, 1, 0, 0);
}

TEST_CASE("class own deadline inside: unknown, failure", "[flow][class]") {
    const auto h = publish_into(memory_fault::slow_acknowledgement(60s), {errc::deadline_exceeded, outcome::unknown, 1});
    CHECK(h.failure == 1);
}

TEST_CASE("class own deadline while parked: not persisted, failure", "[flow][class]") {
    hearing::heard h;
    stentor::memory_broker broker;
    broker.down();
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, hearing{&h}};
    const auto r = p.publish(note{"k", "v"}, {.deadline = 1s});
    CHECK(r.error() == errc::deadline_exceeded);
    CHECK(r.error().outcome == outcome::not_persisted);
    CHECK(r.error().attempts == 0);
    CHECK(h.failure == 1);
}

TEST_CASE("class broker, transient: retried when not persisted, failure", "[flow][class]") {
    check_each({5, 6, 8, 9, 13, 14, 19, 56, 74, 89}, {errc::broker_unavailable, outcome::not_persisted, 2}, 2, 0, 0);
}

TEST_CASE("class topic missing: not retried, neutral", "[flow][class]") {
    check_each({3, -188, -190}, {errc::unknown_topic, outcome::not_persisted, 1}, 0, 1, 0);
}

TEST_CASE("class not allowed: not retried, neutral", "[flow][class]") {
    check_each({29, 31, 53}, {errc::authorization, outcome::not_persisted, 1}, 0, 1, 0);
}

TEST_CASE("class authentication, TLS: not retried, trips", "[flow][class]") {
    check_each({-169, 58}, {errc::authentication, outcome::not_persisted, 1}, 0, 0, 1);
    check_each({-181}, {errc::tls, outcome::not_persisted, 1}, 0, 0, 1);
}

TEST_CASE("class size: not retried, neutral", "[flow][class]") {
    check_each({10, 18}, {errc::message_too_large, outcome::not_persisted, 1}, 0, 1, 0);
}

TEST_CASE("class data or request: not retried, neutral", "[flow][class]") {
    check_each({2, 87, 32, 43, 44, 76, 17}, {errc::rejected, outcome::not_persisted, 1}, 0, 1, 0);
}

TEST_CASE("class not supported: not retried, neutral", "[flow][class]") {
    check_each({-165, 35}, {errc::invalid_config, outcome::not_persisted, 1}, 0, 1, 0);
}

TEST_CASE("class fatal, fenced: not retried, neutral", "[flow][class]") {
    check_each({-150, 45, -144, 47, 90, 49}, {errc::fatal, outcome::not_persisted, 1}, 0, 1, 0);
    check_each({45, 47}, {errc::fatal, outcome::unknown, 1}, 0, 1, 0);
}

TEST_CASE("class refused by the transport itself: goes to the caller as the same class", "[flow][class]") {
    CHECK(publish_into(memory_fault::refuse(10), {errc::message_too_large, outcome::not_persisted, 1}).neutral == 1);
    CHECK(publish_into(memory_fault::refuse(29), {errc::authorization, outcome::not_persisted, 1}).neutral == 1);
    CHECK(publish_into(memory_fault::refuse(-188), {errc::unknown_topic, outcome::not_persisted, 1}).neutral == 1);
}

TEST_CASE("class taken back: goes out again, no attempt, neutral", "[flow][class]") {
    hearing::heard h;
    stentor::memory_broker broker{{.latency = 5ms, .on_the_wire = 0}};
    outcomes seen;
    // The one with a short deadline makes its publisher ask for what was never sent; the other publisher's record comes back, too.
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, hearing{&h}};
    REQUIRE(p.async_publish(note{"a", "short"}, seen.into("short"), {.deadline = 1s}));
    broker.down();
    broker.advance(1300ms);
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::deadline_exceeded);
    CHECK(seen.all[0].result.error().outcome == outcome::not_persisted);
    CHECK(h.failure + h.neutral == 1);
}

TEST_CASE("class our side: refused, nothing is sent and no breaker hears of it", "[flow][class]") {
    hearing::heard h;
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, thrower{}, hearing{&h}};
    CHECK(p.publish(note{"k", "throw"}).error() == errc::serialization);
    CHECK(p.publish(note{"k", "throw"}).error().cause == "no such luck");
    CHECK(p.publish(note{"k", "memory"}).error() == errc::out_of_memory);
    CHECK(p.publish(note{"k", "invalid"}).error() == errc::invalid_message);
    CHECK(p.publish(note{"k", "odd"}).error().cause == "/text: is odd");
    CHECK(p.account().refused == 5);
    CHECK(p.account().accepted == 0);
    CHECK(h.success + h.failure + h.neutral + h.trip == 0);
}

TEST_CASE("class shutdown: what close cuts off is closed, its permit returned", "[flow][class]") {
    hearing::heard h;
    stentor::memory_broker broker;
    broker.down();
    outcomes seen;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, hearing{&h}};
    REQUIRE(p.async_publish(note{"k", "v"}, seen.into("v")));
    REQUIRE(p.close(1s));
    REQUIRE(seen.all.size() == 1);
    CHECK(seen.all[0].result.error() == errc::closed);
    CHECK(seen.all[0].result.error().outcome == outcome::not_persisted);
    CHECK(h.failure == 0);
    CHECK(h.neutral == h.allowed);
    CHECK(h.allowed > 0);
    CHECK(broker.elapsed() <= 1250ms);
}
