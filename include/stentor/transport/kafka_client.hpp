#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <stentor/detail/kafka/engine.hpp>
#include <stentor/transport/kafka_config.hpp>
#include <stentor/version.hpp>

/// @file
/// One Kafka client, which any number of publishers may share.

namespace stentor::inline v0 {

class kafka_transport;

/// One librdkafka producer with its event thread and its helper thread. Shared by all transports that are made from it. When the
/// last handle and the last publisher are gone, the event thread takes it down by itself; nobody waits for that, and exit() for at
/// most two seconds. All members may be called from any thread.
class kafka_client {
public:
    /// Checks the configuration and starts the client; connecting goes on in the background.
    /// Throws `publish_failure`: `errc::invalid_config` names what is wrong.
    explicit kafka_client(const kafka_config& config) : engine_(std::make_shared<detail::kafka::engine>(config)) {
        engine_->start();
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
            if (auto client = one.lock(); client && client->config() == config && !client->engine_->forked()) {
                return client;
            }
        }
        auto fresh = std::make_shared<kafka_client>(config);
        known->push_back(fresh);
        return fresh;
    }

    /// What it was made with; holds passwords.
    [[nodiscard]] const kafka_config& config() const noexcept { return engine_->config(); }
    /// A broker is connected and ready.
    [[nodiscard]] bool up() const noexcept { return engine_->up(); }

private:
    friend class kafka_transport;
    std::shared_ptr<detail::kafka::engine> engine_;
};

}  // namespace stentor::inline v0
