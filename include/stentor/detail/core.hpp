#pragma once

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/detail/circuit_seen.hpp>
#include <stentor/detail/event_thread.hpp>
#include <stentor/detail/handler_calls.hpp>
#include <stentor/detail/inbox.hpp>
#include <stentor/detail/lanes.hpp>
#include <stentor/detail/ledger.hpp>
#include <stentor/detail/math.hpp>
#include <stentor/detail/slot.hpp>
#include <stentor/detail/slots.hpp>
#include <stentor/detail/timers.hpp>
#include <stentor/detail/topic_queues.hpp>
#include <stentor/error.hpp>
#include <stentor/options.hpp>
#include <stentor/retry.hpp>
#include <stentor/tracer.hpp>
#include <stentor/transport.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

template <class Core>
void on_completed(Core& core, typename Core::slot_type& s, const report& what, const moment& at) noexcept;
template <class Core>
void on_woken(Core& core, const moment& at) noexcept;
template <class Core>
void on_resumed(Core& core, const moment& at) noexcept;
template <class Core>
void on_client(Core& core, const client_event& what, const moment& at) noexcept;
template <class Core>
void begin_watching(Core& core) noexcept;
template <class Core>
void let_go(Core& core) noexcept;

// All that a publisher is, on the heap, because reports can come after the publisher has gone. What happens to it is told in files
// of their own, in the order of a publish: admission, hand_over, reports, ending, deadlines, and for those who wait, waiting.
template <class Transport, class RetryPolicy, class Breaker, class Tracer>
struct core final : events, std::enable_shared_from_this<core<Transport, RetryPolicy, Breaker, Tracer>> {
    using span = std::decay_t<decltype(std::declval<Tracer&>().start(std::declval<const record&>(), std::declval<header_sink&>(),
                                                                     std::declval<publish_context&>()))>;
    using slot_type = slot_with<span>;

    // A retry is not started with less than the transport's own time-out and this left: the last definite error is a better answer.
    static constexpr nanoseconds retry_margin = std::chrono::milliseconds(500);

    core(Transport t, RetryPolicy r, Breaker b, Tracer tr, publisher_options o)
        : transport(std::move(t)),
          retry(std::move(r)),
          breaker(std::move(b)),
          tracer(std::move(tr)),
          options(std::move(o)),
          pool(options.slots, options.bytes),
          by_key(pool.size(), static_cast<std::uint32_t>(
                                  clamped<std::size_t>(options.parked_per_lane, 1, std::numeric_limits<std::uint32_t>::max()))),
          back_off(pool.size()) {
        for (std::size_t i = 0; i < pool.size(); ++i) {
            pool[i].owner = this;
        }
        if constexpr (bounded_attempts<Transport>) {
            margin = later({}, transport.attempt_timeout()).time_since_epoch() + retry_margin;
        }
        if constexpr (can_be_disabled<Transport>) {
            options.enabled = options.enabled && transport.enabled();
        }
        begin_watching(*this);
        transport.attach(*this);
    }
    core(const core&) = delete;
    core& operator=(const core&) = delete;

    void completed(completion& which, const report& what, const moment& at) noexcept override {
        on_event_thread([&] { on_completed(*this, static_cast<slot_type&>(which), what, at); });
    }
    void woken(const moment& at) noexcept override {
        on_event_thread([&] { on_woken(*this, at); });
    }
    void resumed(const moment& at) noexcept override {
        on_event_thread([&] { on_resumed(*this, at); });
    }
    void client(const client_event& what, const moment& at) noexcept override {
        on_event_thread([&] { on_client(*this, what, at); });
    }
    [[nodiscard]] int client_log_level() const noexcept override {
        if constexpr (requires(Tracer& t, const event& e) { t.on_event(e); }) {
            return silent() ? -1 : client_log_level_of(tracer);
        } else {
            return -1;
        }
    }
    void client_logged(const client_log& line, const moment& at) noexcept override {
        on_event_thread([&] {
            event e;
            e.what = event::kind::client_log;
            e.code = line.code;
            e.cause = line.text;
            e.at = at;
            e.facility = line.facility;
            e.level = line.level;
            tell(e);
        });
    }
    void abandoned() noexcept override {
        // Possibly the last owner: nothing of this object may be touched afterwards.
        const std::shared_ptr<core> last = std::move(itself);
    }

    // Every call of the transport. `close` waits for the end of the one that is running: after it none runs user code any more.
    // What comes behind it here may destroy this object.
    template <class Function>
    void on_event_thread(Function&& f) noexcept {
        {
            const event_scope calls_that_wait_would_deadlock;
            const std::uint64_t calls = event_calls.load(std::memory_order_relaxed);
            const bool outer = calls % 2 == 0;
            if (outer) {
                served_by.is_this_one();
                event_calls.store(calls + 1, std::memory_order_seq_cst);
            }
            f();
            if (outer) {
                event_calls.store(calls + 2, std::memory_order_release);
            }
        }
        let_go(*this);
    }
    // close() has returned: no user code runs any more.
    [[nodiscard]] bool silent() const noexcept { return told_last.load(std::memory_order_seq_cst); }

    [[nodiscard]] static slot_type& full(slot& s) noexcept { return static_cast<slot_type&>(s); }

    [[nodiscard]] bool broker_up() const noexcept {
        if constexpr (knows_brokers<Transport>) {
            return transport.up();
        } else {
            return true;
        }
    }

    // By when the operation ends, whatever it was given: close() lowers every deadline.
    [[nodiscard]] instant deadline_of(const slot& s) const noexcept {
        return lesser(s.deadline.get(), instant{nanoseconds(close_by.load(std::memory_order_seq_cst))});
    }
    // By when it stops waiting to be handed over. A retry is not begun without time for it, so its last error need not wait longer.
    [[nodiscard]] instant parked_until(const slot& s) const noexcept {
        const bool again = s.tries.tries() != 0 && !s.tries.redirected();
        return again ? deadline_of(s) - margin : deadline_of(s);
    }

    // From now on nothing new begins, and what is under way ends by then at the latest. From any thread.
    void shut(instant until) noexcept {
        closed.store(true, std::memory_order_seq_cst);
        const instant::rep wanted = until.time_since_epoch().count();
        instant::rep seen = close_by.load(std::memory_order_relaxed);
        while (wanted < seen && !close_by.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst)) {
        }
        pool.dismiss();
        by_key.dismiss();
        sweep_by(instant{nanoseconds(1)});  // the alarm was set for later deadlines
    }

    // The operation has ended, and its slot does not go home yet.
    void ended_in_place(const slot& s) noexcept {
        pool.line_up();
        watched.ended(s);
    }

    void tell(const event& what) noexcept {
        if constexpr (requires(Tracer& t) { t.on_event(what); }) {
            if (!silent()) {
                tracer.on_event(what);
            }
        }
    }

    // Nothing is told any more after this. Once, by whoever set `told_last`.
    void tell_closed() noexcept {
        if constexpr (requires(Tracer& t) { t.closed(); }) {
            tracer.closed();
        }
        told_closed.store(true, std::memory_order_release);
    }

    // The sweep must run by then. From any thread.
    void sweep_by(instant when) noexcept {
        const instant::rep wanted = when.time_since_epoch().count();
        instant::rep seen = next_sweep.load(std::memory_order_seq_cst);
        while (wanted < seen) {
            if (next_sweep.compare_exchange_weak(seen, wanted, std::memory_order_seq_cst)) {
                transport.wake_at(when);
                return;
            }
        }
    }

    // Leaves a slot for the event thread. From any thread; it is `queued`, or has ended while it was being handed over in vain.
    void post(slot& s) noexcept {
        if (incoming.push(s)) {
            transport.wake_at(instant::min());
        }
    }

    static constexpr instant::rep never = std::numeric_limits<instant::rep>::max();

    Transport transport;
    RetryPolicy retry;
    Breaker breaker;
    Tracer tracer;
    publisher_options options;
    nanoseconds margin{};

    slots<slot_type> pool;
    lanes by_key;
    ledger books{};
    inbox incoming{};
    alignas(64) std::atomic<instant::rep> next_sweep{never};
    std::atomic<instant::rep> close_by{never};  // what close() lowered every deadline to
    std::atomic<bool> closed{false};
    alignas(64) std::atomic<bool> told_last{false};  // close() has returned
    std::atomic<bool> told_closed{false};            // and so has the tracer's last word
    std::atomic<std::uint64_t> event_calls{0};       // begun plus ended: odd while one runs
    serving_thread served_by{};
    std::atomic<bool> leaving{false};  // the publisher was destroyed on an event thread: `itself` lives until all have ended
    std::shared_ptr<core> itself{};
    watchers watched{};

    // The event thread's alone.
    topic_queues queues{};
    timers back_off;
    slot* to_finish = nullptr;  // linked by `next`: doomed by their lane, or ended by a waiter
    instant breaker_alarm = instant::max();
    circuit_seen seen_circuit{};  // of a breaker with one circuit
    bool all_closed = true;
    errc said_code = errc::none;  // what the client last said, as the cause of what expires parked
    std::string said{};
    bool refused_by_all = false;  // authentication or TLS: nothing can be parked for better days
};

}  // namespace stentor::inline v0::detail
