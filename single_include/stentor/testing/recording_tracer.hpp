// Made by single_include/generate.py from include/stentor/testing/recording_tracer.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>

/// @file
/// `recording_tracer`: a tracer that remembers what it was told, for tests.

namespace stentor::inline v0 {

/// Remembers everything that a tracer is told, in order. Copies share one memory, so keep one and give the publisher the other:
/// `recording_tracer seen; basic_publisher p{transport, seen};`. Adds no headers. Any thread. Without memory it ends the program.
class recording_tracer {
public:
    recording_tracer() = default;
    /// One that is told the lines of the client's own log, too, up to that level of syslog's.
    explicit recording_tracer(int client_log_level) : client_log_level_(client_log_level) {}

    /// One thing it was told.
    struct entry {
        /// Which member was called.
        enum class kind : std::uint8_t {
            started,   ///< `start`
            retrying,  ///< `retrying` of its span
            finished,  ///< `finish` of its span
            event,     ///< `on_event`
        };
        kind what = kind::started;   ///< which member was called
        std::size_t span = 0;        ///< counts from 0, in the order of the starts; not of an event
        std::string topic{};         ///< of started, event, and finished with a receipt
        std::string key{};           ///< of started
        std::string traceparent{};   ///< of started: what the caller gave, unchecked
        std::uint32_t attempts = 0;  ///< of retrying: the try that failed; of finished: how many there were
        errc code = errc::none;      ///< of a failure or an event
        std::string cause{};         ///< of a failure or an event
        stentor::outcome outcome = stentor::outcome::unknown;       ///< of retrying and finished, and of an event that has one
        verdict::kind answer = verdict::kind::give_up;              ///< of retrying
        nanoseconds delay{};                                        ///< of retrying
        stentor::event::kind event = stentor::event::kind::client;  ///< of an event: its kind
        client_event::kind client = client_event::kind::fault;      ///< of an event from the client: which
        instant at{};                                               ///< when; of an event, as `event::at` says
        std::string facility{};                                     ///< of a line of the client's log
        int level = 7;                                              ///< of a line of the client's log
    };

private:
    struct log {
        mutable detail::spin_lock lock{};
        std::vector<entry> entries{};
        std::size_t spans = 0;

        void keep(entry&& e) noexcept {
            const detail::spin_guard guard(lock);
            entries.push_back(std::move(e));
        }
        [[nodiscard]] std::size_t next_span() noexcept {
            const detail::spin_guard guard(lock);
            return spans++;
        }
    };

public:
    /// One publish; shares the memory of its tracer.
    class span {
    public:
        /// Remembers the failed try and the verdict.
        void retrying(const failure& f, const verdict& v, const moment& at) noexcept {
            entry e;
            e.what = entry::kind::retrying;
            e.span = number_;
            e.attempts = f.attempt;
            e.code = f.code;
            e.cause = f.cause;
            e.outcome = f.outcome;
            e.answer = v.what;
            e.delay = v.delay;
            e.at = at.now;
            log_->keep(std::move(e));
        }
        /// Remembers the end.
        void finish(const result<receipt>& end, const moment& at) noexcept {
            entry e;
            e.what = entry::kind::finished;
            e.span = number_;
            e.at = at.now;
            if (end) {
                e.topic = end->topic;
                e.attempts = end->attempts;
                e.outcome = outcome::persisted;
            } else {
                e.attempts = end.error().attempts;
                e.code = end.error().condition();
                e.cause = end.error().cause;
                e.outcome = end.error().outcome;
            }
            log_->keep(std::move(e));
        }

    private:
        friend class recording_tracer;
        span(std::shared_ptr<log> to, std::size_t number) noexcept : log_(std::move(to)), number_(number) {}
        std::shared_ptr<log> log_;
        std::size_t number_;
    };

    /// Remembers the start.
    [[nodiscard]] span start(const record& r, header_sink&, publish_context& context) noexcept {
        span made(log_, log_->next_span());
        entry e;
        e.what = entry::kind::started;
        e.span = made.number_;
        e.topic = r.topic;
        e.key = r.key;
        e.traceparent = context.parent.traceparent;
        e.at = context.at.now;
        log_->keep(std::move(e));
        return made;
    }

    /// Remembers the event.
    void on_event(const event& what) noexcept {
        entry e;
        e.what = entry::kind::event;
        e.event = what.what;
        e.client = what.client;
        e.topic = what.topic;
        e.code = what.code;
        e.cause = what.cause;
        e.outcome = what.outcome;
        e.at = what.at.now;
        e.facility = what.facility;
        e.level = what.level;
        log_->keep(std::move(e));
    }
    /// As the constructor was told; without that, none.
    [[nodiscard]] int client_log_level() const noexcept { return client_log_level_; }

    /// Everything so far.
    [[nodiscard]] std::vector<entry> entries() const {
        const detail::spin_guard guard(log_->lock);
        return log_->entries;
    }
    /// Everything of one kind.
    [[nodiscard]] std::vector<entry> entries(entry::kind what) const {
        std::vector<entry> some = entries();
        std::erase_if(some, [&](const entry& e) { return e.what != what; });
        return some;
    }
    /// Forgets everything; spans go on counting.
    void clear() noexcept {
        const detail::spin_guard guard(log_->lock);
        log_->entries.clear();
    }

private:
    std::shared_ptr<log> log_ = std::make_shared<log>();
    int client_log_level_ = -1;
};

}  // namespace stentor::inline v0
