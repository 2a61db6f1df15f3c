#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <string_view>

#include <stentor/detail/spin_lock.hpp>
#include <stentor/detail/text_hash.hpp>
#include <stentor/version.hpp>

// Topic names, interned for the life of the process: a receipt's topic stays valid whatever dies, and a pointer is a name's
// identity, so that lanes, queues and transports compare and cache by pointer. Never freed on purpose: names are few, and late
// reports need them.

namespace stentor::inline v0::detail {

struct topic_name {
    std::string_view text;
    std::uint32_t hash = 0;
    std::uint32_t id = 0;  // dense, from 0: for arrays indexed by topic
    topic_name* next = nullptr;
};

class topic_names {
public:
    // Lock-free for a known name. Throws std::bad_alloc for a new one.
    [[nodiscard]] static const topic_name& intern(std::string_view text) {
        const std::uint32_t h = text_hash(text);
        std::atomic<topic_name*>& bucket = buckets_[h % bucket_count];
        if (const topic_name* known = find(bucket.load(std::memory_order_acquire), text, h)) {
            return *known;
        }
        return add(bucket, text, h);
    }

private:
    static constexpr std::size_t bucket_count = 1024;

    [[nodiscard]] static const topic_name* find(const topic_name* t, std::string_view text, std::uint32_t h) noexcept {
        while (t != nullptr && (t->hash != h || t->text != text)) {
            t = t->next;
        }
        return t;
    }

    [[nodiscard]] static const topic_name& add(std::atomic<topic_name*>& bucket, std::string_view text, std::uint32_t h) {
        // One block for both, so that there is all of it or nothing.
        void* const block = ::operator new(sizeof(topic_name) + text.size() + 1);
        auto* const bytes = static_cast<char*>(block) + sizeof(topic_name);
        if (!text.empty()) {
            std::memcpy(bytes, text.data(), text.size());
        }
        bytes[text.size()] = '\0';  // C libraries get `text.data()` as it is
        auto* const fresh = ::new (block) topic_name{{bytes, text.size()}, h, 0, nullptr};
        const spin_guard guard(lock_);
        topic_name* first = bucket.load(std::memory_order_relaxed);
        if (const topic_name* known = find(first, text, h)) {
            ::operator delete(block);
            return *known;
        }
        fresh->id = count_++;
        fresh->next = first;
        bucket.store(fresh, std::memory_order_release);
        return *fresh;
    }

    inline static std::atomic<topic_name*> buckets_[bucket_count]{};
    inline static spin_lock lock_{};
    inline static std::uint32_t count_ = 0;
};

}  // namespace stentor::inline v0::detail
