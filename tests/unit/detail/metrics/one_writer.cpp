#include <catch2/catch_test_macros.hpp>

#include <array>
#include <cstdint>
#include <thread>
#include <vector>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/metrics/one_writer.hpp>

using stentor::counter;
using stentor::histogram;
using stentor::detail::event_scope;
using stentor::detail::metrics::one_writer;

TEST_CASE("one_writer: nothing is lost, whoever owns what: no event thread, an event thread, and a second one") {
    constexpr std::array<double, 1> bounds{1};
    counter c;
    histogram h(bounds);
    const auto record = [&] {
        const one_writer here;
        here.add(c, 3);
        here.observe(h, 0.5);
        here.observe(h, 2);
    };
    record();
    for (int thread = 0; thread < 2; ++thread) {
        std::thread([&] {
            const event_scope events;
            record();
            record();
        }).join();
    }
    CHECK(c.value() == 15);
    CHECK(h.read().buckets == std::vector<std::uint64_t>{5, 5});
    CHECK(h.read().sum == 12.5);
}
