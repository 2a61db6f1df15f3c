#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/error.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

/// @file
/// `scripted_transport`: a transport whose every answer the test gives, for tests of the publisher's inside.

namespace stentor::inline v0 {

/// A transport that keeps what is submitted until the test reports on it by hand, on virtual time. Copies share one world, so keep
/// one and give the publisher the other. One thread; and that of the test is the event thread whenever it calls a member that
/// reports.
class scripted_transport {
public:
    /// One record as it was submitted, copied.
    struct submitted {
        std::string topic{};                                         ///< a copy
        std::optional<std::string> key{};                            ///< none: a null key
        std::optional<std::string> value{};                          ///< none: a tombstone
        std::vector<std::pair<std::string, std::string>> headers{};  ///< name and value, in order
        timestamp time{};                                            ///< the timestamp of the record
        std::int32_t partition = -1;                                 ///< -1: by the key
        instant at{};                                                ///< when it was submitted
        bool open = false;                                           ///< not reported yet

        /// The value of the first header of that name.
        [[nodiscard]] std::optional<std::string> header(std::string_view name) const {
            for (const auto& [n, v] : headers) {
                if (n == name) {
                    return v;
                }
            }
            return std::nullopt;
        }
    };

    scripted_transport() : world_(std::make_shared<world>()) {}

    // ---- the script ----
    /// The next `submit` answers that fault, `again` included; several are used up in order. A fault that is none: it takes the
    /// record.
    void answer_next(fault f) { world_->answers.push_back(std::move(f)); }
    /// Everything that was ever taken by `submit`.
    [[nodiscard]] const std::vector<submitted>& submits() const noexcept { return world_->submits; }
    /// The number of the oldest record without a report, if any.
    [[nodiscard]] std::optional<std::size_t> oldest() const noexcept {
        for (std::size_t i = 0; i < world_->submits.size(); ++i) {
            if (world_->submits[i].open) {
                return i;
            }
        }
        return std::nullopt;
    }

    /// Reports on record number `i` as given; the record itself is handed back with every failure. Not twice: the second is ignored
    /// and answers false.
    bool complete(std::size_t i, report what) noexcept { return world_->complete(i, std::move(what)); }
    /// Reports record number `i` as persisted, at an offset of its own.
    bool persist(std::size_t i) noexcept {
        report r;
        r.partition = 0;
        r.offset = static_cast<std::int64_t>(i);
        r.time = i < submits().size() ? submits()[i].time : timestamp{};
        return complete(i, std::move(r));
    }
    /// Reports record number `i` as failed.
    bool fail(std::size_t i, errc code, stentor::outcome what = stentor::outcome::not_persisted) noexcept {
        report r;
        r.outcome = what;
        r.why.code = code;
        r.why.name = "SCRIPTED";
        return complete(i, std::move(r));
    }
    /// Called again and again while a synchronous call waits, until it answers false: the place to report from then.
    void while_waiting(std::function<bool()> act) { world_->act = std::move(act); }
    /// Lets time pass; the alarm rings on its way.
    void advance(nanoseconds by) noexcept { world_->run_until(world_->time + by); }
    /// Says that what was answered `again` may be tried once more.
    void resume() noexcept {
        if (world_->core != nullptr) {
            world_->core->resumed(world_->now());
        }
    }
    /// Tells the publisher what its client has learned.
    void tell(const client_event& what) noexcept {
        if (world_->core != nullptr) {
            world_->core->client(what, world_->now());
        }
    }
    /// Tells the publisher a line of the client's log, if it wants lines of that level.
    void log(const client_log& line) noexcept {
        if (world_->core != nullptr && line.level <= world_->core->client_log_level()) {
            world_->core->client_logged(line, world_->now());
        }
    }
    /// Virtual time since the world was made.
    [[nodiscard]] nanoseconds elapsed() const noexcept { return world_->time - world::start; }

    // ---- the transport concept ----
    /// As the transport concept says; `now` draws from a fixed sequence, so that every run is the same.
    /// @{
    void attach(events& core) noexcept { world_->core = &core; }
    [[nodiscard]] fault submit(const record& r, completion& which) noexcept { return world_->submit(r, which); }
    [[nodiscard]] moment now() noexcept { return world_->now(); }
    void wake_at(instant when) noexcept { world_->alarm = std::min(world_->alarm, when); }
    [[nodiscard]] bool wait(latch& until_set, instant until) noexcept { return world_->wait(until_set, until); }
    /// @}
    /// Reports what is still open as `unknown`, at once: there is no wire that could say more.
    void retire(std::shared_ptr<void> keep, instant) noexcept {
        world_->alarm = instant::max();
        for (std::size_t i = 0; i < submits().size(); ++i) {
            fail(i, errc::closed, stentor::outcome::unknown);
        }
        world_->core = nullptr;
        keep.reset();
    }

private:
    struct world {
        static constexpr instant start{std::chrono::seconds(1)};

        events* core = nullptr;
        instant time = start;
        instant alarm = instant::max();
        std::uint64_t drawn = 0;
        std::deque<fault> answers{};
        std::vector<submitted> submits{};
        // The topic's own view goes back with the record, because publishers know their topics by address.
        struct lent {
            completion* which = nullptr;
            std::string_view topic{};
        };
        std::vector<lent> lents{};
        std::function<bool()> act{};

        [[nodiscard]] moment now() noexcept {
            using namespace std::chrono;
            constexpr sys_days begin = year{2026} / January / 1;
            return {time, ++drawn * 0x9e3779b97f4a7c15U, begin + duration_cast<milliseconds>(time - start)};
        }

        [[nodiscard]] fault submit(const record& r, completion& which) noexcept {
            if (!answers.empty()) {
                fault f = std::move(answers.front());
                answers.pop_front();
                if (f) {
                    return f;
                }
            }
            submitted s;
            s.topic = r.topic;
            if (r.key.data() != nullptr) {
                s.key = std::string(r.key);
            }
            if (r.value.data() != nullptr) {
                s.value = std::string(r.value);
            }
            for (const header& h : r.headers) {
                s.headers.emplace_back(h.name, h.value);
            }
            s.time = r.time;
            s.partition = r.partition;
            s.at = time;
            s.open = true;
            submits.push_back(std::move(s));
            lents.push_back({&which, r.topic});
            return {};
        }

        bool complete(std::size_t i, report what) noexcept {
            if (i >= submits.size() || !submits[i].open) {
                return false;
            }
            submits[i].open = false;
            completion& which = *lents[i].which;
            // A copy: `completed` may submit again, which moves the list of records.
            const submitted s = submits[i];
            std::vector<header> headers;
            for (const auto& [name, value] : s.headers) {
                headers.push_back({name, value, false});
            }
            const record back{lents[i].topic,
                              s.key ? std::string_view(*s.key) : std::string_view{},
                              s.value ? std::string_view(*s.value) : std::string_view{},
                              headers,
                              s.time,
                              s.partition};
            what.returned = what.outcome == stentor::outcome::persisted ? nullptr : &back;
            which.owner->completed(which, what, now());
            return true;
        }

        void run_until(instant until) noexcept {
            while (alarm <= until) {
                time = std::max(time, alarm);
                ring();
            }
            time = std::max(time, until);
        }
        void ring() noexcept {
            alarm = instant::max();
            if (core != nullptr) {
                core->woken(now());
            }
        }

        [[nodiscard]] bool wait(latch& until_set, instant until) noexcept {
            while (!until_set.is_set()) {
                if (act && act()) {
                    continue;
                }
                if (alarm > until) {
                    time = std::max(time, until);
                    break;
                }
                time = std::max(time, alarm);
                ring();
            }
            return until_set.is_set();
        }
    };

    std::shared_ptr<world> world_;
};

}  // namespace stentor::inline v0
