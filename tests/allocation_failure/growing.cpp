// Memory runs out in what grows with its use: a breaker for each topic, settings of an environment, what is told late.

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string_view>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/breaker/per_topic.hpp>
#include <stentor/publisher.hpp>
#include <stentor/settings.hpp>
#include <stentor/transport/memory.hpp>

#include "failing.hpp"
#include "task.hpp"

namespace {

using failing::each_allocation;
using failing::how;
using failing::memory;
using stentor::errc;
using stentor::milliseconds;
using stentor::result;

}  // namespace

TEST_CASE("without memory a new topic shares the common breaker, and has its own the next time") {
    const how h = GENERATE(how::once, how::from_then_on);
    static constexpr std::array<std::string_view, 3> topics = {
        "the-first-topic-with-a-long-name", "the-second-topic-with-a-long-name", "the-third-topic-with-a-long-name"};
    struct seen {
        int permits = 0;
        int circuits = 0;
        int circuits_then = 0;
        bool apart = false;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::per_topic<> b{{.failures = 100}};
            const auto fails = [&] {
                for (const std::string_view topic : topics) {
                    if (const auto p = b.allow(topic, {})) {
                        ++s.permits;
                        b.record(*p, {stentor::signal::failure, {}, errc::dns, "_RESOLVE"}, {});
                    }
                }
            };
            const auto count = [&] {
                int n = 0;
                b.each_circuit([&n](std::string_view, const auto&, const auto&) { ++n; });
                return n;
            };
            m.fails_in(fails);
            s.circuits = count();
            fails();
            s.circuits_then = count();
            b.isolate(topics[0]);
            s.apart = b.state(topics[0]) == stentor::circuit::open && b.state(topics[1]) == stentor::circuit::closed;
            return s;
        },
        [h](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n, h);
            CHECK(leaked == 0);
            CHECK(s.permits == 6);
            CHECK(s.circuits >= 1);
            CHECK(s.circuits_then == 4);
            CHECK(s.apart);
        });
    CHECK(many >= 3);
}

TEST_CASE("without memory settings are not read: std::bad_alloc says so, and nothing is left of them") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        bool thrown = false;
        bool read = false;
        bool as_it_is = false;
        bool read_again = false;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            const stentor::environment variables{{"KAFKA_BROKERS", "kafka-1.example.com:9094,kafka-2.example.com:9094"},
                                                 {"KAFKA_SASL_USERNAME", "a-user-with-a-long-name"},
                                                 {"KAFKA_SASL_PASSWORD", "a-password-that-is-long"},
                                                 {"KAFKA_EVENTS_TOPIC", "a-topic-with-a-long-name"},
                                                 {"KAFKA_LINGER_MS", "5"},
                                                 {"KAFKA_SOCKET_NAGLE_DISABLE", "true"}};
            try {
                std::optional<result<stentor::settings>> r;
                m.fails_in([&] { r.emplace(stentor::settings::from(variables)); });
                s.read = r->has_value();
                s.as_it_is = *r && (*r)->client.sasl_password == "a-password-that-is-long" && (*r)->publisher.topics.size() == 1;
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            s.read_again = stentor::settings::from(variables).has_value();
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.read_again);
            CHECK(s.thrown != s.read);
            CHECK(s.as_it_is == s.read);
        });
    CHECK(many >= 20);
}

TEST_CASE("a late report is told without any memory, once, and the account is what it was") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        int told = 0;
        bool right = false;
        bool unknown = false;
        stentor::account books{};
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            {
                stentor::memory_broker broker;
                stentor::publisher_options options{.slots = 8};
                options.late_outcome = [&s](const stentor::late_report& late) {
                    ++s.told;
                    s.right = late.outcome == stentor::outcome::persisted && late.where.offset == 0;
                };
                stentor::basic_publisher p{stentor::memory_transport{broker}, options};
                broker.fail_next(1, stentor::memory_fault::slow_acknowledgement(milliseconds(3000)));
                const auto r = p.publish(failing::task{}, {.deadline = milliseconds(1000)});
                s.unknown = !r && r.error().outcome == stentor::outcome::unknown;
                m.fails_in([&] { broker.advance(milliseconds(5000)); });
                s.books = p.account();
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.unknown);
            CHECK(s.told == 1);
            CHECK(s.right);
            CHECK(s.books.unknown == 1);
            CHECK(s.books.in_flight == 0);
        });
    CHECK(many == 0);
}
