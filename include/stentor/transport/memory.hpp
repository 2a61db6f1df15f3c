#pragma once

#include <memory>
#include <utility>

#include <stentor/detail/memory/world.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/record.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/memory_broker.hpp>
#include <stentor/version.hpp>

/// @file
/// The transport for tests: no broker, no socket, no clock.

namespace stentor::inline v0 {

/// A transport to a `memory_broker`. Any number of them may share one. It belongs to the broker's one thread, or to any if the
/// broker is `shared`. Keeps what it needs of the broker alive.
class memory_transport {
public:
    /// To that broker, whose world it keeps alive. Throws `std::bad_alloc`.
    /// @{
    explicit memory_transport(const memory_broker& broker) : world_(broker.world()) { world_->expect_port(); }
    explicit memory_transport(const memory_broker&&) = delete;  // the broker is a temporary. Name it: memory_broker broker;
    explicit memory_transport(const memory_broker* broker) : memory_transport(*broker) {}
    /// @}
    /// Only before it is attached, or by the publisher that it is attached to.
    /// @{
    memory_transport(memory_transport&& other) noexcept
        : world_(std::move(other.world_)), port_(std::exchange(other.port_, nullptr)) {}
    memory_transport& operator=(memory_transport&& other) noexcept {
        memory_transport old(std::move(*this));
        world_ = std::move(other.world_);
        port_ = std::exchange(other.port_, nullptr);
        return *this;
    }
    /// @}
    ~memory_transport() {
        if (port_ != nullptr) {
            world_->detach(*port_);
        } else if (world_ != nullptr) {
            world_->expect_no_port();
        }
    }

    /// As the transport concept says, in virtual time.
    /// @{
    void attach(events& core) noexcept { port_ = world_->attach(core); }
    [[nodiscard]] fault submit(const record& r, completion& c) noexcept { return world_->submit(*port_, r, c); }
    [[nodiscard, gnu::always_inline]] moment now() noexcept { return world_->now(); }
    void wake_at(instant at) noexcept { world_->wake_at(*port_, at); }
    /// @}
    /// Drives the virtual world until the latch is set or `until` has come; in a shared world it runs what is due now, and sleeps.
    [[nodiscard]] bool wait(latch& l, instant until) noexcept { return world_->wait(l, until); }
    /// `keep` goes when all that is outstanding was reported, at the latest at `until`.
    void retire(std::shared_ptr<void> keep, instant until) noexcept {
        if (port_ != nullptr) {
            world_->retire(*port_, std::move(keep), until);
        }
    }
    /// What of this publisher was only queued when the broker went down comes back.
    void take_back() noexcept { world_->take_back(*port_); }
    /// The process of this publisher dies: what of it is on the wire goes on to the log, what was only queued is lost, and the
    /// publisher hears nothing any more. For a broker of one thread. Publish nothing on it any more, and destroy it when all else
    /// is over: its `close` waits in vain for what is in flight.
    void crash() noexcept { world_->crash(*port_); }
    /// `memory_broker_options::attempt_timeout`.
    [[nodiscard]] nanoseconds attempt_timeout() const noexcept { return world_->options().attempt_timeout; }
    /// The broker is up.
    [[nodiscard]] bool up() const noexcept { return world_->up(); }

private:
    std::shared_ptr<detail::memory_world> world_;
    detail::port* port_ = nullptr;
};

static_assert(takes_back<memory_transport> && bounded_attempts<memory_transport> && knows_brokers<memory_transport>);

}  // namespace stentor::inline v0
