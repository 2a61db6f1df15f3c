#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stentor/testing/mock_cluster.hpp>
#include <stentor/transport/kafka.hpp>

// A mock cluster with a client that is connected to it. To make and to end the two takes far longer than what an input does, so
// they serve many inputs: each leaves them as it found them.

namespace fuzz {

class mock_world {
public:
    explicit mock_world(int brokers)
        : cluster_(brokers),
          client_(std::make_shared<stentor::kafka_client>(stentor::kafka_config{
              .brokers = cluster_.bootstrap(),
              .attempt_timeout = attempt_timeout,
              .properties = {{"reconnect.backoff.ms", "1"}, {"reconnect.backoff.max.ms", "5"}, {"retry.backoff.ms", "1"}}})) {}

    // The one of so many brokers, connected, and with no faults.
    [[nodiscard]] static mock_world& of(int brokers) {
        static std::array<std::unique_ptr<mock_world>, 3> all;
        std::unique_ptr<mock_world>& w = all[static_cast<std::size_t>(brokers) - 1];
        // Clients remember each topic that they have met.
        if (w != nullptr && (w->spoilt_ || ++w->served_ == 400 || !w->connected(stentor::milliseconds(150)))) {
            end(std::move(w));
        }
        while (w == nullptr || !w->connected(std::chrono::seconds(1))) {
            end(std::exchange(w, std::make_unique<mock_world>(brokers)));
        }
        return *w;
    }

    [[nodiscard]] stentor::mock_cluster& cluster() { return cluster_; }
    [[nodiscard]] const std::shared_ptr<stentor::kafka_client>& client() const { return client_; }
    // A topic that only this input does something to has a name of its own.
    [[nodiscard]] std::string topic(std::string_view name) const { return std::string(name).append(std::to_string(names_)); }

    void breaks_topics() { names_used_ = true; }
    void breaks_requests(int api_key) { api_keys_.insert(api_key); }
    // There is no way back.
    void spoil() { spoilt_ = true; }

    // Answers that are delayed once, by milliseconds, stay so: the next who asks gets them.
    void mend() {
        cluster_.up();
        cluster_.round_trip_time(stentor::milliseconds(0));
        for (const int key : api_keys_) {
            ::rd_kafka_mock_clear_request_errors(cluster_.native(), static_cast<std::int16_t>(key));
        }
        api_keys_.clear();
        names_ += names_used_ ? 1U : 0U;
        names_used_ = false;
    }

    static constexpr stentor::nanoseconds attempt_timeout = stentor::milliseconds(60);

private:
    // librdkafka takes a second for that now and then: nobody waits for it.
    static void end(std::unique_ptr<mock_world> gone) {
        static std::deque<std::jthread> all;
        if (gone != nullptr) {
            all.emplace_back([old = std::move(gone)]() mutable { old.reset(); });
        }
        if (all.size() > 64) {
            all.pop_front();
        }
    }

    [[nodiscard]] bool connected(stentor::nanoseconds within) const {
        const auto until = std::chrono::steady_clock::now() + within;
        while (!client_->up()) {
            if (std::chrono::steady_clock::now() > until) {
                return false;
            }
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        return true;
    }

    stentor::mock_cluster cluster_;
    std::shared_ptr<stentor::kafka_client> client_;
    std::set<int> api_keys_{};
    std::size_t served_ = 0;
    std::size_t names_ = 0;
    bool names_used_ = false;
    bool spoilt_ = false;
};

}  // namespace fuzz
