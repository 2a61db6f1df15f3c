#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <pthread.h>
#include <sched.h>

#include <stentor/detail/memory/arena.hpp>
#include <stentor/detail/memory/calendar.hpp>
#include <stentor/detail/memory/chance.hpp>
#include <stentor/detail/memory/director.hpp>
#include <stentor/detail/memory/entry.hpp>
#include <stentor/detail/memory/history.hpp>
#include <stentor/detail/memory/native_names.hpp>
#include <stentor/detail/memory/topics.hpp>
#include <stentor/detail/spin_lock.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/memory_options.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail {

// The virtual world: clock, calendar, broker, log. Shared by a memory_broker and its transports. All state is under one lock, which
// is a no-op unless the world is shared; calls into `events` are made with the lock open, by the one thread that holds the token.
class memory_world {
public:
    explicit memory_world(const memory_broker_options& o) : options_(o), random_(o.seed) {}
    memory_world(const memory_world&) = delete;
    memory_world& operator=(const memory_world&) = delete;

    // what a transport needs (submit.ipp, dispatch.ipp, ports.ipp)
    // What `attach` needs is allocated here; then it is attached, or not expected any more. Throws std::bad_alloc.
    void expect_port();
    void expect_no_port() noexcept;
    [[nodiscard]] port* attach(events& core) noexcept;
    void detach(port& p) noexcept;
    [[nodiscard]] fault submit(port& p, const record& r, completion& c) noexcept;
    // Inline, so that the caller need not read from memory what was stored in smaller pieces a moment ago.
    [[nodiscard, gnu::always_inline]] moment now() noexcept {
        const guard hold(*this);
        return moment_now();
    }
    void wake_at(port& p, instant when) noexcept;
    [[nodiscard]] bool wait(latch& l, instant until) noexcept;
    void retire(port& p, std::shared_ptr<void> keep, instant until) noexcept;
    void take_back(port& p) noexcept;
    void crash(port& p) noexcept;
    [[nodiscard]] bool up() noexcept {
        const guard hold(*this);
        return up_;
    }
    [[nodiscard]] const memory_broker_options& options() const noexcept { return options_; }

    // what the broker's owner can do (control.ipp)
    void advance(nanoseconds d);
    bool run_until_idle(nanoseconds at_most);
    void go_down(nanoseconds d);
    void go_up();
    void hold();
    void release();
    std::size_t complete_next(std::size_t n, const memory_fault& f);
    void create_topic(std::string_view name, std::int32_t partitions);
    void delete_topic(std::string_view name);
    void deny_topic(std::string_view name, bool denied);
    void script(memory_script s);
    void by_chance(memory_chaos c);
    void announce(const client_event& what);
    void clear();
    void abandon() noexcept;
    void shift_wall(milliseconds by) noexcept;
    void spend(nanoseconds d);
    // Null: nobody any more. For worlds of one thread.
    void direct(director* who) noexcept { director_ = who; }
    [[nodiscard]] const memory_log& records(std::string_view topic);
    [[nodiscard]] std::string trace();
    [[nodiscard]] std::uint64_t trace_hash();
    [[nodiscard]] instant present() noexcept {
        const guard hold(*this);
        return now_;
    }
    [[nodiscard]] timestamp wall() noexcept {
        const guard hold(*this);
        return wall_now();
    }
    [[nodiscard]] nanoseconds elapsed() noexcept {
        const guard hold(*this);
        return now_ - origin;
    }
    [[nodiscard]] std::size_t inside() noexcept {
        const guard hold(*this);
        return inside_;
    }

private:
    // Not zero, so that nobody who takes zero for "not set", or subtracts a little, is surprised.
    static constexpr instant origin{std::chrono::hours(1)};

    class guard {
    public:
        explicit guard(memory_world& w) noexcept : world_(w) { world_.lock(); }
        ~guard() { world_.unlock(); }
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;

    private:
        memory_world& world_;
    };

    enum class source : std::uint8_t {
        nothing,
        arrival,
        appointment,
        alarm,
        expiry,
        recovery,
        purge,
        visit
    };
    struct candidate {
        due when{};
        source from = source::nothing;
        port* whom = nullptr;
    };

    void lock() noexcept {
        if (options_.shared) {
            lock_.lock();
        }
    }
    void unlock() noexcept {
        if (options_.shared) {
            lock_.unlock();
        }
    }
    [[nodiscard, gnu::always_inline]] moment moment_now() noexcept { return {now_, random_.next(), wall_now()}; }
    [[nodiscard]] timestamp wall_now() const noexcept {
        return options_.start + wall_shift_ + std::chrono::floor<milliseconds>(now_ - origin);
    }
    // Of topic, key and size: what a step of the trace does not say in numbers.
    [[nodiscard]] static std::uint64_t content_of(const memory_topic& t, const record& r, const completion& c) noexcept {
        return t.hash ^ (c.keyed ? c.key_hash : ~std::uint64_t{0}) * 0x9e3779b97f4a7c15ULL ^ r.value.size() << 8U;
    }
    [[nodiscard]] due at(instant when) noexcept { return {when < now_ ? now_ : when, ++order_}; }
    // `base` plus `d`, for a `d` that may be as large as can be.
    [[nodiscard]] static instant after(instant base, nanoseconds d) noexcept {
        return d.count() <= 0 ? base : d > never - base ? never : base + d;
    }
    void note(happening what, const entry* e, std::int32_t native = 0, stentor::outcome o = outcome::persisted,
              std::int64_t offset = -1, const port* p = nullptr);

    // All that the future of what is inside, of one record more, and of the news for every port can need: what happens later, and
    // may not fail, allocates nothing. Throws std::bad_alloc.
    void make_room() { calendar_.make_room(inside_ + 1, inside_ + 1 + 8 * (live_.size() + spare_.size() + 1)); }

    // submit.ipp
    [[nodiscard]] fault try_submit(port& p, const record& r, completion& c);
    [[nodiscard]] entry& copy_in(port& p, memory_topic& t, const record& r, completion& c);
    void tell_director(happening what, const entry* e, std::int32_t native, stentor::outcome o, std::int64_t offset,
                       std::uint32_t publisher);
    void note_refused(happening what, port& p, memory_topic& t, const record& r, completion& c, std::int32_t native);
    [[nodiscard]] entry& take(port& p, memory_topic& t, const record& r, completion& c);
    [[nodiscard]] memory_fault plan_for(memory_topic& t, const record& r);
    void place(memory_topic& t, entry& e, const completion& c);
    void arrived(entry& e);
    // False: there is no memory for it, and it is not in the log.
    [[nodiscard]] bool write_to_log(entry& e) noexcept;
    void append(entry& e);
    void give_up(entry& e);
    void write_late(entry& e);
    void report_no_room(entry& e);
    void open_topic(memory_topic& t, std::int32_t partitions);

    // dispatch.ipp
    [[nodiscard]] bool take_token(bool must);
    void return_token() noexcept;
    bool drive(instant limit, latch* until_set, bool must);
    [[nodiscard]] candidate next() const noexcept;
    [[nodiscard]] bool step(instant limit);
    template <class F>
    void call(port& p, F&& what);
    void keep_appointment(const appointment& a);
    void report_to_owner(entry& e, stentor::outcome o, std::int32_t native, bool taken_back);

    // ports.ipp
    void let_go(port& p) noexcept;
    void settle(port& p) noexcept {
        if (p.purge_at != never && (p.inside == 0 || abandoned_)) {
            let_go(p);
        }
    }

    // control.ipp
    void down_locked(nanoseconds d);
    void up_locked();
    void tell_all(const client_event& what, bool resume_too);
    void send_waiting();
    void run_due();

    const memory_broker_options options_;
    spin_lock lock_{};
    instant now_ = origin;
    std::uint64_t order_ = 0;
    std::uint64_t submissions_ = 0;
    generator random_;
    calendar calendar_{};
    waiting_room waiting_{};
    fault_source faults_{};
    topic_table topics_{};
    arena memory_{};
    history history_{};
    std::vector<std::unique_ptr<port>> ports_;
    std::vector<std::unique_ptr<port>> spare_;  // for those that are not attached yet
    std::vector<port*> live_;                   // of these, the ones that still want something
    std::deque<std::string> causes_;
    std::size_t inside_ = 0;
    bool up_ = true;
    bool held_ = false;
    bool abandoned_ = false;
    bool dispatching_ = false;
    bool again_told_ = false;
    port* calling_ = nullptr;  // whose callback runs
    ::pthread_t dispatcher_{};
    due recovery_{};  // when the broker comes up by itself
    milliseconds wall_shift_{};
    director* director_ = nullptr;
};

}  // namespace stentor::inline v0::detail

#include <stentor/detail/memory/control.ipp>
#include <stentor/detail/memory/dispatch.ipp>
#include <stentor/detail/memory/ports.ipp>
#include <stentor/detail/memory/submit.ipp>
