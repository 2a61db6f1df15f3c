#include <catch2/catch_test_macros.hpp>

#include <string_view>

#include <stentor/context.hpp>

using namespace stentor;

TEST_CASE("a context that nobody traces has no ids") {
    const publish_context c;
    CHECK_FALSE(c.traced());
    CHECK(c.trace_id().empty());
    CHECK(c.span_id().empty());
}

TEST_CASE("a settled context shows its ids") {
    publish_context c;
    constexpr std::string_view text = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    text.copy(c.traceparent.data(), text.size());
    CHECK(c.traced());
    CHECK(c.trace_id() == "0af7651916cd43dd8448eb211c80319c");
    CHECK(c.span_id() == "b7ad6b7169203331");
}
