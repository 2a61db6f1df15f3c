#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include <stentor/breaker.hpp>
#include <stentor/error.hpp>
#include <stentor/latch.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/version.hpp>

/// @file
/// The transport concept: the outside world, that is the wire, and time.

namespace stentor::inline v0 {

class events;

/// What one submitted record is known by until its report. The publisher owns it (it is the base of its slots); between a
/// successful `submit` and the end of `events::completed` it stays where it is.
struct completion {
    /// What a transport keeps with a completion from one record to the next (recycled header lists). Dies with the completion.
    struct attachment {
        virtual ~attachment() = default;
    };

    events* owner = nullptr;               ///< whom to call; set before the first submit, never changed
    std::uint32_t key_hash = 0;            ///< murmur2 of the key, as Java's partitioner computes it
    bool keyed = false;                    ///< false: null key, `key_hash` means nothing
    std::unique_ptr<attachment> attached;  ///< the transport's own
};

/// What the wire finally said of one submitted record. Views and pointers live for the call.
struct report {
    stentor::outcome outcome = outcome::persisted;  ///< as the wire knows it, never guessed
    fault why{};                                    ///< when not persisted: condition, number and name of the cause
    std::int32_t partition = -1;                    ///< when persisted
    std::int64_t offset = -1;                       ///< when persisted; -1 when the broker did not say
    timestamp time{};                               ///< when persisted: as it is in the log
    bool taken_back = false;                        ///< `take_back` fetched it: it was never sent, and the try does not count
    const record* returned = nullptr;               ///< when not persisted: the record, to be sent again; null for want of memory
};

/// A line of the client's own log. Views live for the call.
struct client_log {
    int level = 7;                ///< of syslog: 0 to 3 are errors, 4 warnings, 5 and 6 information, 7 debugging
    std::string_view facility{};  ///< what it is about, as the client calls it ("FAIL", "CONFWARN")
    errc code = errc::none;       ///< the condition that it tells of, where that is known
    std::string_view text{};      ///< the line, without secrets
};

/// The publisher's core, as a transport sees it. All calls come from the event thread, one at a time, never from inside `submit`,
/// `wake_at` or `attach`. They may call back into the transport (`submit`, `wake_at`, `now`).
class events {
public:
    /// The one report of a submitted record. The completion is the publisher's again.
    virtual void completed(completion& which, const report& what, const moment& at) noexcept = 0;
    /// The instant asked for with `wake_at` has come.
    virtual void woken(const moment& at) noexcept = 0;
    /// What made `submit` answer `again` may be over: try the parked ones once more.
    virtual void resumed(const moment& at) noexcept = 0;
    /// The client learned something of its brokers.
    virtual void client(const client_event& what, const moment& at) noexcept = 0;
    /// How detailed the lines may be that `client_logged` is to be told, in syslog's numbers; -1: none is wanted.
    [[nodiscard]] virtual int client_log_level() const noexcept { return -1; }
    /// The client has written a line to its log. Only lines of a level that is wanted.
    virtual void client_logged(const client_log& /*line*/, const moment& /*at*/) noexcept {}
    /// The world has ended, and no call will come any more. May destroy the publisher's core. For worlds that can end before their
    /// publishers do.
    virtual void abandoned() noexcept {}

protected:
    ~events() = default;
};

namespace detail {

// Member by member, so that a compile error can name the one that is wrong.
template <class T>
concept has_attach = requires(T& t, events& core) {
    { t.attach(core) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_submit = requires(T& t, const record& r, completion& c) {
    { t.submit(r, c) } noexcept -> std::same_as<fault>;
};
template <class T>
concept has_now = requires(T& t) {
    { t.now() } noexcept -> std::same_as<moment>;
};
template <class T>
concept has_wake_at = requires(T& t, instant at) {
    { t.wake_at(at) } noexcept -> std::same_as<void>;
};
template <class T>
concept has_wait = requires(T& t, latch& l, instant until) {
    { t.wait(l, until) } noexcept -> std::same_as<bool>;
};
template <class T>
concept has_retire = requires(T& t, std::shared_ptr<void> keep, instant until) {
    { t.retire(std::move(keep), until) } noexcept -> std::same_as<void>;
};

}  // namespace detail

/// **transport**: the outside world: the wire, and time.
/// 1. Decides: nothing. It sends, reports and tells the time.
/// 2. Called: `attach` once, before anything else but `now`; `retire` at most once, last.
/// 3. On: `submit`, `now`, `wake_at` and `wait` on any thread, several at once. A transport may forbid that, as
///    `memory_transport` does.
/// 4. Fails by: `submit` answers a `fault`; all members are noexcept.
/// 5. Bytes: `submit` copies what it needs before it returns; after its success the completion is lent to the transport until
///    `events::completed`, which comes exactly once, and never from inside `submit`.
/// 6. Minimal (in form: it never reports anything, and has no clock; one that works is in docs/transport.md):
/// ```cpp
/// struct black_hole {
///     void attach(stentor::events&) noexcept {}
///     stentor::fault submit(const stentor::record&, stentor::completion&) noexcept { return {}; }
///     stentor::moment now() noexcept { return {}; }
///     void wake_at(stentor::instant) noexcept {}
///     bool wait(stentor::latch& l, stentor::instant until) noexcept { return l.wait_until(until); }
///     void retire(std::shared_ptr<void>, stentor::instant) noexcept {}
/// };
/// ```
/// - `fault submit(record, completion)`: never blocks. A fault with `again` means: not now, park it until `resumed`. Any other
///   fault is final for this try, and no report follows.
/// - `void wake_at(instant)`: one alarm a publisher. The earliest instant asked for since the last `woken` counts; one in the past
///   means at once. Afterwards `woken` comes on the event thread.
/// - `bool wait(latch&, instant)`: sleeps, or drives the virtual world, until the latch is set (true) or the instant has come
///   (false).
/// - `void retire(keep, instant)`: the publisher is gone. `keep` must live until every outstanding completion was reported, or
///   until the instant has come and they have been purged. No further `woken`, `resumed` or `client` is needed afterwards.
template <class T>
concept transport = detail::has_attach<T> && detail::has_submit<T> && detail::has_now<T> && detail::has_wake_at<T> &&
                    detail::has_wait<T> && detail::has_retire<T>;

/// Refinement: `void take_back() noexcept` asks, from the event thread, for everything back that was never sent; those records are
/// reported with `taken_back` (of all publishers on the same client), soon, and never from inside the call.
template <class T>
concept takes_back = transport<T> && requires(T& t) {
    { t.take_back() } noexcept -> std::same_as<void>;
};

/// Refinement: `nanoseconds attempt_timeout() const noexcept`: how long the transport itself tries to send one record before it
/// reports failure. A publisher starts no retry that has less than this and 500 ms left. Without it: zero.
template <class T>
concept bounded_attempts = transport<T> && requires(const T& t) {
    { t.attempt_timeout() } noexcept -> std::same_as<nanoseconds>;
};

/// Refinement: `bool up() const noexcept`: a broker is known to be up. Dead letters are not written while none is. Without it:
/// true.
template <class T>
concept knows_brokers = transport<T> && requires(const T& t) {
    { t.up() } noexcept -> std::same_as<bool>;
};

/// Refinement: `std::size_t brokers_up() const noexcept`: how many are, for those who look on. From any thread. Without it: one if
/// `up()`, else none.
template <class T>
concept counts_brokers = knows_brokers<T> && requires(const T& t) {
    { t.brokers_up() } noexcept -> std::same_as<std::size_t>;
};

/// Refinement: `bool enabled() const noexcept`: asked once, by each publisher that is made on it. False: it accepts nothing and
/// answers `disabled`, as with `publisher_options::enabled = false`. Without it: true.
template <class T>
concept can_be_disabled = transport<T> && requires(const T& t) {
    { t.enabled() } noexcept -> std::same_as<bool>;
};

}  // namespace stentor::inline v0
