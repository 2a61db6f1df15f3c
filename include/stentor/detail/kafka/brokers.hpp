#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/bell.hpp>
#include <stentor/detail/kafka/gate.hpp>
#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/text_hash.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// Which brokers are up, from librdkafka's own state machine (its interceptor), on librdkafka's threads. Its _ALL_BROKERS_DOWN event
// is no substitute: it comes with one disconnect of one broker, and nothing says when one is back.
class broker_states {
public:
    broker_states(gate& g, bell& b) : gate_(g), bell_(b) { known_.reserve(64); }

    [[nodiscard]] bool up() const noexcept { return up_.load(std::memory_order_acquire); }
    // How many, by address: a bootstrap connection and the broker's own are one for the moment in which there are both.
    [[nodiscard]] std::size_t count_up() const noexcept { return count_up_.load(std::memory_order_acquire); }
    [[nodiscard]] bool ever_up() const noexcept { return rises() != 0; }
    // One is up of which the cluster itself has told: metadata have come.
    [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_acquire); }
    [[nodiscard]] bool ever_ready() const noexcept { return ever_ready_.load(std::memory_order_acquire); }
    // How often it went from none up to one up.
    [[nodiscard]] std::uint32_t rises() const noexcept { return rises_.load(std::memory_order_acquire); }
    // And back.
    [[nodiscard]] std::uint32_t falls() const noexcept { return falls_.load(std::memory_order_acquire); }

    // The last one to go was a bootstrap connection: from 2.13 on librdkafka hangs up as soon as it has learned the broker's id,
    // and connects again under that.
    [[nodiscard]] bool may_be_a_swap() const noexcept { return swap_.load(std::memory_order_acquire); }

    struct broker {
        std::int32_t id;
        std::string address;  // host:port; empty if there was no memory for it
        bool up;
        std::string state;    // librdkafka's name of it
        std::uint64_t where;  // the address as a number, which takes no memory
    };
    [[nodiscard]] std::vector<broker> all() {
        const guard g(lock_);
        return known_;
    }

    // The client is gone, and its brokers with it.
    void forget() {
        const guard g(lock_);
        known_.clear();
        publish(false);
    }

    // Adds the interceptor to every client made from that configuration.
    void watch(rd_kafka_conf_t* conf) { ::rd_kafka_conf_interceptor_add_on_new(conf, "stentor", &on_new, this); }

private:
    static rd_kafka_resp_err_t on_new(rd_kafka_t* rk, const rd_kafka_conf_t*, void* self, char*, std::size_t) {
        return ::rd_kafka_interceptor_add_on_broker_state_change(rk, "stentor", &on_change, self);
    }

    static rd_kafka_resp_err_t on_change(rd_kafka_t*, std::int32_t id, const char*, const char* name, int port, const char* state,
                                         void* self) {
        // librdkafka's internal pseudo broker is always up.
        if (name != nullptr && *name != '\0' && port > 0) {
            try {
                static_cast<broker_states*>(self)->changed(id, name, port, state);
            } catch (const std::bad_alloc&) {
                return RD_KAFKA_RESP_ERR_NO_ERROR;  // the words are one state behind, until the next
            }
        }
        return RD_KAFKA_RESP_ERR_NO_ERROR;
    }

    void changed(std::int32_t id, const char* name, int port, std::string_view state) {
        const std::uint64_t where = place_of(name, port);
        const bool updated = state == "UPDATE";
        const bool is_up = state == "UP" || updated || state == "REAUTH";
        const guard g(lock_);
        if (updated) {
            // The bootstrap broker has learned its real id: the same connection goes on under that.
            std::erase_if(known_, [&](const broker& b) { return b.id == -1 && b.where == where; });
        }
        auto found = std::find_if(known_.begin(), known_.end(), [&](const broker& b) { return b.id == id && b.where == where; });
        if (found == known_.end()) {
            known_.push_back({id, {}, false, {}, where});
            found = known_.end() - 1;
        }
        found->up = is_up;
        publish(id == -1);
        // Last: that a broker is up is said once, and must not be missed for want of memory for its name.
        if (found->address.empty()) {
            found->address = std::string(name).append(":").append(std::to_string(port));
        }
        found->state = state;
    }
    [[nodiscard]] static std::uint64_t place_of(std::string_view host, int port) noexcept {
        return std::uint64_t{text_hash(host)} << 16U | static_cast<std::uint16_t>(port);
    }

    void publish(bool bootstrap) noexcept {
        const bool ready = std::any_of(known_.begin(), known_.end(), [](const broker& b) { return b.up && b.id >= 0; });
        if (ready != ready_.load(std::memory_order_relaxed)) {
            ready_.store(ready, std::memory_order_release);
            if (ready) {
                ever_ready_.store(true, std::memory_order_release);
            }
            bell_.ring(bell::brokers_changed);
        }
        std::size_t count = 0;
        for (auto one = known_.begin(); one != known_.end(); ++one) {
            const auto same = [&](const broker& b) { return b.up && b.where == one->where; };
            count += one->up && std::none_of(known_.begin(), one, same) ? 1U : 0U;
        }
        count_up_.store(count, std::memory_order_release);
        const bool now = count != 0;
        if (now == up_.load(std::memory_order_relaxed)) {
            return;
        }
        up_.store(now, std::memory_order_release);
        if (now) {
            rises_.fetch_add(1, std::memory_order_acq_rel);
            gate_.open(gate::down | gate::never_up);
        } else {
            swap_.store(bootstrap, std::memory_order_release);
            falls_.fetch_add(1, std::memory_order_acq_rel);
            gate_.shut(gate::down);
        }
        bell_.ring(bell::brokers_changed);
    }

    gate& gate_;
    bell& bell_;
    mutex lock_;
    std::vector<broker> known_;
    std::atomic<bool> up_{false};
    std::atomic<std::size_t> count_up_{0};
    std::atomic<bool> ready_{false};
    std::atomic<bool> ever_ready_{false};
    std::atomic<bool> swap_{false};
    std::atomic<std::uint32_t> rises_{0};
    std::atomic<std::uint32_t> falls_{0};
};

}  // namespace stentor::inline v0::detail::kafka
