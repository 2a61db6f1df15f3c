#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <librdkafka/rdkafka.h>

#include <stentor/detail/kafka/sync.hpp>
#include <stentor/detail/kafka/topic_rule.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// One topic, as far as this client knows it.
struct topic_entry {
    enum class state : std::uint8_t {
        fresh,    // nobody has asked yet, or the answer is stale
        looking,  // the helper thread asks
        known,    // records may be handed over
        refused,  // missing or denied, until `recheck_at`
    };

    topic_entry(const char* identity, std::string_view text) : id(identity), name(text) {}

    const char* id;  // the interned name's address: equal addresses are equal topics
    std::string name;
    std::atomic<state> now{state::fresh};
    std::atomic<rd_kafka_topic_t*> handle{nullptr};
    std::atomic<std::int32_t> refusal{0};
    std::atomic<std::int32_t> delay{0};        // what the broker last answered to a look-up that goes on; 0: nothing
    std::atomic<std::int32_t> not_created{0};  // why the broker would not make it; 0: it was not asked, or has made it
    std::atomic<std::int64_t> recheck_at{0};
    // the helper thread's own
    bool led = false;  // its leaders have once answered
    int partitions = 0;
};

// Why a record waits for a look-up. Static, as `fault::name` must be.
[[nodiscard]] constexpr const char* looking_text(std::int32_t delay) noexcept {
    switch (delay) {
        case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE: return "the topic is being looked up: LEADER_NOT_AVAILABLE";
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return "the topic is being created: UNKNOWN_TOPIC_OR_PART";
        default: return "the topic is being looked up";
    }
}

// All topics of one client, found by the address of their interned name. Readers take no lock; entries live as long as this.
class topic_table {
public:
    topic_table() { grow(); }
    topic_table(const topic_table&) = delete;
    topic_table& operator=(const topic_table&) = delete;

    [[nodiscard]] topic_entry* find(const char* id) const noexcept {
        const table& t = *current_.load(std::memory_order_acquire);
        for (std::size_t i = spread(id);; ++i) {
            topic_entry* const e = t.cells[i & t.mask].load(std::memory_order_acquire);
            if (e == nullptr || e->id == id) {
                return e;
            }
        }
    }

    [[nodiscard]] topic_entry& find_or_add(std::string_view name) {
        const guard g(lock_);
        if (topic_entry* const e = find(name.data())) {
            return *e;
        }
        if ((entries_.size() + 1) * 2 > current_.load(std::memory_order_relaxed)->mask) {
            grow();  // first, so that nothing has happened when there is no memory for it
        }
        entries_.push_back(std::make_unique<topic_entry>(name.data(), name));
        place(*current_.load(std::memory_order_relaxed), *entries_.back());
        return *entries_.back();
    }

    template <class Action>
    void each(Action&& action) {
        const guard g(lock_);
        for (const auto& e : entries_) {
            action(*e);
        }
    }

private:
    struct table {
        explicit table(std::size_t size) : mask(size - 1), cells(std::make_unique<std::atomic<topic_entry*>[]>(size)) {}
        std::size_t mask;
        std::unique_ptr<std::atomic<topic_entry*>[]> cells;
    };

    [[nodiscard]] static std::size_t spread(const char* id) noexcept {
        return static_cast<std::size_t>((reinterpret_cast<std::uintptr_t>(id) * 0x9e3779b97f4a7c15ULL) >> 32U);
    }
    static void place(table& t, topic_entry& e) noexcept {
        std::size_t i = spread(e.id);
        while (t.cells[i & t.mask].load(std::memory_order_relaxed) != nullptr) {
            ++i;
        }
        t.cells[i & t.mask].store(&e, std::memory_order_release);
    }
    void grow() {
        // Readers may still be in the older tables: they stay. Sizes double, so all of them together are as large as the newest.
        tables_.push_back(std::make_unique<table>(tables_.empty() ? 64 : (tables_.back()->mask + 1) * 2));
        for (const auto& e : entries_) {
            place(*tables_.back(), *e);
        }
        current_.store(tables_.back().get(), std::memory_order_release);
    }

    mutex lock_;
    std::vector<std::unique_ptr<topic_entry>> entries_;
    std::vector<std::unique_ptr<table>> tables_;
    std::atomic<table*> current_{nullptr};
};

}  // namespace stentor::inline v0::detail::kafka
