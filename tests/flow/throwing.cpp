// What users' own code throws ends where it was called: the message is refused, or has its outcome all the same, and the next one
// goes as if nothing had been.

#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <stentor/testing/recording_tracer.hpp>

#include "support.hpp"

namespace throwing {

/// Throws in the member that its text names.
struct bad {
    std::string text;
    enum class what {
        exception,
        number,
        no_memory
    } kind = what::exception;
};

inline void perhaps_throw(const bad& b, std::string_view where) {
    if (b.text != where) {
        return;
    }
    switch (b.kind) {
        case bad::what::exception: throw std::runtime_error(std::string(where) + " is broken");
        case bad::what::number: throw 42;
        case bad::what::no_memory: throw std::bad_alloc();
    }
}

struct serializer {
    static constexpr std::string_view content_type = "text/plain";
    stentor::fault serialize(const bad& b, stentor::buffer& out) const {
        out.append("half of ");
        perhaps_throw(b, "serialize");
        out.append(b.text);
        return {};
    }
    void headers(const bad& b, stentor::header_sink& add) const {
        add("of-the-serializer", std::string_view(b.text));
        perhaps_throw(b, "the serializer's headers");
    }
};

}  // namespace throwing

template <>
struct stentor::message_traits<throwing::bad> {
    static std::string_view topic(const throwing::bad& b) {
        perhaps_throw(b, "topic");
        return "notes";
    }
    static std::string_view key(const throwing::bad& b) {
        perhaps_throw(b, "key");
        return b.text;
    }
    static void headers(const throwing::bad& b, auto&& add) {
        add("of-the-traits", std::string_view(b.text));
        perhaps_throw(b, "headers");
    }
    static stentor::fault validate(const throwing::bad& b) {
        perhaps_throw(b, "validate");
        return {};
    }
};

using namespace flow;
using stentor::errc;
using stentor::recording_tracer;
using throwing::bad;

namespace {

constexpr std::string_view hooks[] = {"topic", "key", "headers", "validate", "serialize", "the serializer's headers"};

/// The next message has its own bytes and headers only.
template <class Publisher>
void check_next(Publisher& p, const stentor::memory_broker& broker) {
    REQUIRE(p.publish(bad{"fine"}));
    const auto& log = broker.records("notes");
    REQUIRE(!log.empty());
    const stentor::memory_record& last = log[log.size() - 1];
    CHECK(last.value == "half of fine");
    CHECK(last.key == "fine");
    REQUIRE(last.headers.size() == 2);
    CHECK(last.headers.find("of-the-traits") == "fine");
    CHECK(last.headers.find("of-the-serializer") == "fine");
}

struct closed_shop {
    std::optional<stentor::permit> allow(std::string_view, const stentor::moment&) noexcept { return std::nullopt; }
    void record(stentor::permit, const stentor::call&, const stentor::moment&) noexcept {}
    [[nodiscard]] stentor::circuit state() const noexcept { return stentor::circuit::open; }
    void why_open(std::string_view, std::string&) const { throw std::runtime_error("no idea"); }
};

}  // namespace

TEST_CASE("what traits and serializer throw is a refusal with what was thrown, and the next message is whole", "[flow]") {
    const stentor::memory_broker broker;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, throwing::serializer{}, tracer};
    std::uint64_t refused = 0;
    for (const std::string_view hook : hooks) {
        INFO(hook);
        const std::string text(hook);
        const auto exception = p.publish(bad{text});
        CHECK(exception.error() == errc::serialization);
        CHECK(exception.error().cause == text + " is broken");
        CHECK(exception.error().outcome == stentor::outcome::not_persisted);
        const auto number = p.publish(bad{text, bad::what::number});
        CHECK(number.error() == errc::serialization);
        CHECK(number.error().cause == "what was thrown is no std::exception");
        CHECK(p.publish(bad{text, bad::what::no_memory}).error() == errc::out_of_memory);
        int called = 0;
        CHECK(p.async_publish(bad{text}, [&](auto) { ++called; }).error() == errc::serialization);
        CHECK(p.try_async_publish(bad{text}, [&](auto) { ++called; }).error() == errc::serialization);
        CHECK(called == 0);
        refused += 5;
        CHECK(p.account().refused == refused);
        check_next(p, broker);
    }
    CHECK(p.account().accepted == std::size(hooks));
    check_balanced(p.account());
    CHECK(broker.records("notes").size() == std::size(hooks));
    // A span that was begun before its headers were asked for is ended.
    const auto started = tracer.entries(recording_tracer::entry::kind::started);
    const auto finished = tracer.entries(recording_tracer::entry::kind::finished);
    CHECK(started.size() == finished.size());
    std::size_t failed = 0;
    for (const auto& e : finished) {
        failed += e.code == errc::serialization || e.code == errc::out_of_memory ? 1U : 0U;
    }
    CHECK(failed == 2 * 5);
}

TEST_CASE("one of a batch that throws is refused, and the others are published", "[flow]") {
    const stentor::memory_broker broker;
    stentor::basic_publisher p{stentor::memory_transport{broker}, throwing::serializer{}};
    const auto all = p.publish_all(std::vector<bad>{{"a"}, {"key"}, {"b"}, {"serialize", bad::what::number}, {"c"}});
    REQUIRE(all.size() == 5);
    CHECK(all[0]);
    CHECK(all[1].error().cause == "key is broken");
    CHECK(all[2]);
    CHECK(all[3].error() == errc::serialization);
    CHECK(all[4]);
    CHECK(broker.records("notes").size() == 3);
    CHECK(p.account().refused == 2);
    check_balanced(p.account());
}

TEST_CASE("a handler that throws has had its outcome: what it published goes on, and its slot comes back", "[flow]") {
    stentor::memory_broker broker;
    outcomes seen;
    recording_tracer tracer;
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer,
                               stentor::publisher_options{.slots = 2}};
    int thrown = 0;
    for (int i = 0; i < 10; ++i) {
        REQUIRE(p.async_publish(note{"k", "v"}, [&](auto) {
            CHECK(p.async_publish(note{"k", "from the handler"}, seen.into("inner")));
            ++thrown;
            throw std::runtime_error("after it has published");
        }));
        REQUIRE(p.flush(1s));
        broker.run_until_idle();
    }
    CHECK(thrown == 10);
    CHECK(seen.persisted() == 10);
    CHECK(p.account().persisted == 20);
    check_balanced(p.account());
    CHECK(tracer.entries(recording_tracer::entry::kind::event).size() == 10);
}

TEST_CASE("a handler that throws over a failure is told it once: nothing is tried again for it", "[flow]") {
    stentor::memory_broker broker;
    broker.fail_next(1, errc::rejected);
    publisher<> p{stentor::memory_transport{broker}};
    int called = 0;
    REQUIRE(p.async_publish(note{"k", "v"}, [&](const stentor::result<stentor::receipt>& r) {
        ++called;
        (void)r.value();  // throws what it was told
    }));
    REQUIRE(p.flush(1s));
    broker.run_until_idle();
    CHECK(called == 1);
    CHECK(p.account().not_persisted == 1);
    CHECK(broker.records("notes").empty());
    check_balanced(p.account());
}

TEST_CASE("a hook for late outcomes that throws is caught and reported, and hears of the next one", "[flow]") {
    stentor::memory_broker broker;
    recording_tracer tracer;
    int late = 0;
    stentor::publisher_options options;
    options.late_outcome = [&](const stentor::late_report& r) {
        CHECK(r.outcome == stentor::outcome::persisted);
        if (++late == 1) {
            throw std::runtime_error("too late for me");
        }
        throw 42;
    };
    stentor::basic_publisher p{stentor::memory_transport{broker}, text_serializer{}, tracer, options};
    broker.hold();
    for (const char* const text : {"a", "b"}) {
        const auto r = p.publish(note{"k", text}, {.deadline = 1s});
        CHECK(r.error().outcome == stentor::outcome::unknown);
    }
    broker.release();
    broker.advance(1s);
    CHECK(late == 2);
    CHECK(p.account().unknown == 2);
    check_balanced(p.account());
    std::vector<std::string> causes;
    for (const auto& e : tracer.entries(recording_tracer::entry::kind::event)) {
        if (e.event == stentor::event::kind::handler_threw) {
            causes.push_back(e.cause);
        }
    }
    CHECK(causes == std::vector<std::string>{"too late for me", "not a std::exception"});
    CHECK(p.publish(note{"k", "c"}));
}

TEST_CASE("a breaker that throws instead of saying why it is open still refuses, without a cause", "[flow]") {
    const stentor::memory_broker broker;
    publisher<stentor::exponential_backoff, closed_shop> p{stentor::memory_transport{broker}, closed_shop{}};
    const auto r = p.publish(note{"k", "v"});
    CHECK(r.error() == errc::circuit_open);
    CHECK(r.error().cause.empty());
    CHECK(p.account().refused == 1);
    CHECK(p.account().accepted == 0);
}
