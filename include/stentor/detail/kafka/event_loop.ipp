#pragma once

// What the event thread of a client does.

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/engine.hpp>

namespace stentor::inline v0::detail::kafka {

inline void* engine::thread_main(void* self) noexcept {
    auto& owned = *static_cast<std::shared_ptr<engine>*>(self);
    const std::unique_ptr<std::shared_ptr<engine>> holder(&owned);
    {
        const event_scope everything_here_runs_on_the_event_thread;
        owned->run();
    }
    owned.reset();
    process_state::instance().wound_down();
    return nullptr;
}

inline void engine::run() noexcept {
    for (;;) {
        const std::uint32_t why = bell_.answer();
        change_ports();
        if ((why & bell::brokers_changed) != 0) {
            tell_brokers();
        }
        if ((why & bell::take_back) != 0) {
            instance_.purge(RD_KAFKA_PURGE_F_QUEUE);
        }
        while (rd_kafka_event_t* const event = instance_.next_event()) {
            hear(event);
            fire_alarms();
        }
        if ((why & bell::fatal) != 0) {
            began_fatal();
        }
        // The queue's counts drop only when events are destroyed, so this comes after them.
        if (full_.exchange(false, std::memory_order_seq_cst) || (why & bell::resume) != 0) {
            resume();
        }
        fire_alarms();
        finish_retired();
        replace_when_drained();
        if (released_.load(std::memory_order_acquire) && ports_.empty()) {
            const guard g(lock_);
            if (joining_.empty()) {
                break;
            }
        }
        bell_.sleep(next_alarm(), [this] { return next_alarm(); });
    }
    helper_.let_go();
    helper_.stop_and_join();
    close_client();
}

inline void engine::change_ports() {
    std::vector<std::shared_ptr<port>> joining;
    std::vector<departure> leaving;
    {
        const guard g(lock_);
        joining.swap(joining_);
        leaving.swap(leaving_);
    }
    for (std::shared_ptr<port>& p : joining) {
        ports_.push_back(p);
        if (up_told_) {  // the others heard it before this one came
            p->core->client({client_event::kind::broker_up, errc::none, {}}, read_moment());
        }
    }
    for (departure& d : leaving) {
        d.who->leaving = true;
        d.who->keep = std::move(d.keep);
        d.who->until = d.until;
    }
}

inline void engine::hear(rd_kafka_event_t* event) {
    switch (::rd_kafka_event_type(event)) {
        case RD_KAFKA_EVENT_DR: hear_reports(event); break;
        case RD_KAFKA_EVENT_ERROR: hear_error(event); break;
        case RD_KAFKA_EVENT_LOG: hear_log(event); break;
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
    last_words_ = words != nullptr ? words : ::rd_kafka_err2str(code);
    const errc kind = classify(static_cast<std::int32_t>(code)).code;
    if ((kind == errc::authentication || kind == errc::tls) && !brokers_.ever_up()) {
        refused_login(kind, last_words_);
        return;
    }
    tell({client_event::kind::fault, kind, last_words_});
}

// "ssl://host:port/bootstrap: SSL handshake failed: …". One of several bootstrap brokers may be at fault alone; only when all say
// no, waiting is pointless.
inline void engine::refused_login(errc what, const std::string& words) {
    const std::string broker = words.substr(0, words.find(": "));
    if (std::find(refusers_.begin(), refusers_.end(), broker) == refusers_.end()) {
        refusers_.push_back(broker);
    }
    if (what == errc::authentication && config_.sasl_mechanism.starts_with("SCRAM") && ::rd_kafka_version() < 0x020601ff) {
        last_words_ += " (librdkafka before 2.6.1 is refused by Apache Kafka 4 with SCRAM, whatever the password: use a newer one)";
    }
    const bool all = refusers_.size() >= bootstrap_;
    tell({!all                          ? client_event::kind::fault
          : what == errc::authentication ? client_event::kind::authentication_failed
                                         : client_event::kind::tls_failed,
          what, last_words_});
}

// Newer versions say some things only in their log: a listener that wants TLS or SASL and just hangs up.
inline void engine::hear_log(rd_kafka_event_t* event) {
    const char* facility = nullptr;
    const char* text = nullptr;
    int level = 0;
    if (brokers_.ever_up() || ::rd_kafka_event_log(event, &facility, &text, &level) != 0 || std::string_view(facility) != "FAIL") {
        return;
    }
    std::string_view words(text);
    if (const auto thread = words.find("]: "); words.starts_with("[thrd:") && thread != std::string_view::npos) {
        words.remove_prefix(thread + 3);
    }
    if (words.find("Disconnected") != std::string_view::npos) {
        last_words_.assign(words).append("; does this port expect TLS or SASL?");
        tell({client_event::kind::fault, errc::broker_unavailable, last_words_});
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
    const std::uint32_t rises = brokers_.rises();
    if (rises != rises_told_) {
        rises_told_ = rises;
        up_told_ = true;
        refusers_.clear();
        tell({client_event::kind::broker_up, errc::none, {}});
        resume();
    }
    if (up_told_ && !brokers_.up()) {
        up_told_ = false;
        tell({client_event::kind::all_brokers_down, errc::broker_unavailable,
              last_words_.empty() ? std::string_view("no broker is up") : std::string_view(last_words_)});
    }
}

inline void engine::resume() {
    const moment at = read_moment();
    for (const std::shared_ptr<port>& p : ports_) {
        if (!p->leaving) {
            p->core->resumed(at);
        }
    }
}

inline void engine::fire_alarms() {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    for (const std::shared_ptr<port>& p : ports_) {
        if (p->alarm.load(std::memory_order_seq_cst) <= now) {
            p->alarm.store(never, std::memory_order_seq_cst);
            if (!p->leaving) {
                p->core->woken(read_moment());
            }
        }
    }
}

inline void engine::finish_retired() {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    bool others = false;
    for (const std::shared_ptr<port>& p : ports_) {
        others = others || !p->leaving || now < p->until;
    }
    for (std::size_t i = 0; i < ports_.size();) {
        port& p = *ports_[i];
        if (p.leaving && p.drained()) {
            // What is kept may hold the publisher, its transport, and with it the last handle of this client.
            const std::shared_ptr<void> last = std::move(p.keep);
            ports_.erase(ports_.begin() + static_cast<std::ptrdiff_t>(i));
            continue;
        }
        if (p.leaving && !p.purged && now >= p.until) {
            p.purged = true;
            // A purge is for the whole client. What others have not sent comes back and goes out again; what they have on its way
            // must not be thrown away, so then this port waits for librdkafka's own time-out.
            instance_.purge(others ? RD_KAFKA_PURGE_F_QUEUE : RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
        ++i;
    }
}

inline void engine::began_fatal() {
    gate_.shut(gate::replacing);
    if (std::exchange(dying_, true)) {
        return;
    }
    std::array<char, 512> words{};
    const rd_kafka_resp_err_t code = ::rd_kafka_fatal_error(instance_.client(), words.data(), words.size());
    last_words_.assign(::rd_kafka_err2name(code)).append(": ").append(words.data());
    // Nothing of it can be sent any more; what is on its way gets its own answer.
    instance_.purge(RD_KAFKA_PURGE_F_QUEUE);
    tell({client_event::kind::fatal, errc::fatal, last_words_});
}

// After a fatal error librdkafka's client is of no use any more. A new one may start only when nothing of the old one can be
// reported, so that no record is in two clients at once.
inline void engine::replace_when_drained() {
    if (!dying_ || (released_.load(std::memory_order_acquire) && ports_.empty())) {
        return;
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    try_again_at_ = now + 20'000'000;
    for (const std::shared_ptr<port>& p : ports_) {
        if (!p->drained()) {
            return;
        }
    }
    constexpr std::int64_t minute = 60'000'000'000;
    if (replaced_at_[0] != 0 && now - replaced_at_[0] < minute) {
        try_again_at_ = replaced_at_[0] + minute;
        return;
    }
    std::rotate(replaced_at_.begin(), replaced_at_.begin() + 1, replaced_at_.end());
    replaced_at_.back() = now;
    helper_.let_go();
    close_client();
    try {
        instance_.create(config_, brokers_, bell_.descriptor());
    } catch (const std::exception& e) {
        last_words_ = e.what();
        tell({client_event::kind::fault, errc::fatal, last_words_});
        return;
    }
    helper_.serve(instance_.client());
    dying_ = false;
    try_again_at_ = never;
    gate_.open(gate::replacing);
    resume();
}

inline void engine::close_client() {
    topics_.each([](topic_entry& t) {
        if (rd_kafka_topic_t* const handle = t.handle.exchange(nullptr)) {
            ::rd_kafka_topic_destroy(handle);
        }
        t.now.store(topic_entry::state::fresh, std::memory_order_release);
    });
    while (rd_kafka_event_t* const event = instance_.next_event()) {
        ::rd_kafka_event_destroy(event);
    }
    instance_.destroy();
    brokers_.forget();
}

inline port* engine::port_of(const events* core) noexcept {
    for (int round = 0; round < 2; ++round) {
        for (const std::shared_ptr<port>& p : ports_) {
            if (p->core == core) {
                return p.get();
            }
        }
        change_ports();
    }
    return nullptr;
}

inline std::int64_t engine::next_alarm() const noexcept {
    std::int64_t next = try_again_at_;
    for (const std::shared_ptr<port>& p : ports_) {
        if (!p->leaving) {
            next = std::min(next, p->alarm.load(std::memory_order_seq_cst));
        } else if (!p->purged) {
            next = std::min(next, p->until);
        } else {
            // A submitter that has just been turned away rings no bell.
            next = std::min(next, read_clock(CLOCK_MONOTONIC) + 20'000'000);
        }
    }
    return next;
}

}  // namespace stentor::inline v0::detail::kafka
