// librdkafka's statistics, which we read by our own hand: whatever Boost.JSON takes is read whole, number by number; and whatever
// the text is, what is rendered from it can be read.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <boost/json.hpp>

#include <stentor/detail/metrics/json_walk.hpp>
#include <stentor/metrics/metric_sink.hpp>
#include <stentor/metrics/rdkafka_statistics.hpp>
#include <stentor/metrics/render.hpp>

#include "fuzz/must.hpp"

namespace {

using fuzz::must;
using stentor::detail::metrics::json_scalar;
using stentor::detail::metrics::json_walk;

constexpr std::size_t deepest = 16;  // what json_walk follows

struct count {
    std::size_t numbers = 0;
    std::size_t strings = 0;
};

void count_in(const boost::json::value& v, count& to) {
    switch (v.kind()) {
        case boost::json::kind::object:
            for (const auto& member : v.get_object()) {
                count_in(member.value(), to);
            }
            break;
        case boost::json::kind::array:
            for (const auto& element : v.get_array()) {
                count_in(element, to);
            }
            break;
        case boost::json::kind::string: ++to.strings; break;
        case boost::json::kind::bool_:
        case boost::json::kind::null: break;
        default: ++to.numbers; break;
    }
}

void check_walk(std::string_view text) {
    count seen;
    const bool whole = json_walk(text).run([&](std::span<const std::string_view> path, const json_scalar& s) {
        must(path.size() <= deepest, "no deeper than it says");
        for (const std::string_view name : path) {
            must(name.empty() || (name.data() >= text.data() && name.data() + name.size() <= text.data() + text.size()),
                 "views of the text");
        }
        ++(s.is_number ? seen.numbers : seen.strings);
    });
    boost::json::parse_options how;
    how.max_depth = deepest;
    boost::system::error_code refused;
    const boost::json::value parsed = boost::json::parse(text, refused, {}, how);
    if (refused) {
        return;  // it need not be as strict
    }
    must(whole, "what is JSON is read whole");
    count all;
    count_in(parsed, all);
    // An object keeps the last of equal names only, and what no double can hold is passed over.
    must(seen.strings >= all.strings, "each string is shown");
    must(seen.numbers >= all.numbers || text.find_first_of("eE") != std::string_view::npos || text.size() > 300,
         "each number is shown");
}

void check_render(std::string_view text) {
    stentor::metric_sink sink;
    (void)stentor::add_statistics(sink, text, "client", 4);
    const stentor::collected_metrics all = sink.take();
    must(!all.families.empty(), "what was left out is always there");
    boost::system::error_code refused;
    (void)boost::json::parse(stentor::to_json(all), refused);
    must(!refused, "our JSON is JSON:", refused.message());
    const std::string page = stentor::to_openmetrics(all);
    must(page.ends_with("# EOF\n"), "a page is whole");
    for (std::size_t at = 0; at < page.size();) {
        const std::size_t end = page.find('\n', at);
        const std::string_view line = std::string_view(page).substr(at, end - at);
        must(line.starts_with("# ") || line.starts_with("kafka_rdkafka_"), "each line is a comment or a metric:", line);
        at = end + 1;
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    check_walk(text);
    check_render(text);
    return 0;
}
