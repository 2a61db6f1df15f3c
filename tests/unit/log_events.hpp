#pragma once

#include <chrono>
#include <string_view>

#include <stentor/log.hpp>

// What a tracer is told.

namespace logged {

using namespace std::chrono_literals;
using namespace stentor;

inline constexpr std::string_view ids = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

inline moment at(nanoseconds since) {
    return {instant(since), 7, timestamp(1'767'225'600'000ms + std::chrono::floor<milliseconds>(since))};
}

inline event of(event::kind what, errc code = errc::none, nanoseconds when = 1s) {
    event e;
    e.what = what;
    e.code = code;
    e.at = at(when);
    return e;
}

// A publish from start to finish, as a publisher tells of it.
template <class Tracer>
void publish(Tracer& t, const result<receipt>& end, header_view headers = {}, std::string_view key = {}) {
    header_sink sink;
    publish_context context;
    context.at = at(1s);
    context.parent.traceparent = ids;
    record r;
    r.topic = "orders";
    r.key = key;
    auto span = t.start(r, sink, context);
    r.value = "cAn4ry";
    r.headers = headers;
    span.composed(r);
    span.finish(end, at(1s + 2500us));
}

inline error lost(errc code = errc::broker_unavailable) {
    error e(code, "the cause");
    e.topic = "orders";
    e.attempts = 3;
    e.hint = "the hint";
    return e;
}

}  // namespace logged
