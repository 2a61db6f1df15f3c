#pragma once

// What the event thread of a client does.

#include <algorithm>
#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/words.hpp>

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
            hear(owned_event(event));
            fire_alarms();
        }
        hear_again();
        // Behind what was in the queue when they came.
        if ((why & bell::new_credentials) != 0) {
            begin_with_new_credentials();
        }
        if ((why & bell::errand_done) != 0) {
            hear_look();
            tokens_.give(instance_.client());
        }
        // Who was refused may have rung for a client that has been replaced since.
        if ((why & bell::fatal) != 0 && !dying_ && !gone_.load(std::memory_order_relaxed) &&
            ::rd_kafka_fatal_error(instance_.client(), nullptr, 0) != RD_KAFKA_RESP_ERR_NO_ERROR) {
            began_fatal();
        }
        // The queue's counts drop only when events are destroyed, so this comes after them.
        if (full_.exchange(false, std::memory_order_seq_cst) || (why & bell::resume) != 0) {
            resume();
        }
        fire_alarms();
        tell_down_when_due();
        finish_retired();
        replace_when_drained();
        disconnect_when_drained();
        if (released_.load(std::memory_order_acquire) && ports_.empty()) {
            const guard g(lock_);
            if (joining_.empty()) {
                break;
            }
        }
        bell_.sleep(next_alarm(), [this] { return next_alarm(); });
    }
    const instant ending = monotonic_now();
    helper_.let_go();
    helper_.stop_and_join();
    close_client();
    tokens_.wait_until(ending + std::chrono::seconds(1));
}

inline void engine::change_ports() noexcept {
    port_list<&port::next> joining;
    port_list<&port::next_leaving> leaving;
    {
        const guard g(lock_);
        joining.swap(joining_);
        leaving.swap(leaving_);
    }
    const bool some_join = !joining.empty();
    while (std::shared_ptr<port> p = joining.pop_front()) {
        events& core = *p->core;
        ports_.push_back(std::move(p));
        greet(core);
        early_.tell(core);
    }
    if (some_join) {
        early_.end();
    }
    while (const std::shared_ptr<port> p = leaving.pop_front()) {
        p->leaving = true;
    }
}

inline void engine::resume() noexcept {
    const moment at = read_moment();
    for (port& p : ports_) {
        if (!p.leaving) {
            p.core->resumed(at);
        }
    }
}

inline void engine::fire_alarms() noexcept {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    for (port& p : ports_) {
        if (p.alarm.load(std::memory_order_seq_cst) <= now) {
            p.alarm.exchange(never, std::memory_order_seq_cst);
            if (!p.leaving) {
                p.core->woken(read_moment());
            }
        }
    }
}

inline void engine::finish_retired() noexcept {
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    bool some_leave = false;
    bool others = false;
    for (const port& p : ports_) {
        some_leave = some_leave || p.leaving;
        others = others || !p.leaving || now < p.until;
    }
    if (!some_leave) {
        return;
    }
    if (!others) {
        const guard g(lock_);
        others = !joining_.empty();
    }
    port_list<&port::next> all;
    all.swap(ports_);
    while (std::shared_ptr<port> p = all.pop_front()) {
        if (p->leaving && p->drained()) {
            // What is kept may hold the publisher, its transport, and with it the last handle of this client.
            const std::shared_ptr<void> last = std::move(p->keep);
            continue;
        }
        if (p->leaving && !p->purged && now >= p->until) {
            p->purged = true;
            // A purge is for the whole client. What others have not sent comes back and goes out again; what they have on its way
            // must not be thrown away, so then this port waits for librdkafka's own time-out.
            instance_.purge(others ? RD_KAFKA_PURGE_F_QUEUE : RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
        ports_.push_back(std::move(p));
    }
}

inline void engine::began_fatal() noexcept {
    gate_.shut(gate::replacing);
    if (std::exchange(dying_, true)) {
        return;
    }
    std::array<char, 512> words{};
    const rd_kafka_resp_err_t code = ::rd_kafka_fatal_error(instance_.client(), words.data(), words.size());
    fault_ = errc::none;
    last_words_ = words_of(
        [&] { return credentials_.scrubbed(std::string(::rd_kafka_err2name(code)).append(": ").append(words.data()), config_); });
    // Nothing of it can be sent any more; what is on its way gets its own answer.
    instance_.purge(RD_KAFKA_PURGE_F_QUEUE);
    try {
        watch_.died(of_death(static_cast<std::int32_t>(code), last_words_));
    } catch (const std::bad_alloc&) {
        watch_.changed();  // who waits for the connection then waits for the next one
    }
    tell({client_event::kind::fatal, errc::fatal, last_words_});
}

// After a fatal error librdkafka's client is of no use any more. A new one may start only when nothing of the old one can be
// reported, so that no record is in two clients at once.
inline void engine::replace_when_drained() noexcept {
    if (!dying_ || disconnected() || (released_.load(std::memory_order_acquire) && ports_.empty())) {
        return;
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    try_again_at_ = now + 20'000'000;
    // Who joined before the gate was shut may be inside librdkafka at this moment, and must be among those that are looked at.
    change_ports();
    if (!drained()) {
        return;
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
    up_told_ = false;  // that it was fatal says enough; what comes next is that the new client is up
    down_due_ = never;
    try {
        instance_.create(current_config(), brokers_, bell_.descriptor());
    } catch (const std::exception& e) {
        last_words_ = detail::words(e.what());
        tell({client_event::kind::fault, errc::fatal, last_words_});
        return;
    }
    helper_.serve(instance_.client());
    credentials_.give_to(instance_.client());
    watch_.begins_anew();
    dying_ = false;
    try_again_at_ = never;
    gate_.open(gate::replacing);
    resume();
}

inline bool engine::drained() const noexcept {
    for (const port& p : ports_) {
        if (!p.drained()) {
            return false;
        }
    }
    return true;
}

// The gate is shut for good: when nothing is outstanding any more, or has been purged, librdkafka's client goes. The threads stay
// for the publishers that are still there.
inline void engine::disconnect_when_drained() {
    const std::int64_t by = disconnect_by_.load(std::memory_order_acquire);
    if (by == never || gone_.load(std::memory_order_relaxed)) {
        return;
    }
    const std::int64_t now = read_clock(CLOCK_MONOTONIC);
    change_ports();
    if (!drained()) {
        if (now >= by && !cut_off_.exchange(true)) {
            instance_.purge(RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
        }
        try_again_at_ = std::min(now + 20'000'000, std::max(by, now + 1'000'000));
        return;
    }
    try_again_at_ = never;
    helper_.let_go();
    up_told_ = false;  // nobody is alarmed by what was asked for
    down_due_ = never;
    close_client();
    gone_.store(true, std::memory_order_release);
    watch_.changed();
}

inline void engine::close_client() {
    topics_.each([](topic_entry& t) {
        if (rd_kafka_topic_t* const handle = t.handle.exchange(nullptr)) {
            ::rd_kafka_topic_destroy(handle);
        }
        t.now.store(topic_entry::state::fresh, std::memory_order_release);
    });
    unheard_.clear();
    while (rd_kafka_event_t* const event = instance_.next_event()) {
        ::rd_kafka_event_destroy(event);
    }
    instance_.destroy();
    brokers_.forget();
}

inline port* engine::port_of(const events* core) noexcept {
    for (int round = 0; round < 2; ++round) {
        for (port& p : ports_) {
            if (p.core == core) {
                return &p;
            }
        }
        change_ports();
    }
    return nullptr;
}

inline std::int64_t engine::next_alarm() const noexcept {
    std::int64_t next = std::min({try_again_at_, down_due_, unheard_.due()});
    for (const port& p : ports_) {
        if (!p.leaving) {
            next = std::min(next, p.alarm.load(std::memory_order_seq_cst));
        } else if (!p.purged) {
            next = std::min(next, p.until);
        } else {
            // A submitter that has just been turned away rings no bell.
            next = std::min(next, read_clock(CLOCK_MONOTONIC) + 20'000'000);
        }
    }
    return next;
}

}  // namespace stentor::inline v0::detail::kafka
