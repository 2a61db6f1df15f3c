#pragma once

// What the event thread hears from librdkafka, and what it tells the publishers of that.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/connect/probe.hpp>
#include <stentor/detail/kafka/connect/resolution.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/kafka/log_lines.hpp>
#include <stentor/detail/kafka/words.hpp>

namespace stentor::inline v0::detail::kafka {

inline void engine::hear(rd_kafka_event_t* event) {
    switch (::rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_DR: hear_reports(event); break;
        case RD_KAFKA_EVENT_ERROR: hear_error(event); break;
        case RD_KAFKA_EVENT_LOG: hear_log(event); break;
        case RD_KAFKA_EVENT_STATS: statistics_.keep(::rd_kafka_event_stats(event)); break;
        case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH: tokens_.begin(config_.tokens, instance_.client()); break;
        default: break;
    }
    ::rd_kafka_event_destroy(event);
}

inline void engine::hear_reports(rd_kafka_event_t* event) {
    const moment at = read_moment();
    const events* last_core = nullptr;
    port* to = nullptr;
    while (const rd_kafka_message_t* const m = ::rd_kafka_event_message_next(event)) {
        completion& c = *static_cast<completion*>(m->_private);
        if (c.owner != last_core) {
            last_core = c.owner;
            to = port_of(last_core);
        }
        if (to == nullptr) {
            continue;
        }
        ++to->reported;
        const report& r = reports_.make(*m, !to->leaving);
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            rd_kafka_headers_t* list = nullptr;
            // Only a success gives its list back: a failed record is handed back with views into it.
            if (recycle_ && c.attached &&
                ::rd_kafka_message_detach_headers(const_cast<rd_kafka_message_t*>(m), &list) == RD_KAFKA_RESP_ERR_NO_ERROR) {
                static_cast<recycled_headers*>(c.attached.get())->give_back(list);
            }
        } else if (m->rkt != nullptr && r.outcome == outcome::not_persisted) {
            topics_.each([&](topic_entry& t) {
                if (t.name == r.returned->topic) {
                    doubt(t, m->err);
                }
            });
        }
        to->core->completed(c, r, at);
    }
}

inline void engine::hear_error(rd_kafka_event_t* event) {
    const rd_kafka_resp_err_t code = ::rd_kafka_event_error(event);
    // The event of a fatal error has the code of its cause: the client itself knows best.
    if (::rd_kafka_fatal_error(instance_.client(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
        began_fatal();
        return;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
        return;  // says that of one disconnect of one broker: broker_states knows better
    }
    const char* const words = ::rd_kafka_event_error_string(event);
    const std::string_view text = words != nullptr ? words : ::rd_kafka_err2str(code);
    if (std::exchange(logged_, {}) != text) {
        hear_failure(static_cast<std::int32_t>(code), text);
    }
}

inline void engine::hear_failure(std::int32_t code, std::string_view words) {
    security known = security_;
    known.proven = brokers_.ever_ready();
    diagnosis d = diagnose(code, with_certificate(words, certificates_.take(words)), known);
    d.cause = credentials_.scrubbed(std::move(d.cause), config_);  // a broker may have said anything
    const errc kind = d.code;
    const bool guessed = d.open != diagnosis::doubt::none;
    const bool of_a_broker = words.find(": ") != std::string_view::npos;
    if (kind == errc::authentication && !guessed && of_a_broker && credentials_.failed_before(read_failure(words, {}).broker)) {
        return;
    }
    last_words_ = d.cause;
    if (is_about_a_token(words)) {
        // No broker was asked.
        d.hint = "Look at the token_source: it gave no token, or one that librdkafka refuses.";
        // librdkafka asks again after some seconds: who is connected stays so, and an outage of a cluster that was there may end.
        if (!brokers_.ready()) {
            watch_.died(std::move(d));
        }
        if (brokers_.up() || brokers_.ever_ready()) {
            tell({client_event::kind::fault, kind, last_words_});
        } else {
            tell_refused(client_event::kind::authentication_failed, kind);
        }
        return;
    }
    if (!brokers_.ready() && of_a_broker) {
        connection_failure f = read_failure(words, std::move(d));
        if (guessed && !known.proven) {
            suspicions_.hung_up(f.broker, f.why, brokers_.rises(), read_clock(CLOCK_MONOTONIC));
            look_at_suspect();
        } else if (!f.beyond_connect) {
            suspicions_.drop(f.broker);
        }
        watch_.failed(std::move(f));
    }
    if ((kind == errc::authentication || kind == errc::tls) && !guessed && !known.proven) {
        refused_login(kind, last_words_);
    } else if (is_news(last_words_)) {
        tell({client_event::kind::fault, kind, last_words_});
    }
}

inline void engine::look_at_suspect() {
    const std::string* const broker = suspicions_.next();
    if (broker == nullptr || look_.under_way()) {
        return;
    }
    [[maybe_unused]] const bool begun = look_.begin("stentor-look", [name = *broker, family = security_.family] {
        const instant until = monotonic_now() + std::chrono::seconds(2);
        const auto colon = name.rfind(':');
        const resolution where(name.substr(0, colon), colon != std::string::npos ? name.substr(colon + 1) : std::string{}, family);
        return std::pair(name, look_at_port(where.wait_until(until).addresses, until));
    });
}

inline void engine::hear_look() {
    if (const auto seen = look_.take()) {
        if (auto d = suspicions_.looked_at(seen->first, seen->second, security_); d && !brokers_.ever_ready()) {
            last_words_ = std::move(d->cause);
            refused_login(d->code, last_words_);
        }
        look_at_suspect();
    }
}

// One broker of several that is away for long fails the same way twice a second: while others are up, that is told every 10 s.
inline bool engine::is_news(const std::string& last_words) {
    std::string words = without_number(last_words);
    constexpr std::int64_t a_while = 10'000'000'000;
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    std::erase_if(told_, [&](const auto& t) { return now - t.second > a_while; });
    const bool told = std::any_of(told_.begin(), told_.end(), [&](const auto& t) { return t.first == words; });
    if (!told) {
        told_.emplace_back(std::move(words), now);
    }
    return !told || !brokers_.up();
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

// Who joins later is told, too.
inline void engine::tell_refused(client_event::kind how, errc what) {
    refused_how_ = how;
    refused_ = what;
    refused_words_ = last_words_;
    tell({how, what, refused_words_});
}

// Newer versions say some things only in their log: a listener that wants TLS or SASL and just hangs up.
inline void engine::hear_log(rd_kafka_event_t* event) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (::rd_kafka_event_log(event, &facility, &text, &level) != 0) {
        return;
    }
    const std::string_view about(facility);
    std::string_view words(text);
    if (const auto thread = words.find("]: "); words.starts_with("[thrd:") && thread != std::string_view::npos) {
        words.remove_prefix(thread + 3);
    }
    if (about == "GETPID" && words.starts_with("Acquired PID")) {
        watch_.has_producer_id();
        helper_.has_producer_id();
    } else if (about == "SSLCERTVRFY") {
        certificates_.found(words);
    } else if (about == "FAIL" && !brokers_.ever_ready() && words.find("Disconnected") != std::string_view::npos) {
        logged_ = words;
        hear_failure(RD_KAFKA_RESP_ERR__TRANSPORT, words);
    }
    pass_on(level, about, words);
}

// To whom wants lines of that level; most want none, and then it costs nothing.
inline void engine::pass_on(int level, std::string_view facility, std::string_view words) {
    level = sobered(level, facility, words);
    int wanted = early_.wanted();
    for (const std::shared_ptr<port>& p : ports_) {
        wanted = std::max(wanted, p->leaving ? -1 : p->core->client_log_level());
    }
    if (level > wanted) {
        return;
    }
    const std::string text = credentials_.scrubbed(std::string(words), config_);
    const client_log line{level, facility, class_of_line(facility, words), text};
    const moment at = read_moment();
    early_.keep(line, at);
    for (const std::shared_ptr<port>& p : ports_) {
        if (!p->leaving && level <= p->core->client_log_level()) {
            p->core->client_logged(line, at);
        }
    }
}

inline void engine::tell(const client_event& what) {
    const moment at = read_moment();
    for (const std::shared_ptr<port>& p : ports_) {
        if (!p->leaving) {
            p->core->client(what, at);
        }
    }
}

inline void engine::tell_brokers() {
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
            refused_login(d->code, last_words_);
        }
    }
    // A broker that hangs up on who does not log in is up each time before it does so.
    if (rises != rises_told_ && (refused_ == errc::none || brokers_.ever_ready())) {
        rises_told_ = rises;
        last_words_.clear();
        refused_ = errc::none;
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
inline void engine::tell_down_when_due() {
    if (down_due_ == never || read_clock(CLOCK_MONOTONIC) < down_due_) {
        return;
    }
    down_due_ = never;
    if (!brokers_.up()) {
        up_told_ = false;
        const std::string cause = last_words_.empty() ? "no broker is up" : "no broker is up: " + last_words_;
        tell({client_event::kind::all_brokers_down, errc::broker_unavailable, cause});
    }
}

}  // namespace stentor::inline v0::detail::kafka
