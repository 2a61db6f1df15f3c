#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <stentor/breaker.hpp>
#include <stentor/detail/circuit_seen.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// The circuit's transitions become events, and wake up what waits for a permit. On the event thread. A breaker is asked, it does
// not call: a permit that any thread takes may move it from open to half open, the report moves it on. So it is looked at on both
// sides of each result, and a probe that fails is told as half-opened and opened again. Of a breaker with a circuit for each topic
// each is looked at.

namespace stentor::inline v0::detail {

struct look_at_circuit {
    template <class Breaker>
    void operator()(std::string_view, const Breaker&, circuit_seen&) const noexcept {}
};
template <class Breaker>
concept has_circuits = requires(Breaker& b) { b.each_circuit(look_at_circuit{}); };

// `look(topic, breaker, seen)`; the topic is empty where the circuit is that of all, or of many.
template <class Core, class Look>
void for_each_circuit(Core& core, Look&& look) noexcept {
    if constexpr (has_circuits<decltype(core.breaker)>) {
        core.breaker.each_circuit(look);
    } else {
        look(std::string_view{}, core.breaker, core.seen_circuit);
    }
}

template <class Core>
void begin_watching(Core& core) noexcept {
    for_each_circuit(core, [&](std::string_view, const auto& one, circuit_seen& seen) {
        seen.begin(one);
        core.all_closed = core.all_closed && seen.last() == circuit::closed;
    });
}

template <class Core, class Breaker>
void tell_move(Core& core, const Breaker& of, circuit to, std::string_view topic, errc code, const moment& at) noexcept {
    std::string why;
    event what;
    what.what = event::kind::breaker_closed;
    if (to == circuit::half_open) {
        what.what = event::kind::breaker_half_opened;
    } else if (to == circuit::open) {
        what.what = event::kind::breaker_opened;
        what.code = code;
        if constexpr (requires { of.why_open(topic, why); }) {
            why = words_of([&] {
                std::string text;
                of.why_open(topic, text);
                return text;
            });
        }
        what.cause = why;
        if (why.empty()) {
            what.cause = core.said;
            what.code = code != errc::none ? code : core.said_code;
        }
    }
    if constexpr (requires { core.breaker.state(topic); }) {
        what.topic = topic;
    }
    what.at = at;
    core.tell(what);
}

template <class Core>
[[gnu::noinline, gnu::cold]] void look_at_circuits(Core& core, const moment& at, std::string_view topic, errc code) noexcept {
    bool moved = false;
    bool probes = false;
    bool all_closed = true;
    for_each_circuit(core, [&](std::string_view of, const auto& one, circuit_seen& seen) {
        seen.look(one, [&](circuit to) {
            const bool by_the_call = of.empty() || topic.empty() || of == topic;
            tell_move(core, one, to, of.empty() ? topic : of, by_the_call ? code : errc::none, at);
            moved = true;
        });
        probes = probes || seen.last() == circuit::half_open;
        all_closed = all_closed && seen.last() == circuit::closed;
    });
    core.all_closed = all_closed;
    // A probe may have come home, too.
    if (moved || (probes && core.breaker_alarm != instant::max())) {
        core.queues.release(topic_queues::block::breaker);
    }
}

// `topic` and `code`: of the call that was just told to the breaker, if one was. All is well nearly always, and each publish looks
// twice: the rest is a function of its own.
template <class Core>
void watch_breaker(Core& core, const moment& at, std::string_view topic = {}, errc code = errc::none) noexcept {
    if (!core.silent() && (!core.all_closed || core.breaker.state() != circuit::closed)) [[unlikely]] {
        look_at_circuits(core, at, topic, code);
    }
}

// What a call has shown, to the breaker, if the slot holds a permit; and to the tracer what comes of it.
template <class Core>
void tell_result(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (!core.all_closed) {
        watch_breaker(core, at, s.topic->text);
    }
    return_permit(core, s, what, code, cause, at);
    if (what != signal::neutral) {
        watch_breaker(core, at, s.topic->text, code);
    }
}

// The breaker hears of one that waited in vain. It holds no permit while it waits, so it takes one to say so; where none is to be
// had the circuit is open already.
template <class Core>
void tell_breaker(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    const bool never_tried = s.tries.tries() == 0 || s.tries.redirected();
    if (!s.permit && never_tried && what != signal::neutral && !core.silent()) {
        s.permit = core.breaker.allow(s.topic->text, at);
        s.handed_at = s.started.get();
    }
    tell_result(core, s, what, code, cause, at);
}

}  // namespace stentor::inline v0::detail
