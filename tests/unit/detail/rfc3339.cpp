#include <stentor/detail/rfc3339.hpp>

#include <chrono>
#include <string>

#include <catch2/catch_test_macros.hpp>

namespace {

using namespace std::chrono;

std::string text(stentor::timestamp t) { return std::string{stentor::detail::rfc3339{t}.view()}; }

}  // namespace

TEST_CASE("a wall time is written as JavaScript's toISOString writes it") {
    CHECK(text({}) == "1970-01-01T00:00:00.000Z");
    CHECK(text(sys_days{2026y / 1 / 1}) == "2026-01-01T00:00:00.000Z");
    CHECK(text(sys_days{2024y / 2 / 29} + 23h + 59min + 58s + 7ms) == "2024-02-29T23:59:58.007Z");
    CHECK(text(sys_days{9999y / 12 / 31} + 24h - 1ms) == "9999-12-31T23:59:59.999Z");
}

TEST_CASE("a wall time before 1970 counts forward within its day") {
    CHECK(text(stentor::timestamp{-1ms}) == "1969-12-31T23:59:59.999Z");
    CHECK(text(sys_days{0y / 1 / 1}) == "0000-01-01T00:00:00.000Z");
}
