#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <stentor/breaker.hpp>
#include <stentor/moment.hpp>
#include <stentor/options.hpp>
#include <stentor/version.hpp>

/// @file
/// A publisher seen from outside, at one moment: what metrics, health checks and status pages are made from.

namespace stentor::inline v0 {

/// What a publisher looks like at one moment. Its figures are read one after the other while the publisher works on, so only
/// `account` balances by itself.
struct publisher_snapshot {
    bool gone = true;                   ///< there is no publisher (any more): all else says nothing
    bool enabled = true;                ///< false: it was made to accept nothing
    bool closed = false;                ///< `close` was called
    moment at{};                        ///< the transport's time of this look
    stentor::account account{};         ///< where all accepted messages are
    circuit breaker = circuit::closed;  ///< the breaker's `state_at` that time; of one with a circuit a topic, the worst
    std::size_t slots = 0;              ///< how many there are
    std::size_t slots_in_use = 0;       ///< taken; those of operations that ended and whose last report is still due are among them
    std::size_t bytes = 0;              ///< `publisher_options::bytes`
    std::size_t bytes_in_use = 0;       ///< of keys, values and headers in flight
    nanoseconds oldest_in_flight{};     ///< the age of the oldest message without an outcome; zero: there is none
    /// How long the outcome of a message has been due. It comes within 250 ms of its deadline; what is far above that says that
    /// nothing runs on the event thread any more, because a user's handler holds it up.
    nanoseconds overdue{};
    bool knows_brokers = false;  ///< the transport can tell whether brokers are up; of one that takes no messages nobody asks
    std::size_t brokers_up = 0;  ///< how many; of a transport that only knows whether any is: 1 or 0
};

namespace detail {
struct snapshot_access;
}

/// Where snapshots of one publisher come from: `publisher.snapshots()`. Small, copied freely, and without the publisher's type, so
/// that what reports on publishers need not be a template. It does not keep the publisher alive; when that is gone, snapshots say
/// so.
class snapshot_source {
public:
    /// Of no publisher: all snapshots are `gone`.
    snapshot_source() noexcept = default;

    /// A look at it now. From any thread that may use the publisher's transport (`kafka_transport`: any); never waits, allocates
    /// nothing, and costs the publisher nothing. It looks at each slot that was ever in use: about 20 us a thousand of them.
    [[nodiscard]] publisher_snapshot read() const noexcept {
        const std::shared_ptr<void> alive = core_.lock();
        return alive ? read_(alive.get()) : publisher_snapshot{};
    }

private:
    friend struct detail::snapshot_access;
    using reader = publisher_snapshot (*)(void*) noexcept;
    snapshot_source(std::weak_ptr<void> core, reader how) noexcept : core_(std::move(core)), read_(how) {}

    std::weak_ptr<void> core_{};
    reader read_ = nullptr;
};

}  // namespace stentor::inline v0
