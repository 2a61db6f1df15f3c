#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <stentor/detail/memory/native_names.hpp>
#include <stentor/detail/memory/world.hpp>
#include <stentor/error.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/memory_fault.hpp>
#include <stentor/transport/memory_options.hpp>
#include <stentor/transport/memory_record.hpp>
#include <stentor/version.hpp>

/// @file
/// A Kafka cluster in memory, on virtual time, that does what a test tells it.

namespace stentor::inline v0 {

/// The world that `memory_transport`s talk to. Nothing happens by itself: time moves when a synchronous call waits, or by `advance`
/// and `run_until_idle`, and completions come from there, never from inside `submit`. The same calls give the same trace every
/// time. One thread, unless made with `.shared = true`. What transports need of it stays alive as long as they do.
class memory_broker {
public:
    memory_broker() : memory_broker(memory_broker_options{}) {}
    /// `memory_broker{{.seed = 7, .latency = 1ms}}`.
    explicit memory_broker(const memory_broker_options& options) : world_(std::make_shared<detail::memory_world>(options)) {}
    memory_broker(const memory_broker&) = delete;
    memory_broker& operator=(const memory_broker&) = delete;
    /// Drops what retired publishers still waited for.
    ~memory_broker() { world_->abandon(); }

    // Time

    /// Moves time by `d` and does all that happens meanwhile, in order. Throws `std::logic_error` inside a handler.
    void advance(nanoseconds d) { world_->advance(d); }
    /// Moves time until nothing is left to happen, alarms of publishers included. A publisher may still have one set for the
    /// deadline of an operation that has ended: time can end up there. (`advance(0ns)` does just what is due now.) True when there
    /// is nothing left, false when there was after `at_most`. Throws `std::logic_error` inside a handler.
    bool run_until_idle(nanoseconds at_most = std::chrono::hours(24)) { return world_->run_until_idle(at_most); }
    /// Virtual time since the broker was made.
    [[nodiscard]] nanoseconds elapsed() const noexcept { return world_->elapsed(); }
    /// What transports on it take for the monotonic clock.
    [[nodiscard]] instant now() const noexcept { return world_->present(); }
    /// Virtual wall time.
    [[nodiscard]] timestamp wall() const noexcept { return world_->wall(); }

    /// For a handler that is slow: it takes `d`, and nothing else happens meanwhile. Who waits for longer than he wanted by then
    /// does not wait any more. Throws `std::logic_error` outside of handlers.
    void spend(nanoseconds d) { world_->spend(d); }
    /// The wall clock jumps, back if it is negative; the monotonic clock does not, so no deadline moves.
    void shift_wall(milliseconds by) noexcept { world_->shift_wall(by); }

    // Topics and records

    /// What is in the log of a topic, all partitions, in the order of arrival; empty for an unknown topic. The reference lives as
    /// long as the broker. Don't read it while other threads publish.
    [[nodiscard]] const memory_log& records(std::string_view topic) const { return world_->records(topic); }
    /// Makes a topic, or gives it more partitions. Throws `std::invalid_argument` for no name or no partition.
    void create_topic(std::string_view name, std::int32_t partitions = 1) { world_->create_topic(name, partitions); }
    /// From now on it is UNKNOWN_TOPIC_OR_PART (3), until `create_topic`. Its records are gone.
    void delete_topic(std::string_view name) { world_->delete_topic(name); }
    /// From now on it is TOPIC_AUTHORIZATION_FAILED (29).
    void deny_topic(std::string_view name) { world_->deny_topic(name, true); }
    /// Ends `deny_topic`.
    void allow_topic(std::string_view name) { world_->deny_topic(name, false); }
    /// Forgets all records and the trace, and keeps the memory. Offsets, topics, faults and what is in flight stay.
    void clear() { world_->clear(); }

    // Faults

    /// The next `n` submits end as the class table has it for that condition. Throws `std::invalid_argument` for a condition that
    /// no broker can cause (`serialization`, `closed`, …).
    void fail_next(std::uint32_t n, errc code) {
        if (const memory_fault f = detail::fault_for(code); n > 0) {
            fail_next(n, f);
        }
    }
    /// The next `n` submits meet that fault.
    void fail_next(std::uint32_t n, const memory_fault& f) {
        memory_script s;
        s.times = n;
        s.fault = f;
        world_->script(std::move(s));
    }
    /// `broker.script({.topic = "t", .key = "k", .attempt = 2, .fault = memory_fault::lost_request()})`.
    void script(memory_script s) { world_->script(std::move(s)); }
    /// Faults by chance from now on; `{}` ends it.
    void random_faults(memory_chaos c) { world_->by_chance(std::move(c)); }
    /// The broker goes down, for `d` or until `up`. New submits are parked by their publisher; what is inside is written when it is
    /// up again, or times out: `not_persisted` if it was only queued, else `unknown`.
    void down(nanoseconds d = nanoseconds::max()) { world_->go_down(d); }
    /// Ends `down`: what is parked goes out, what is inside is written.
    void up() { world_->go_up(); }
    /// It is not down.
    [[nodiscard]] bool is_up() const noexcept { return world_->up(); }
    /// Tells every publisher so, as a client does that had bad news of its brokers: `authentication_failed`, `tls_failed`, `fatal`,
    /// …
    void announce(const client_event& what) { world_->announce(what); }

    // Manual completion

    /// From now on nothing completes by itself, what is under way included. Held records don't time out while the broker is up.
    void hold() { world_->hold(); }
    /// Ends `hold`: what was held is answered, in order, after the usual latency.
    void release() { world_->release(); }
    /// Completes the `n` oldest held ones now, as planned or with another fault, and tells their publishers before it returns. How
    /// many there were. Throws `std::logic_error` inside a handler, `std::invalid_argument` for a fault that is no answer.
    std::size_t complete_next(std::size_t n = 1) { return world_->complete_next(n, {}); }
    /// Completes the oldest held one now, with that fault. 1, or 0 when none is held.
    std::size_t complete_next(const memory_fault& f) { return world_->complete_next(1, f); }
    /// Records that were submitted and not yet reported.
    [[nodiscard]] std::size_t pending() const noexcept { return world_->inside(); }

    // What happened

    /// Everything, one line each: time, publisher, what, record, offset, error.
    [[nodiscard]] std::string trace() const { return world_->trace(); }
    /// A hash of the same, equal for equal runs on every compiler; there with `keep_history = false`, too.
    [[nodiscard]] std::uint64_t trace_hash() const { return world_->trace_hash(); }

    /// For `memory_transport`.
    [[nodiscard]] const std::shared_ptr<detail::memory_world>& world() const noexcept { return world_; }

private:
    std::shared_ptr<detail::memory_world> world_;
};

}  // namespace stentor::inline v0
