#include <catch2/catch_test_macros.hpp>

#include <string_view>
#include <utility>

#include <stentor/metrics/metrics_format.hpp>

using namespace stentor;

TEST_CASE("negotiate: the format that the Accept header likes best") {
    constexpr auto text = metrics_format::prometheus;
    constexpr auto open = metrics_format::openmetrics;
    constexpr auto json = metrics_format::json;
    const std::pair<std::string_view, metrics_format> cases[] = {
        {"", text},
        {"*/*", text},
        {"text/plain", text},
        {"text/*", text},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", text},  // a browser
        {"application/json", json},
        {"application/json, text/plain, */*", text},
        {"application/json, */*;q=0.1", json},
        {"application/*", json},
        {"APPLICATION/JSON", json},
        {"application/openmetrics-text", open},
        {"application/openmetrics-text; version=1.0.0; charset=utf-8", open},
        {"application/openmetrics-text;version=\"1.0.0\"", open},
        {"application/openmetrics-text;version=0.0.1", text},
        {"application/openmetrics-text;version=0.0.1,application/json;q=0.1", json},
        // Prometheus 2.40 and 3.0
        {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         open},
        {"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2", open},
        {"application/openmetrics-text;q=0.5,text/plain;q=0.6", text},
        {"application/openmetrics-text;q=0,*/*", text},
        {"text/plain;q=0,application/json;q=0.001", json},
        {"text/plain;q=0.5,application/json;q=0.501", json},
        {"text/plain;version=1.0.0;q=1,application/json;q=0.5,text/plain;version=0.0.4;q=0.4", json},
        {"text/*;q=0.9,text/plain;q=0.1,application/json;q=0.5", json},  // the closer range counts
        {"application/openmetrics-text;x=\",\";q=0.2, text/plain;q=0.1", open},
        {"text/plain ; q=0.2 , application/json ; q=0.3", json},
        {"application/json;q=1.5,text/plain;q=0.9", json},
        {"application/json;q=2,text/plain;q=0.1", text},
        {"application/json;q=x,text/plain;q=0.1", text},
        {"image/png", text},
        {";;;,,,q=\"\\", text},
        {"\"", text},
    };
    for (const auto& [accept, wanted] : cases) {
        INFO(accept);
        CHECK(negotiate(accept) == wanted);
    }
}

TEST_CASE("content_type: what each format is sent as") {
    CHECK(content_type(metrics_format::prometheus) == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(content_type(metrics_format::openmetrics) == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(content_type(metrics_format::json) == "application/json");
}
