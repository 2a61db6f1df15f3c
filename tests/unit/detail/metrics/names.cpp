#include <catch2/catch_test_macros.hpp>

#include <string_view>

#include <stentor/detail/metrics/names.hpp>

using namespace stentor;
using namespace stentor::detail::metrics;

TEST_CASE("metrics names: letters, digits and _") {
    for (const std::string_view fine : {"a", "_", "A9_z", "_9"}) {
        CHECK(is_name(fine));
    }
    for (const std::string_view wrong : {"", "9", "a-b", "a b", "a:b", "\xc3\xa9", "a\n"}) {
        CHECK_FALSE(is_name(wrong));
    }
}

TEST_CASE("metrics names: a counter ends in _total, nothing else does") {
    CHECK(wrong_name("a_total", metric_type::counter).empty());
    CHECK_FALSE(wrong_name("_total", metric_type::counter).empty());
    CHECK_FALSE(wrong_name("total", metric_type::counter).empty());
    CHECK(wrong_name("a", metric_type::gauge).empty());
    for (const std::string_view wrong : {"a_total", "a_bucket", "a_count", "a_sum", "a_created", "a_info"}) {
        CHECK_FALSE(wrong_name(wrong, metric_type::gauge).empty());
        CHECK_FALSE(wrong_name(wrong, metric_type::histogram).empty());
    }
}

TEST_CASE("metrics names: labels that are taken") {
    CHECK(wrong_label("topic", metric_type::counter).empty());
    CHECK_FALSE(wrong_label("__topic", metric_type::counter).empty());
    CHECK_FALSE(wrong_label("quantile", metric_type::gauge).empty());
    CHECK_FALSE(wrong_label("le", metric_type::histogram).empty());
    CHECK_FALSE(wrong_label("le", metric_type::gauge).empty());
}

TEST_CASE("metrics names: what OpenMetrics calls a family, and its unit") {
    CHECK(base_name("a_total", metric_type::counter) == "a");
    CHECK(base_name("a_seconds", metric_type::histogram) == "a_seconds");
    CHECK(unit_of("a_seconds", metric_type::histogram) == "seconds");
    CHECK(unit_of("a_bytes_total", metric_type::counter) == "bytes");
    CHECK(unit_of("seconds", metric_type::gauge).empty());
    CHECK(unit_of("milliseconds", metric_type::gauge).empty());
    CHECK(unit_of("a_total", metric_type::counter).empty());
    CHECK(clash("a", metric_type::gauge, "a_total", metric_type::counter));
    CHECK_FALSE(clash("a", metric_type::gauge, "b_total", metric_type::counter));
}
