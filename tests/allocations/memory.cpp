#include <chrono>
#include <cstddef>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/log.hpp>
#include <stentor/publisher.hpp>
#include <stentor/serializer/json.hpp>
#include <stentor/tracer/w3c.hpp>
#include <stentor/transport/memory.hpp>

#include "task.hpp"

// The default policies on the memory transport: this is all code of our own, from publish to the broker's log.

namespace {

using stentor::receipt;
using stentor::result;

struct counted {
    allocations::counts made;
    int persisted = 0;
};

// Counts lines and bytes.
struct counting_sink {
    std::size_t* lines;
    std::size_t* bytes;
    void write(stentor::log_level, std::string_view line) noexcept {
        ++*lines;
        *bytes += line.size();
    }
};

// What `publishes(n)` allocates when it was warm; it answers how many were persisted.
template <class Publishes>
counted warm(Publishes&& publishes) {
    (void)publishes(allocations::warm_up);
    counted c;
    const allocations::counts mark = allocations::so_far();
    c.persisted = publishes(allocations::measured);
    c.made = allocations::since(mark);
    return c;
}

}  // namespace

TEST_CASE("a warm publish on the memory transport allocates nothing") {
    stentor::memory_broker broker{{.keep_history = false}};
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    const counted c = warm([&](int n) {
        int persisted = 0;
        for (int i = 0; i < n; ++i) {
            persisted += publisher.publish(allocations::new_task(i)) ? 1 : 0;
        }
        return persisted;
    });
    CHECK(c.persisted == allocations::measured);
    CHECK(c.made.here == 0);
    CHECK(c.made.anywhere == 0);
}

TEST_CASE("a warm asynchronous publish with a small handler on the memory transport allocates nothing, nor does its completion") {
    stentor::memory_broker broker{{.keep_history = false}};
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    const counted c = warm([&](int n) {
        int persisted = 0;
        for (int i = 0; i < n; ++i) {
            const auto task = allocations::new_task(i);
            if (!publisher.async_publish(task, [&persisted](const result<receipt>& r) { persisted += r ? 1 : 0; })) {
                return -1;
            }
            if (i % 50 == 49) {
                broker.advance(stentor::nanoseconds{});
            }
        }
        broker.advance(stentor::nanoseconds{});
        return persisted;
    });
    CHECK(c.persisted == allocations::measured);
    CHECK(c.made.here == 0);
    CHECK(c.made.anywhere == 0);
}

TEST_CASE("a handler that is larger than the slot's place for it costs one allocation") {
    stentor::memory_broker broker{{.keep_history = false}};
    stentor::basic_publisher publisher{stentor::memory_transport{broker}};
    struct large {
        int* persisted;
        unsigned char more[128];
        void operator()(const result<receipt>& r) { *persisted += r ? 1 : 0; }
    };
    const counted c = warm([&](int n) {
        int persisted = 0;
        for (int i = 0; i < n; ++i) {
            if (!publisher.async_publish(allocations::new_task(i), large{&persisted, {}})) {
                return -1;
            }
            broker.advance(stentor::nanoseconds{});
        }
        return persisted;
    });
    CHECK(c.persisted == allocations::measured);
    CHECK(c.made.here == allocations::measured);
}

TEST_CASE("a warm publish that is logged, with its ids, its correlation id and its key, allocates nothing") {
    stentor::memory_broker broker{{.keep_history = false}};
    std::size_t lines = 0;
    std::size_t bytes = 0;
    stentor::log_tracer log{counting_sink{&lines, &bytes},
                            {.level = stentor::log_level::debug, .correlation_header = "task-type", .key = true}};
    stentor::basic_publisher publisher{stentor::memory_transport{broker}, stentor::tracer_chain{stentor::w3c_tracer{}, log}};
    const counted c = warm([&](int n) {
        int persisted = 0;
        for (int i = 0; i < n; ++i) {
            persisted += publisher.publish(allocations::new_task(i)) ? 1 : 0;
        }
        return persisted;
    });
    CHECK(c.persisted == allocations::measured);
    CHECK(c.made.anywhere == 0);
    CHECK(lines == allocations::warm_up + allocations::measured);
    CHECK(bytes > lines * 250);
}

TEST_CASE("events are logged, and held back, without an allocation") {
    std::size_t lines = 0;
    std::size_t bytes = 0;
    stentor::log_tracer log{counting_sink{&lines, &bytes}};
    stentor::event e;
    e.what = stentor::event::kind::client;
    e.code = stentor::errc::dns;
    e.cause = "no such host, and a text that is too long for any string to keep in itself";
    const counted c = warm([&](int n) {
        for (int i = 0; i < n; ++i) {
            e.at.now += std::chrono::milliseconds(100);
            log.on_event(e);
        }
        return n;
    });
    CHECK(c.made.anywhere == 0);
    CHECK(lines > 200);
    CHECK(lines < 250);
}

TEST_CASE("JSON into a warm buffer allocates nothing") {
    stentor::buffer out;
    int failed = 0;
    const counted c = warm([&](int n) {
        for (int i = 0; i < n; ++i) {
            out.clear();
            failed += stentor::json_serializer{}.serialize(allocations::new_task(i), out) ? 1 : 0;
        }
        return n;
    });
    CHECK(failed == 0);
    CHECK(out.size() > 300);
    CHECK(c.made.here == 0);
    CHECK(c.made.anywhere == 0);
}
