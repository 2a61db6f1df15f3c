// Memory runs out somewhere in a publish on the memory transport: the caller gets one outcome, which is true, nothing leaks, and
// the publisher goes on.

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>
#include <string>
#include <utility>

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <stentor/publisher.hpp>
#include <stentor/transport/memory.hpp>

#include "failing.hpp"
#include "task.hpp"

namespace {

using failing::each_allocation;
using failing::how;
using failing::memory;
using stentor::errc;
using stentor::milliseconds;
using stentor::outcome;
using stentor::receipt;
using stentor::result;

const stentor::publisher_options small{.slots = 8};

struct seen {
    bool thrown = false;  // out of the call under test
    bool accepted = false;
    int outcomes = 0;
    bool persisted = false;
    errc code = errc::none;
    outcome what = outcome::not_persisted;
    stentor::dead_letter_result::state letter{};
    std::size_t in_log = 0;
    std::size_t in_dead_letters = 0;
    stentor::account books{};
    bool goes_on = false;  // the next publish succeeds

    void take(const result<receipt>& r) {
        ++outcomes;
        persisted = r.has_value();
        if (!r) {
            code = r.error().condition();
            what = r.error().outcome;
            letter = r.error().dead_letter.what;
        }
    }
};

// What handlers were told, kept without memory.
struct handlers {
    int calls = 0;
    std::optional<result<receipt>> last;

    void take(result<receipt> r) {
        ++calls;
        last.emplace(std::move(r));
    }
    void tell(seen& s) const {
        if (last) {
            s.take(*last);
        }
        s.outcomes = calls;
    }
};

// What is so afterwards, and whether the next message gets through.
template <class Publisher>
void look_around(seen& s, Publisher& p, stentor::memory_broker& broker) {
    broker.run_until_idle();
    s.in_log = broker.records("a-topic-with-a-long-name").size();
    s.in_dead_letters = broker.records("a-topic-of-dead-letters").size();
    s.books = p.account();
    // Faults that nothing has met yet are met now.
    for (int i = 0; i < 4 && !s.goes_on; ++i) {
        s.goes_on = p.publish(failing::task{}).has_value();
    }
}

// Ours, or the broker's for its log, which is KAFKA_STORAGE_ERROR.
bool has_no_memory(errc code) { return code == errc::out_of_memory || code == errc::broker_unavailable; }

void is_sound(const seen& s, std::uint64_t n, std::int64_t leaked) {
    CAPTURE(n, s.code, s.what, s.thrown);
    CHECK(leaked == 0);
    CHECK(s.books.accepted == s.books.persisted + s.books.not_persisted + s.books.unknown);
    CHECK(s.books.in_flight == 0);
    CHECK(s.books.accepted + s.books.refused <= 1);
    CHECK_FALSE(s.thrown);
    CHECK(s.goes_on);
    if (s.persisted) {
        CHECK(s.in_log == 1);
    } else if (s.what == outcome::not_persisted) {
        CHECK(s.in_log == 0);
    }
    CHECK((s.letter == stentor::dead_letter_result::state::written) == (s.in_dead_letters == 1));
}

}  // namespace

TEST_CASE("without memory a publish answers out_of_memory, or succeeds") {
    const how h = GENERATE(how::once, how::from_then_on);
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker}, small};
            const failing::task t;
            std::optional<result<receipt>> r;
            try {
                m.fails_in([&] { r.emplace(p.publish(t)); });
                s.take(*r);
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            look_around(s, p, broker);
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            is_sound(s, n, leaked);
            CHECK(s.outcomes == 1);
            CHECK((s.persisted || has_no_memory(s.code)));
        });
    CHECK(many >= 4);
}

TEST_CASE("without memory an asynchronous publish is refused with out_of_memory, or its handler is called once") {
    const how h = GENERATE(how::once, how::from_then_on);
    const bool large = GENERATE(false, true);
    const auto many = each_allocation(
        h,
        [large](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker}, small};
            const failing::task t;
            handlers told;
            struct big {
                handlers* to;
                unsigned char more[200];
                void operator()(result<receipt> r) const { to->take(std::move(r)); }
            };
            result<void> taken;
            try {
                m.fails_in([&] {
                    taken = large ? p.async_publish(t, big{&told, {}})
                                  : p.async_publish(t, [&told](result<receipt> r) { told.take(std::move(r)); });
                });
                s.accepted = taken.has_value();
                s.code = taken ? errc::none : taken.error().condition();
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            look_around(s, p, broker);
            told.tell(s);
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            is_sound(s, n, leaked);
            CHECK(s.outcomes == (s.accepted ? 1 : 0));
            CHECK(s.accepted == (s.books.accepted == 1));
            CHECK((s.persisted || has_no_memory(s.code)));
        });
    CHECK(many >= 4);
}

TEST_CASE("without memory for a report the handler is called once all the same") {
    const how h = GENERATE(how::once, how::from_then_on);
    (void)each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker}, small};
            broker.fail_next(1, errc::rejected);
            handlers told;
            s.accepted = p.async_publish(failing::task{}, [&told](result<receipt> r) { told.take(std::move(r)); }).has_value();
            try {
                m.fails_in([&] { broker.advance(milliseconds(1)); });
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            look_around(s, p, broker);
            told.tell(s);
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            is_sound(s, n, leaked);
            CHECK(s.outcomes == 1);
            CHECK(s.code == errc::rejected);
        });
}

TEST_CASE("without memory for a retry, or for parking, there is one outcome, and it is true") {
    const how h = GENERATE(how::once, how::from_then_on);
    const bool parked = GENERATE(false, true);
    const auto many = each_allocation(
        h,
        [parked](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker}, small};
            if (parked) {
                broker.down(milliseconds(50));
            } else {
                broker.fail_next(2, errc::broker_unavailable);
            }
            const failing::task t;
            std::optional<result<receipt>> r;
            try {
                m.fails_in([&] { r.emplace(p.publish(t)); });
                s.take(*r);
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            look_around(s, p, broker);
            return s;
        },
        [h](const seen& s, std::uint64_t n, std::int64_t leaked) {
            is_sound(s, n, leaked);
            CHECK(s.outcomes == 1);
            const bool for_want_of_time = h == how::from_then_on && s.code == errc::deadline_exceeded;
            CHECK((s.persisted || has_no_memory(s.code) || for_want_of_time));
        });
    CHECK(many >= 4);
}

TEST_CASE("without memory for a dead letter the message ends with its own error or out_of_memory") {
    const how h = GENERATE(how::once, how::from_then_on);
    const auto many = each_allocation(
        h,
        [](memory& m) {
            seen s;
            stentor::memory_broker broker;
            stentor::basic_publisher p{stentor::memory_transport{broker},
                                       stentor::dead_letter<>{.topic = "a-topic-of-dead-letters"}, small};
            broker.fail_next(1, errc::rejected);
            const failing::task t;
            std::optional<result<receipt>> r;
            try {
                m.fails_in([&] { r.emplace(p.publish(t)); });
                s.take(*r);
            } catch (const std::bad_alloc&) {
                s.thrown = true;
            }
            look_around(s, p, broker);
            return s;
        },
        [](const seen& s, std::uint64_t n, std::int64_t leaked) {
            is_sound(s, n, leaked);
            CHECK(s.outcomes == 1);
            CHECK((has_no_memory(s.code) || s.code == errc::rejected || s.persisted));
        });
    CHECK(many >= 8);
}
