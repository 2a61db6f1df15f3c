// Times as RFC 3339, from 1970 to 9999, against the C library.

#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>
#include <string_view>

#include <catch2/catch_test_macros.hpp>

#include <stentor/detail/json/time_reader.hpp>
#include <stentor/detail/rfc3339.hpp>
#include <stentor/moment.hpp>

#include "property/holds.hpp"
#include "property/texts.hpp"

namespace {

using property::holds;
using stentor::milliseconds;
using stentor::timestamp;

constexpr std::int64_t end_of_9999 = 253'402'300'800'000;

rc::Gen<std::int64_t> any_time() {
    // Also the edges of days and minutes, where a calendar goes wrong.
    return rc::gen::oneOf(
        rc::gen::inRange<std::int64_t>(0, end_of_9999),
        rc::gen::map(
            rc::gen::pair(rc::gen::inRange<std::int64_t>(1, end_of_9999 / 86'400'000), rc::gen::inRange<std::int64_t>(-2, 2)),
            [](const auto& p) { return p.first * 86'400'000 + p.second; }),
        rc::gen::map(rc::gen::inRange<std::int64_t>(0, end_of_9999 / 60'000), [](std::int64_t minute) { return minute * 60'000; }));
}

std::string text(std::int64_t ms) { return std::string(stentor::detail::rfc3339(timestamp(milliseconds(ms))).view()); }

std::string by_the_c_library(std::int64_t ms, const char* zone = "Z") {
    const std::time_t seconds = ms / 1000;
    std::tm parts{};
    REQUIRE(::gmtime_r(&seconds, &parts) != nullptr);
    char to[64];
    const int n = std::snprintf(to, sizeof to, "%04d-%02d-%02dT%02d:%02d:%02d.%03d%s", parts.tm_year + 1900, parts.tm_mon + 1,
                                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(ms % 1000), zone);
    return {to, static_cast<std::size_t>(n)};
}

}  // namespace

TEST_CASE("property: a time is written as the C library's calendar has it, and is read back") {
    holds("there and back", [] {
        const std::int64_t ms = *any_time();
        const std::string written = text(ms);
        RC_ASSERT(written == by_the_c_library(ms));
        const auto read = stentor::detail::parse_rfc3339(written);
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->time_since_epoch().count() == ms);
    });
}

TEST_CASE("property: texts of times are in the order of the times") {
    holds("order", [] {
        const std::int64_t a = *any_time();
        const std::int64_t b = *rc::gen::oneOf(any_time(), rc::gen::just(a), rc::gen::just((a + 1) % end_of_9999));
        RC_ASSERT((text(a) < text(b)) == (a < b));
        RC_ASSERT((text(a) == text(b)) == (a == b));
    });
}

TEST_CASE("property: a time of another zone is the same time") {
    holds("zones", [] {
        const std::int64_t ms = *rc::gen::inRange<std::int64_t>(86'400'000, end_of_9999 - 86'400'000);
        const int offset = *rc::gen::inRange(-1439, 1440);
        const int size = offset < 0 ? -offset : offset;
        char zone[16];
        (void)std::snprintf(zone, sizeof zone, "%c%02d:%02d", offset < 0 ? '-' : '+', size / 60 % 24, size % 60);
        const auto read = stentor::detail::parse_rfc3339(by_the_c_library(ms + offset * std::int64_t{60'000}, zone));
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->time_since_epoch().count() == ms);
    });
}

TEST_CASE("property: digits behind the millisecond are cut off, and what has none is at its beginning") {
    holds("fractions", [] {
        const std::int64_t ms = *any_time();
        std::string written = text(ms);
        const std::string more = *property::made_of("0123456789");
        written.insert(23, more);
        const auto read = stentor::detail::parse_rfc3339(written);
        RC_ASSERT(read.has_value());
        RC_ASSERT(read->time_since_epoch().count() == ms);
        const auto whole = stentor::detail::parse_rfc3339(written.substr(0, 19) + "Z");
        RC_ASSERT(whole.has_value());
        RC_ASSERT(whole->time_since_epoch().count() == ms / 1000 * 1000);
    });
}

TEST_CASE("property: what is no digit where a digit must be, and what is cut short, is no time") {
    holds("refused", [] {
        std::string written = text(*any_time());
        const std::string cut = written.substr(0, *property::below(written.size()));
        RC_ASSERT(!stentor::detail::parse_rfc3339(cut).has_value());
        const auto at = *property::below(written.size());
        written[at] = *rc::gen::elementOf(std::string("xz /;\0\xff", 7));
        // A small z is allowed.
        RC_PRE(at != written.size() - 1 || written[at] != 'z');
        RC_ASSERT(!stentor::detail::parse_rfc3339(written).has_value());
    });
}
