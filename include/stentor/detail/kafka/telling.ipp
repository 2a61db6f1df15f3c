#pragma once

// What the publishers of a client are told of it.

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/words.hpp>

namespace stentor::inline v0::detail::kafka {

// One that joins hears what the others heard before it came, and librdkafka does not say again for half a minute, or at all.
inline void engine::greet(events& core) noexcept {
    const moment at = read_moment();
    if (up_told_) {
        core.client({client_event::kind::broker_up, errc::none, {}}, at);
    } else if (refused_ != errc::none) {
        core.client({refused_how_, refused_, refused_words_}, at);
    } else if (fault_ != errc::none) {
        core.client({client_event::kind::fault, fault_, fault_words_}, at);
    }
}

inline void engine::tell(const client_event& what) noexcept {
    const moment at = read_moment();
    for (port& p : ports_) {
        if (!p.leaving) {
            p.core->client(what, at);
        }
    }
}

// "ssl://host:port: SSL handshake failed: …". One of several bootstrap brokers may be at fault alone; only when all say
// no, waiting is pointless.
inline void engine::refused_login(errc what, const std::string& words) {
    const std::string broker = words.substr(0, words.find(": "));
    if (std::find(refusers_.begin(), refusers_.end(), broker) == refusers_.end()) {
        refusers_.push_back(broker);
    }
    if (what == errc::authentication && security_.old_scram) {
        last_words_ += " (librdkafka before 2.6.1 is refused by Apache Kafka 4 with SCRAM, whatever the password: use a newer one)";
    }
    if (refusers_.size() < bootstrap_) {
        tell({client_event::kind::fault, what, last_words_});
    } else {
        tell_refused(what == errc::authentication ? client_event::kind::authentication_failed : client_event::kind::tls_failed,
                     what);
    }
}

inline void engine::tell_refused(client_event::kind how, errc what) {
    refused_how_ = how;
    refused_ = what;
    refused_words_ = last_words_;
    tell({how, what, refused_words_});
}

inline void engine::tell_brokers() noexcept {
    helper_.brokers_changed();
    if (brokers_.ready() && !dying_) {
        watch_.is_ready();
    } else {
        watch_.changed();
    }
    const std::uint32_t rises = brokers_.rises();
    if (brokers_.ever_ready()) {
        refusers_.clear();
        suspicions_.clear();
    } else if (!brokers_.up()) {
        if (auto d = suspicions_.gone_again(rises, read_clock(CLOCK_MONOTONIC))) {
            last_words_ = std::move(d->cause);
            try {
                refused_login(d->code, last_words_);
            } catch (const std::bad_alloc&) {
                last_words_.clear();  // the next failure of that broker begins it anew
            }
        }
    }
    // A broker that hangs up on who does not log in is up each time before it does so.
    if (rises != rises_told_ && (refused_ == errc::none || brokers_.ever_ready())) {
        rises_told_ = rises;
        unheard_.clear();
        last_words_.clear();
        refused_ = errc::none;
        fault_ = errc::none;
        down_due_ = never;
        if (!std::exchange(up_told_, true)) {
            tell({client_event::kind::broker_up, errc::none, {}});
        }
        resume();
    }
    if (up_told_ && !brokers_.up() && down_due_ == never) {
        constexpr std::int64_t swap_time = 500'000'000;
        down_due_ = brokers_.may_be_a_swap() ? read_clock(CLOCK_MONOTONIC) + swap_time : 0;
    }
    tell_down_when_due();
}

// Records are parked from the first moment, but nobody is alarmed by a connection that is only being swapped.
inline void engine::tell_down_when_due() noexcept {
    if (down_due_ == never || read_clock(CLOCK_MONOTONIC) < down_due_) {
        return;
    }
    down_due_ = never;
    if (!brokers_.up()) {
        up_told_ = false;
        const std::string cause = last_words_.empty() ? words("no broker is up") : words("no broker is up: ", last_words_);
        tell({client_event::kind::all_brokers_down, errc::broker_unavailable, cause});
    }
}

}  // namespace stentor::inline v0::detail::kafka
