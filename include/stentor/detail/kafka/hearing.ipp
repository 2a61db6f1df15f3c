#pragma once

// What the event thread hears from librdkafka, and what it tells the publishers of that.

#include <algorithm>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/connect/probe.hpp>
#include <stentor/detail/kafka/connect/resolution.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/kafka/log_lines.hpp>
#include <stentor/detail/kafka/unheard.hpp>
#include <stentor/detail/kafka/words.hpp>
#include <stentor/detail/words.hpp>

namespace stentor::inline v0::detail::kafka {

inline void engine::hear(owned_event event) noexcept {
    const rd_kafka_event_type_t what = ::rd_kafka_event_type(event.get());
    try {
        switch (what) {
            case RD_KAFKA_EVENT_DR: hear_reports(event.get()); break;
            case RD_KAFKA_EVENT_ERROR: hear_error(event.get()); break;
            case RD_KAFKA_EVENT_LOG: hear_log(event.get()); break;
            case RD_KAFKA_EVENT_STATS: statistics_.keep(::rd_kafka_event_stats(event.get())); break;
            case RD_KAFKA_EVENT_OAUTHBEARER_TOKEN_REFRESH: tokens_.begin(config_.tokens, instance_.client()); break;
            default: break;
        }
    } catch (const std::bad_alloc&) {
        if (what != RD_KAFKA_EVENT_STATS) {
            unheard_.keep(std::move(event), read_clock(CLOCK_MONOTONIC));
        }
    }
}

inline void engine::hear_again() noexcept {
    if (unheard_.due() <= read_clock(CLOCK_MONOTONIC)) {
        unheard_.each([this](owned_event&& event) noexcept { hear(std::move(event)); });
    }
}

inline void engine::hear_reports(rd_kafka_event_t* event) noexcept {
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
            topics_.each([&, name = std::string_view(::rd_kafka_topic_name(m->rkt))](topic_entry& t) {
                if (t.name == name) {
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
    } else {
        fault_words_ = last_words_;
        fault_ = kind;
        if (is_news(last_words_)) {
            tell({client_event::kind::fault, kind, last_words_});
        }
    }
}

inline void engine::look_at_suspect() {
    const std::string* const broker = suspicions_.next();
    if (broker == nullptr || look_.under_way()) {
        return;
    }
    [[maybe_unused]] const bool begun = look_.begin("stentor-look", [name = *broker, family = security_.family]() mutable noexcept {
        port_look seen{};
        try {
            const instant until = monotonic_now() + std::chrono::seconds(2);
            const auto colon = name.rfind(':');
            const resolution where(name.substr(0, colon), colon != std::string::npos ? name.substr(colon + 1) : std::string{},
                                   family);
            seen = look_at_port(where.wait_until(until).addresses, until);
        } catch (const std::bad_alloc&) {
            seen = {};
        }
        return std::pair(std::move(name), std::move(seen));
    });
}

inline void engine::hear_look() noexcept {
    try {
        if (const auto seen = look_.take()) {
            if (auto d = suspicions_.looked_at(seen->first, seen->second, security_); d && !brokers_.ever_ready()) {
                last_words_ = std::move(d->cause);
                refused_login(d->code, last_words_);
            }
            look_at_suspect();
        }
    } catch (const std::bad_alloc&) {
        return;  // the next failure of that broker begins it anew
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
inline void engine::pass_on(int level, std::string_view facility, std::string_view words) noexcept {
    level = sobered(level, facility, words);
    int wanted = early_.wanted();
    for (const port& p : ports_) {
        wanted = std::max(wanted, p.leaving ? -1 : p.core->client_log_level());
    }
    if (level > wanted) {
        return;
    }
    try {
        const std::string text = credentials_.scrubbed(std::string(words), config_);
        const client_log line{level, facility, class_of_line(facility, words), text};
        const moment at = read_moment();
        early_.keep(line, at);
        for (port& p : ports_) {
            if (!p.leaving && level <= p.core->client_log_level()) {
                p.core->client_logged(line, at);
            }
        }
    } catch (const std::bad_alloc&) {
        return;  // a line that nobody reads
    }
}

}  // namespace stentor::inline v0::detail::kafka
