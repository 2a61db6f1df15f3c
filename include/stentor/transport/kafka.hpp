#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/detail/kafka/port.hpp>
#include <stentor/error.hpp>
#include <stentor/transport.hpp>
#include <stentor/transport/kafka_client.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/transport/validate.hpp>
#include <stentor/version.hpp>

/// @file
/// The transport to Apache Kafka, over librdkafka (2.0.2 or newer).

namespace stentor::inline v0 {

/// A publisher's way to a Kafka cluster. Thin: the client behind it does the work and may serve several publishers.
/// `submit`, `now`, `wake_at`, `wait`, `take_back` and `up` may be called from any thread; reports and all other events come on the
/// client's event thread. Can be moved as long as it is not attached. `attach` comes before `submit`.
class kafka_transport {
public:
    /// A client of its own; none at all when the configuration says `enabled = false`. Throws `publish_failure` with
    /// `errc::invalid_config`.
    explicit kafka_transport(const kafka_config& config)
        : kafka_transport(config.enabled ? std::make_shared<kafka_client>(config) : nullptr) {}
    /// On a client that others may use as well: `kafka_transport{kafka_client::shared(config)}`.
    explicit kafka_transport(std::shared_ptr<kafka_client> client)
        : client_(std::move(client)), port_(std::make_shared<detail::kafka::port>()) {}
    /// Only while it is not attached.
    kafka_transport(kafka_transport&&) noexcept = default;
    kafka_transport& operator=(kafka_transport&&) = delete;
    kafka_transport(const kafka_transport&) = delete;
    kafka_transport& operator=(const kafka_transport&) = delete;
    /// Retires at once when nobody has: no event follows, and what is outstanding is purged.
    ~kafka_transport() {
        if (attached_ && client_) {
            engine().retire(port_, nullptr, instant{});
        }
    }

    /// Registers the publisher with the client. The core must live until what `retire` kept has gone.
    void attach(events& core) noexcept {
        attached_ = true;
        if (client_) {
            engine().attach(port_, core);
        }
    }

    /// Copies the record into librdkafka's queue. Answers `again` while no broker is up, while the record's topic is being looked
    /// up (once a topic), while the queue is full or the client is being replaced; `unknown_topic` or `authorization` for a topic
    /// that was looked up in vain, which is checked again after a second; `closed` after `retire` and in a forked child.
    [[nodiscard]] fault submit(const record& what, completion& which) noexcept {
        return client_ ? engine().submit(*port_, what, which) : fault{.code = errc::disabled};
    }

    /// One read of the monotonic clock. Wall time follows a jump within 100 ms.
    [[nodiscard]] moment now() noexcept { return detail::kafka::read_moment(); }
    /// One alarm a publisher: the earliest instant counts. Rings the event thread only when it must.
    void wake_at(instant when) noexcept {
        if (client_) {
            engine().wake_at(*port_, when);
        }
    }
    /// Sleeps; with a linger it also makes the client send what it holds.
    [[nodiscard]] bool wait(latch& l, instant until) noexcept { return client_ ? engine().wait(l, until) : l.wait_until(until); }

    /// `keep` goes when all reports have come. At `until` what is outstanding is purged, unless the client has other publishers:
    /// then what is on its way ends by `attempt_timeout`.
    void retire(std::shared_ptr<void> keep, instant until) noexcept {
        if (!client_) {
            return;
        }
        // `keep` may own this very transport, and the event thread may let go of it before the call has returned.
        const auto engine = client_->engine_;
        const auto port = port_;
        engine->retire(port, std::move(keep), until);
    }

    /// Of all publishers on this client.
    void take_back() noexcept {
        if (client_) {
            engine().take_back();
        }
    }
    /// `kafka_config::attempt_timeout`.
    [[nodiscard]] nanoseconds attempt_timeout() const noexcept {
        return client_ ? client_->config().attempt_timeout : nanoseconds(0);
    }
    /// A broker is connected and ready.
    [[nodiscard]] bool up() const noexcept { return client_ && client_->up(); }
    /// How many are.
    [[nodiscard]] std::size_t brokers_up() const noexcept { return client_ ? client_->brokers_up() : 0; }
    /// False when it was made from a configuration that is not: publishers on it accept nothing, and answer `errc::disabled`.
    [[nodiscard]] bool enabled() const noexcept { return client_ != nullptr; }
    /// The client behind it; only if it is `enabled`.
    [[nodiscard]] const kafka_client& client() const noexcept { return *client_; }

private:
    [[nodiscard]] detail::kafka::engine& engine() const noexcept { return *client_->engine_; }

    std::shared_ptr<kafka_client> client_;
    std::shared_ptr<detail::kafka::port> port_;
    bool attached_ = false;
};

static_assert(takes_back<kafka_transport> && bounded_attempts<kafka_transport> && counts_brokers<kafka_transport> &&
              can_be_disabled<kafka_transport>);

}  // namespace stentor::inline v0
