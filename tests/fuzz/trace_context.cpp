// traceparent, tracestate and baggage: a line each. What is read is written and read as the same; what is forwarded is made of what
// was given; and the tracer adds what it should.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stentor/context.hpp>
#include <stentor/message.hpp>
#include <stentor/tracer/baggage.hpp>
#include <stentor/tracer/trace_context.hpp>
#include <stentor/tracer/w3c.hpp>

#include "fuzz/must.hpp"

namespace {

using fuzz::must;

bool is_small_hex(std::string_view text) { return text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

// The specification, taken literally.
bool is_traceparent(std::string_view t) {
    if (t.size() < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-') {
        return false;
    }
    const std::string_view version = t.substr(0, 2);
    const bool fields =
        is_small_hex(version) && is_small_hex(t.substr(3, 32)) && is_small_hex(t.substr(36, 16)) && is_small_hex(t.substr(53, 2));
    const bool ids = t.substr(3, 32) != std::string(32, '0') && t.substr(36, 16) != std::string(16, '0');
    return fields && ids && version != "ff" && (t.size() == 55 || (version != "00" && t[55] == '-'));
}

void check_parent(std::string_view given) {
    const auto read = stentor::parse_traceparent(given);
    must(read.has_value() == is_traceparent(given), "read if and only if it keeps to the specification");
    if (!read) {
        return;
    }
    std::array<char, stentor::traceparent_size> to;
    stentor::write_traceparent(*read, to);
    const std::string_view written(to.data(), to.size());
    must(written.substr(2, 51) == given.substr(2, 51), "the ids are forwarded as they are");
    const auto again = stentor::parse_traceparent(written);
    must(again.has_value() && again->flags == read->flags, "what is written can be read");
}

std::size_t members_of(std::string_view state) {
    std::size_t many = state.empty() ? 0 : 1;
    for (const char c : state) {
        many += c == ',' ? 1 : 0;
    }
    return many;
}

void check_state(std::string_view given) {
    std::array<char, stentor::tracestate_limit> room;
    const std::string forwarded(stentor::forwardable_tracestate(given, room));
    must(forwarded.size() <= stentor::tracestate_limit, "never longer than the limit");
    if (given.size() <= stentor::tracestate_limit) {
        must(forwarded.empty() || forwarded == given, "as it is, or not at all");
        return;
    }
    must(members_of(forwarded) <= 32, "never more than 32 members");
    for (std::size_t at = 0; at < forwarded.size();) {
        const std::size_t end = std::min(forwarded.find(',', at), forwarded.size());
        must(given.find(forwarded.substr(at, end - at)) != std::string_view::npos, "whole members only");
        at = end + 1;
    }
    must(stentor::forwardable_tracestate(forwarded, room) == forwarded, "what is forwarded is forwarded again");
}

void check_baggage(std::string_view given) {
    const std::string_view forwarded = stentor::forwardable_baggage(given);
    must(forwarded.size() <= stentor::baggage_limit, "never longer than the limit");
    must(given.starts_with(forwarded), "as it is, from the beginning");
    must(forwarded.size() == given.size() || forwarded.empty() || given[forwarded.size()] == ',', "whole members only");
    std::size_t members = 0;
    for (std::size_t at = 0; at < forwarded.size();) {
        const std::size_t end = std::min(forwarded.find(',', at), forwarded.size());
        const std::string_view member = forwarded.substr(at, end - at);
        if (member.find_first_not_of(" \t") != std::string_view::npos) {
            ++members;
            const std::size_t equals = member.find('=');
            must(equals != std::string_view::npos, "each member has a value");
            must(member.substr(0, equals).find_first_not_of(" \t") != std::string_view::npos, "and a key");
        }
        for (const char c : member) {
            must((c >= ' ' && c <= '~') || c == '\t', "nothing that ends a header");
        }
        at = end + 1;
    }
    must(members <= stentor::baggage_members, "never more members than the limit");
    must(forwarded.empty() || members != 0, "never without a member");
    must(stentor::forwardable_baggage(forwarded) == forwarded, "what is forwarded is forwarded again");
}

void check_tracer(std::string_view parent, std::string_view state, std::string_view baggage) {
    stentor::header_sink add;
    stentor::publish_context context{};
    context.parent = {.traceparent = parent, .tracestate = state, .baggage = baggage, .correlation_id = baggage};
    context.at.random = parent.size();
    (void)stentor::w3c_tracer{}.start(stentor::record{}, add, context);
    const stentor::header_view headers = add.headers();
    must(is_traceparent(headers.find("traceparent")) && headers.find("traceparent").size() == 55,
         "a traceparent of version 00, always");
    const bool given = is_traceparent(parent);
    must(!given || headers.find("traceparent").substr(2, 51) == parent.substr(2, 51), "the one that was given");
    std::array<char, stentor::tracestate_limit> room;
    const std::string_view forwarded = given ? stentor::forwardable_tracestate(state, room) : std::string_view{};
    must(headers.find("tracestate") == forwarded, "a tracestate only with its traceparent");
    const std::string_view carried = stentor::forwardable_baggage(baggage);
    must(headers.find("baggage") == carried, "the baggage, whatever its traceparent");
    must(headers.size() == (forwarded.empty() ? 1U : 2U) + (carried.empty() ? 0U : 1U), "and no other header");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view all(reinterpret_cast<const char*>(data), size);
    const std::size_t line = std::min(all.find('\n'), all.size());
    const std::string_view parent = all.substr(0, line);
    const std::string_view rest = line < all.size() ? all.substr(line + 1) : std::string_view{};
    const std::size_t second = std::min(rest.find('\n'), rest.size());
    const std::string_view state = rest.substr(0, second);
    // The last line ends with the input: newlines are among what baggage may not have.
    const std::string_view baggage = second < rest.size() ? rest.substr(second + 1) : std::string_view{};
    check_parent(parent);
    check_state(state);
    check_baggage(baggage);
    check_tracer(parent, state, baggage);
    return 0;
}
