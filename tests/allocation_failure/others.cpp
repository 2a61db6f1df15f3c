// Memory runs out in what surrounds a publish: making a publisher, waiting for it, closing it, JSON, the names of topics.

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/detail/topic_names.hpp>
#include <stentor/publisher.hpp>
#include <stentor/serializer/from_json.hpp>
#include <stentor/transport/memory.hpp>

#include "failing.hpp"
#include "task.hpp"
#include "unit/serializer/types.hpp"

namespace {

using failing::each_allocation;
using failing::how;
using failing::memory;
using stentor::errc;
using stentor::milliseconds;
using stentor::receipt;
using stentor::result;

const stentor::publisher_options small{.slots = 8};

}  // namespace

TEST_CASE("without memory a publisher is not made, and std::bad_alloc says so") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        bool made = false;
        bool thrown = false;
        bool works = false;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::memory_broker broker;
            try {
                std::optional<stentor::basic_publisher<stentor::memory_transport>> p;
                m.fails_in([&] { p.emplace(stentor::memory_transport{broker}, small); });
                s.made = true;
                s.works = p->publish(failing::task{}).has_value();
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.made != s.thrown);
            CHECK(s.works == s.made);
        });
    CHECK(many >= 3);
}

TEST_CASE("without memory flush and close do what they do, and each message has its outcome") {
    const how h = GENERATE(how::once, how::from_then_on);
    const bool closes = GENERATE(false, true);
    const bool down = GENERATE(false, true);
    struct seen {
        int accepted = 0;
        int outcomes = 0;
        bool thrown = false;
        bool ended = false;
        std::size_t in_log = 0;
        std::uint64_t persisted = 0;
    };
    (void)each_allocation(
        h,
        [closes, down](memory& m) {
            seen s;
            {
                stentor::memory_broker broker{{.latency = milliseconds(5)}};
                stentor::basic_publisher p{stentor::memory_transport{broker}, small};
                if (down) {
                    broker.down(milliseconds(20));
                }
                for (int i = 0; i < 3; ++i) {
                    s.accepted += p.async_publish(failing::task{}, [&s](const result<receipt>&) { ++s.outcomes; }) ? 1 : 0;
                }
                try {
                    m.fails_in([&] {
                        const auto done = closes ? p.close(milliseconds(60'000)) : p.flush(milliseconds(60'000));
                        s.ended = done.has_value();
                    });
                } catch (const std::bad_alloc&) {
                    s.thrown = true;
                }
                broker.run_until_idle();
                s.in_log = broker.records("a-topic-with-a-long-name").size();
                s.persisted = p.account().persisted;
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK_FALSE(s.thrown);
            CHECK(s.ended);
            CHECK(s.accepted == 3);
            CHECK(s.outcomes == 3);
            CHECK(s.in_log == s.persisted);
        });
}

TEST_CASE("without memory publish_all throws std::bad_alloc, or has a result for each message") {
    const how h = GENERATE(how::once, how::from_then_on);
    struct seen {
        bool thrown = false;
        std::size_t results = 0;
        std::size_t persisted = 0;
        std::size_t without_memory = 0;
        std::size_t in_log = 0;
        stentor::account books{};
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker}, small};
            const std::vector<failing::task> tasks(3);
            try {
                std::vector<result<receipt>> all;
                m.fails_in([&] { all = p.publish_all(tasks); });
                for (const auto& r : all) {
                    ++s.results;
                    s.persisted += r.has_value() ? 1U : 0U;
                    // Of ours, or of the broker's for its log.
                    s.without_memory += !r && (r.error() == errc::out_of_memory || r.error() == errc::broker_unavailable) ? 1U : 0U;
                }
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            broker.run_until_idle();
            s.in_log = broker.records("a-topic-with-a-long-name").size();
            s.books = p.account();
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.thrown != (s.results == 3));
            CHECK((s.thrown || s.persisted + s.without_memory == 3));
            CHECK((s.thrown || s.persisted == s.in_log));
            // Whoever is told nothing has sent nothing.
            CHECK((!s.thrown || (s.in_log == 0 && s.books.accepted == 0)));
            CHECK(s.books.in_flight == 0);
            CHECK(s.books.persisted == s.in_log);
        });
    CHECK(many >= 4);
}

TEST_CASE("without memory from_json answers out_of_memory") {
    const how h = GENERATE(how::once, how::from_then_on);
    static constexpr std::string_view text =
        R"({"id":7,"text":"a text that is too long for its own space","yes":true,"small":1,"large":2,
            "maybe":"another text that is too long for its own space","path":[{"x":1,"y":2},{"x":3,"y":4}],"three":[1,2,3],
            "by_name":{"a name that is too long for its own space":[1,2],"b":[]},
            "one_of":"one of those texts that are too long","both":["the last text that is too long for it",true],
            "bits":[true,false,true]})";
    struct seen {
        bool thrown = false;
        bool read = false;
        errc code = errc::none;
    };
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            try {
                std::optional<result<shapes::everything>> r;
                m.fails_in([&] { r.emplace(stentor::from_json<shapes::everything>(text)); });
                s.read = r->has_value();
                s.code = *r ? errc::none : r->error().condition();
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n, s.code);
            CHECK(leaked == 0);
            CHECK_FALSE(s.thrown);
            CHECK(s.read == (s.code == errc::none));
            CHECK((s.read || s.code == errc::out_of_memory));
        });
    CHECK(many >= 10);
}

TEST_CASE("without memory to_json throws std::bad_alloc, and what was in the buffer stays") {
    struct seen {
        bool thrown = false;
        bool kept = false;
        bool whole = false;
    };
    const auto many = each_allocation(
        how::once,
        [](memory& m) {
            seen s;
            stentor::buffer out;
            out.append("before");
            const std::vector<std::string> texts(5, std::string(700, '"'));
            try {
                m.fails_in([&] { s.whole = !stentor::to_json(texts, out); });
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            s.kept = out.view().starts_with("before") && (s.whole || out.size() == 6);
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            CHECK(leaked == 0);
            CHECK(s.thrown != s.whole);
            CHECK(s.kept);
        });
    CHECK(many >= 2);
}

TEST_CASE("without memory a new topic's name is not kept, and nothing of it is") {
    int made = 0;
    struct seen {
        bool thrown = false;
    };
    (void)each_allocation(
        how::once,
        [&made](memory& m) {
            const std::string name = "a-topic-that-nobody-has-seen-yet-" + std::to_string(++made);
            seen s;
            try {
                m.fails_in([&] { (void)stentor::detail::topic_names::intern(name); });
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            CAPTURE(n);
            // A name is kept for the life of the process.
            CHECK(leaked == (s.thrown ? 0 : 1));
        });
}
