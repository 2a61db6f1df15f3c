#include <catch2/catch_test_macros.hpp>

#include <stentor/publisher.hpp>
#include <stentor/serializer/json.hpp>
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
