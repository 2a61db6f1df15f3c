// Memory runs out while a publisher is watched: logged, and asked how it is.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/health.hpp>
#include <stentor/log.hpp>
#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "failing.hpp"
#include "task.hpp"

namespace {

using failing::each_allocation;
using failing::how;
using failing::memory;
using stentor::errc;
using stentor::health_status;
using stentor::milliseconds;
using stentor::receipt;
using stentor::result;

const stentor::publisher_options small{.slots = 8};

// Counts lines, those of a message's end, and those that are no whole object.
struct counting_sink {
    int* lines;
    int* ends;
    int* broken;
    void write(stentor::log_level level, std::string_view line) noexcept {
        ++*lines;
        *ends += level == stentor::log_level::debug || level == stentor::log_level::error ? 1 : 0;
        *broken += line.starts_with('{') && line.ends_with('}') ? 0 : 1;
    }
};

}  // namespace

TEST_CASE("without memory a log tracer is not made, or it logs the whole of a publish") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        bool thrown = false;
        bool made = false;
        int lines = 0;
        int ends = 0;
        int broken = 0;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            const counting_sink sink{&s.lines, &s.ends, &s.broken};
            const std::string correlation = "a-header-with-a-long-name-for-it";
            try {
                m.fails_in([&] {
                    stentor::log_tracer log(sink,
                                            {.level = stentor::log_level::debug, .correlation_header = correlation, .key = true});
                    s.made = true;
                    stentor::header_sink add;
                    stentor::publish_context context;
                    const stentor::record r{.topic = "a-topic-with-a-long-name",
                                            .key = "a key that is too long for a short string"};
                    auto span = log.start(r, add, context);
                    span.composed(r);
                    span.retrying(
                        {.attempt = 1, .code = errc::broker_unavailable, .cause = "a cause that is too long for a string"},
                        stentor::retry_in(milliseconds(5)), {});
                    span.finish(receipt{.topic = r.topic}, {});
                    stentor::event e;
                    e.what = stentor::event::kind::queue_full;
                    e.topic = r.topic;
                    log.on_event(e);
                    log.closed();
                });
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.made != s.thrown);
            CHECK(s.lines == (s.made ? 3 : 0));
            CHECK(s.ends == (s.made ? 1 : 0));
            CHECK(s.broken == 0);
        });
    CHECK(many >= 1);
}

TEST_CASE("without memory a publisher that is logged and watched gives one outcome, one line of it, and what health knows") {
    const how h = GENERATE(how::once, how::from_then_on);
    const bool refused = GENERATE(false, true);
    struct seen {
        bool thrown = false;
        int lines = 0;
        int ends = 0;
        int broken = 0;
        bool persisted = false;
        errc code = errc::none;
        bool noted_success = false;
        bool noted_failure = false;
        stentor::account books{};
    };
    const auto many = each_allocation(
        h,
        [refused](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::health_monitor health{{.include_kafka = true}};
            stentor::basic_publisher p{stentor::memory_transport{broker}, small,
                                       stentor::tracer_chain{stentor::log_tracer(counting_sink{&s.lines, &s.ends, &s.broken},
                                                                                 {.level = stentor::log_level::debug}),
                                                             health.tracer("a publisher with a long name")}};
            health.watch("a publisher with a long name", p.snapshots());
            if (refused) {
                broker.fail_next(1, errc::rejected);
            }
            const failing::task t;
            std::optional<result<receipt>> r;
            try {
                m.fails_in([&] { r.emplace(p.publish(t)); });
                s.persisted = r->has_value();
                s.code = *r ? errc::none : r->error().condition();
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            const stentor::health_report report = health.check();
            s.noted_success = report.checks.kafka->publishers.at(0).last_success.has_value();
            s.noted_failure = report.checks.kafka->publishers.at(0).last_failure.has_value();
            s.books = p.account();
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n, s.code);
            CHECK(leaked == 0);
            CHECK_FALSE(s.thrown);
            CHECK(s.broken == 0);
            CHECK(s.noted_success == s.persisted);
            // One that was refused before it had a span is none that anybody watched.
            CHECK((s.noted_failure == !s.persisted || s.books.accepted == 0));
            CHECK((s.ends == 1 || s.books.accepted == 0));
            CHECK(s.ends <= 1);
        });
    CHECK(many >= 4);
}

TEST_CASE("without memory health throws std::bad_alloc, knows what it knew, and answers the next time") {
    const how h = GENERATE(how::once, how::from_then_on);
    enum class what {
        watch,
        ready,
        live,
        probe,
        json
    };
    const what asked = GENERATE(what::watch, what::ready, what::live, what::probe, what::json);
    struct seen {
        bool thrown = false;
        bool answered = false;
        std::size_t known = 0;
        bool probed = false;
    };
    const auto many = each_allocation(
        h,
        [asked](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::health_monitor health{{.include_kafka = true}};
            stentor::basic_publisher p{stentor::memory_transport{broker}, small, health.tracer("a publisher with a long name")};
            health.watch("a publisher with a long name", p.snapshots());
            health.set_probe([](auto) -> result<void> {
                return stentor::error(errc::broker_unavailable, "a cause that is too long for a short string");
            });
            broker.fail_next(1, errc::rejected);
            (void)p.publish(failing::task{});
            const stentor::health_report before = health.ready();
            try {
                m.fails_in([&] {
                    switch (asked) {
                        case what::watch: health.watch("another publisher with a long name", p.snapshots()); break;
                        case what::ready: (void)health.ready(); break;
                        case what::live: (void)health.live(); break;
                        case what::probe: (void)health.probe(milliseconds(10)); break;
                        case what::json: (void)before.to_json(); break;
                    }
                    s.answered = true;
                });
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            const stentor::health_report after = health.probe(milliseconds(10));
            s.known = after.checks.kafka->publishers.size();
            s.probed = after.checks.kafka->probe.has_value() && after.checks.kafka->probe->status == health_status::fail;
            return s;
        },
        [asked](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n, asked);
            CHECK(leaked == 0);
            CHECK(s.answered != s.thrown);
            CHECK(s.known == (asked == what::watch && s.answered ? 2U : 1U));
            CHECK(s.probed);
        });
    CHECK(many >= 1);
}
