#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <stentor/detail/durations.hpp>
#include <stentor/detail/kafka/clock.hpp>
#include <stentor/detail/kafka/engine.hpp>
#include <stentor/error.hpp>
#include <stentor/moment.hpp>
#include <stentor/secret.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/transport/topic_settings.hpp>
#include <stentor/version.hpp>

/// @file
/// One Kafka client, which any number of publishers may share.

namespace stentor::inline v0 {

class kafka_transport;

/// One librdkafka producer with its event thread and its helper thread. Shared by all transports that are made from it. When the
/// last handle and the last publisher are gone, the event thread takes it down by itself; nobody waits for that, and exit() for at
/// most two seconds. All members may be called from any thread. What answers a `result` throws nothing: without memory that says
/// `out_of_memory`.
class kafka_client {
public:
    /// Checks the configuration and starts the client; connecting goes on in the background.
    /// Throws `publish_failure`: `errc::invalid_config` names what is wrong. Without memory, that or `std::bad_alloc`.
    explicit kafka_client(const kafka_config& config) : engine_(std::make_shared<detail::kafka::engine>(config)) {
        engine_->start();
    }
    /// A client that is connected: metadata have come, and it can publish at once. Otherwise the cause, as soon as it is certain:
    /// every bootstrap broker refused the connection, TLS or the login, or has no address; `deadline_exceeded` only when they say
    /// nothing at all. Its `hint` says what to do. Answers by `timeout` + 250 ms, and leaves nothing behind when it failed.
    /// `invalid_config` at once; `would_deadlock` on an event thread.
    [[nodiscard]] static result<std::shared_ptr<kafka_client>> connect(const kafka_config& config,
                                                                       nanoseconds timeout = std::chrono::seconds(10)) {
        return contained([&]() -> result<std::shared_ptr<kafka_client>> {
            auto client = std::make_shared<kafka_client>(config);
            if (auto connected = client->wait_until_connected(timeout); !connected) {
                return std::move(connected).error();
            }
            return client;
        });
    }

    ~kafka_client() { engine_->release(); }
    kafka_client(const kafka_client&) = delete;
    kafka_client& operator=(const kafka_client&) = delete;

    /// The process's one client of that configuration, made at the first call and gone with its last user. Throws as the
    /// constructor does.
    [[nodiscard]] static std::shared_ptr<kafka_client> shared(const kafka_config& config) {
        static auto* const known = new std::vector<std::weak_ptr<kafka_client>>;
        const detail::kafka::guard g(detail::kafka::process_state::instance().registry);
        std::erase_if(*known, [](const auto& one) { return one.expired(); });
        for (const auto& one : *known) {
            if (auto client = one.lock();
                client && client->config() == config && !client->engine_->forked() && !client->engine_->disconnected()) {
                return client;
            }
        }
        auto fresh = std::make_shared<kafka_client>(config);
        known->push_back(fresh);
        return fresh;
    }

    /// Waits until metadata have come, at once when a broker is connected already; fails as `connect` does. That a token could not
    /// be had, or that the client met a fatal error, is told at once one time: who asks again waits for what comes next, and hears
    /// it at `timeout` when nothing does.
    [[nodiscard]] result<void> wait_until_connected(nanoseconds timeout) {
        return contained([&] { return engine_->await_connection(later(timeout)); });
    }

    /// Are these topics (such as `config().topics`) there, and may this user see them? Waits for the connection first. When
    /// `config().create_topics` is set, what is missing is created as it is described; what is there stays as it is. One error
    /// names everything that is missing
    /// (`unknown_topic`), denied (`authorization`), or cannot be created as described (`invalid_config`). Answers by `timeout` +
    /// 250 ms. Whether this user may write to a topic that it sees, only writing shows.
    [[nodiscard]] result<void> check_topics(const std::vector<topic_settings>& topics,
                                            nanoseconds timeout = std::chrono::seconds(10)) {
        return contained([&] { return engine_->check_topics(topics, config().create_topics, later(timeout)); });
    }

    /// What it logs in with from the next connection on; connections that are up stay. For PLAIN and SCRAM: otherwise
    /// `invalid_config`. `config()` goes on saying what it was made with.
    [[nodiscard]] result<void> set_credentials(const std::string& user, const secret& password) {
        return contained([&] { return engine_->set_credentials(user, password); });
    }

    /// Ends it for everybody who shares it: their publishers accept nothing any more (`closed`), and what waits for a broker ends
    /// with that. Waits for the answers to what is on its way; at `timeout` the rest is given up (`unknown` if it may be in the
    /// log), and this says `deadline_exceeded`. Returns by `timeout` + 250 ms, with success when all is closed. `shared` makes a
    /// new client afterwards. May be called again.
    [[nodiscard]] result<void> disconnect(nanoseconds timeout = std::chrono::seconds(5)) {
        return contained([&] { return engine_->disconnect(later(timeout)); });
    }

    /// What it was made with; holds passwords.
    [[nodiscard]] const kafka_config& config() const noexcept { return engine_->config(); }
    /// What librdkafka last said of itself, as its JSON (STATISTICS.md), every `statistics.interval.ms` of
    /// `kafka_config::properties`; null before the first time, and when that is not set. For metrics:
    /// `stentor/metrics/rdkafka_statistics.hpp`.
    [[nodiscard]] std::shared_ptr<const std::string> statistics() const noexcept { return engine_->statistics(); }
    /// A broker is connected and ready.
    [[nodiscard]] bool up() const noexcept { return engine_->up(); }
    /// How many are.
    [[nodiscard]] std::size_t brokers_up() const noexcept { return engine_->brokers_up(); }

private:
    friend class kafka_transport;

    template <class Call>
    [[nodiscard]] static auto contained(Call&& call) -> decltype(call()) {
        try {
            try {
                return call();
            } catch (const publish_failure& e) {
                return e.error();  // a copy, which takes memory
            }
        } catch (const std::bad_alloc&) {
            return error(errc::out_of_memory);
        }
    }
    [[nodiscard]] static instant later(nanoseconds timeout) noexcept {
        return detail::later(detail::kafka::monotonic_now(), timeout);
    }

    std::shared_ptr<detail::kafka::engine> engine_;
};

}  // namespace stentor::inline v0
