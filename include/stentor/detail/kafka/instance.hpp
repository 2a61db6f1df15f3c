#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/brokers.hpp>
#include <stentor/detail/kafka/conf.hpp>
#include <stentor/detail/kafka/connect/security.hpp>
#include <stentor/detail/kafka/scrub.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/kafka/versions.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// One rd_kafka_t and its event queue. Made by whoever makes the client, destroyed by the event thread, never inside a callback.
class instance {
public:
    instance() noexcept = default;
    instance(const instance&) = delete;
    instance& operator=(const instance&) = delete;
    ~instance() { destroy(); }

    // Throws publish_failure with errc::invalid_config.
    void create(const kafka_config& config, broker_states& brokers, int wake) {
        conf_builder b = make_conf(config);
        brokers.watch(b.get());
        ::rd_kafka_conf_set_ssl_cert_verify_cb(b.get(), &certificate_checked);
        // Only its log says when the producer has got its id. These lines come with what happens to that id, not with records.
        const std::string debug = setting(b.get(), "debug");
        b.set("debug", debug.empty() ? "eos" : debug + ",eos");
        std::array<char, 512> why{};
        rd_kafka_conf_t* const conf = b.take().release();
        client_ = ::rd_kafka_new(RD_KAFKA_PRODUCER, conf, why.data(), why.size());
        if (client_ == nullptr) {
            dispose(conf);
            refuse({{"librdkafka", scrubbed(why.data(), config)}});
        }
        ::rd_kafka_set_log_queue(client_, nullptr);
        queue_ = ::rd_kafka_queue_get_main(client_);
        const std::uint64_t one = 1;
        ::rd_kafka_queue_io_event_enable(queue_, wake, &one, sizeof one);
    }

    // Nothing may be outstanding: its reports would be lost.
    void destroy() noexcept {
        if (queue_ != nullptr) {
            ::rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
            ::rd_kafka_queue_destroy(std::exchange(queue_, nullptr));
        }
        if (client_ != nullptr) {
            ::rd_kafka_destroy(std::exchange(client_, nullptr));
        }
    }

    [[nodiscard]] rd_kafka_t* client() const noexcept { return client_; }
    [[nodiscard]] rd_kafka_event_t* next_event() const noexcept {
        return queue_ != nullptr ? ::rd_kafka_queue_poll(queue_, 0) : nullptr;
    }
    void purge(int what) const noexcept {
        if (client_ != nullptr) {
            ::rd_kafka_purge(client_, what | RD_KAFKA_PURGE_F_NON_BLOCKING);
        }
    }

private:
    // What can't be destroyed stays, a few kilobytes, where a leak checker finds them.
    static void dispose(rd_kafka_conf_t* conf) {
        if (versions::destroys_refused_conf()) {
            ::rd_kafka_conf_destroy(conf);
            return;
        }
        static auto* const refused = new std::vector<rd_kafka_conf_t*>;
        static auto* const lock = new mutex;
        const guard g(*lock);
        refused->push_back(conf);
    }

    rd_kafka_t* client_ = nullptr;
    rd_kafka_queue_t* queue_ = nullptr;
};

}  // namespace stentor::inline v0::detail::kafka
