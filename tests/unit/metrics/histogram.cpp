#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/metrics/one_writer.hpp>
#include <stentor/metrics/histogram.hpp>

using namespace stentor;

namespace {

constexpr std::array<double, 3> bounds{1, 2, 5};

exemplar of_trace(char digit) {
    exemplar e;
    e.trace_id.fill(digit);
    e.span_id.fill(digit);
    e.at = timestamp{milliseconds(1'500)};
    return e;
}

}  // namespace

TEST_CASE("histogram: a value is in the first bucket whose bound it does not exceed, or in the last") {
    histogram h(bounds);
    for (const double v : {-1.0, 0.5, 1.0, 1.5, 2.0, 4.0, 5.0, 5.5, 1e300}) {
        h.observe(v);
    }
    const histogram_values v = h.read();
    CHECK(v.buckets == std::vector<std::uint64_t>{3, 2, 2, 2});
    CHECK(v.sum == 1e300);
    CHECK(v.exemplars.empty());
}

TEST_CASE("histogram: infinity is in the last bucket, and what is no number is left out") {
    histogram h(bounds);
    h.observe(std::numeric_limits<double>::quiet_NaN());
    CHECK(h.read().buckets == std::vector<std::uint64_t>{0, 0, 0, 0});
    CHECK(h.read().sum == 0);
    h.observe(std::numeric_limits<double>::infinity());
    CHECK(h.read().buckets == std::vector<std::uint64_t>{0, 0, 0, 1});
}

TEST_CASE("histogram: what its one writer observes and what others observe is one") {
    histogram h(bounds);
    h.observe(1.5);
    const detail::event_scope here;
    detail::metrics::one_writer().observe(h, 1.25);
    detail::metrics::one_writer().observe(h, 7);
    CHECK(h.read().buckets == std::vector<std::uint64_t>{0, 2, 0, 1});
    CHECK(h.read().sum == 9.75);
}

TEST_CASE("histogram: each bucket remembers the newest trace") {
    histogram h(bounds);
    h.observe(1.5, of_trace('a'));
    h.observe(1.75, of_trace('b'));
    h.observe(9, of_trace('c'));
    h.observe(3);
    h.observe(4, exemplar{});  // not traced
    const histogram_values v = h.read();
    CHECK(v.buckets == std::vector<std::uint64_t>{0, 2, 2, 1});
    REQUIRE(v.exemplars.size() == 4);
    CHECK(v.exemplars[0].what.trace_id[0] == '\0');
    CHECK(std::string_view(v.exemplars[1].what.trace_id.data(), 32) == std::string_view("bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"));
    CHECK(v.exemplars[1].value == 1.75);
    CHECK(v.exemplars[2].what.trace_id[0] == '\0');
    CHECK(v.exemplars[3].what.span_id[15] == 'c');
    CHECK(v.exemplars[3].what.at == timestamp{milliseconds(1'500)});
}

TEST_CASE("histogram: the buckets of OpenTelemetry's conventions are increasing") {
    CHECK(std::is_sorted(otel_duration_bounds.begin(), otel_duration_bounds.end()));
    CHECK(otel_duration_bounds.front() == 0.005);
    CHECK(otel_duration_bounds.back() == 10);
}
