#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <stentor/breaker.hpp>
#include <stentor/detail/core.hpp>
#include <stentor/detail/ending.hpp>
#include <stentor/detail/words.hpp>
#include <stentor/error.hpp>
#include <stentor/tracer.hpp>
#include <stentor/version.hpp>

// The circuit's transitions become events, and wake up what waits for a permit. On the event thread. A breaker is asked, it does
// not call: a permit that any thread takes may move it from open to half open, the report moves it on. So it is looked at on both
// sides of each result, and a probe that fails is told as half-opened and opened again. Of a breaker with a circuit for each topic
// it is the worst of them that is watched: of the others nothing is kept here.

namespace stentor::inline v0::detail {

// `topic` and `code`: of the call that was just told to the breaker, if one was.
template <class Core>
void watch_breaker(Core& core, const moment& at, std::string_view topic = {}, errc code = errc::none) noexcept {
    if (core.silent()) {
        return;
    }
    const circuit now = core.breaker.state();
    if (now == core.last_circuit) {
        if (now == circuit::half_open && core.breaker_alarm != instant::max()) {
            core.queues.release(topic_queues::block::breaker);  // a probe may have come home
        }
        return;
    }
    core.last_circuit = now;
    std::string why;
    event what;
    what.what = event::kind::breaker_closed;
    if (now == circuit::half_open) {
        what.what = event::kind::breaker_half_opened;
    } else if (now == circuit::open) {
        what.what = event::kind::breaker_opened;
        what.code = code;
        if constexpr (requires { core.breaker.why_open(topic, why); }) {
            why = words_of([&] {
                std::string text;
                core.breaker.why_open(topic, text);
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
        what.topic = topic;  // each has a circuit of its own
    }
    what.at = at;
    core.tell(what);
    core.queues.release(topic_queues::block::breaker);
}

// What a call has shown, to the breaker, if the slot holds a permit; and to the tracer what comes of it.
template <class Core>
void tell_result(Core& core, slot& s, signal what, errc code, std::string_view cause, const moment& at) noexcept {
    if (core.last_circuit != circuit::closed) {
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
