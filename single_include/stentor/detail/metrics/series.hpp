// Made by single_include/generate.py from include/stentor/detail/metrics/series.hpp: change that file. License: see stentor/stentor.hpp.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stentor/stentor.hpp>

// Tables that only grow: looking up takes no lock, adding does. Nothing moves, and nothing goes before the table.

namespace stentor::inline v0::detail::metrics {

// What stands for all values of a label beyond as many as there may be.
inline constexpr std::string_view others = "_other";

using label_values = std::span<const std::string_view>;

[[nodiscard]] inline std::uint32_t hash_of(label_values values) noexcept {
    std::uint32_t h = 0;
    for (const std::string_view v : values) {
        h = h * 31 + text_hash(v);
    }
    return h;
}

// Things with a name of one or more parts.
template <class Thing>
class name_table {
public:
    struct node {
        template <class... Arguments>
        node(std::uint32_t h, label_values values, Arguments&&... arguments)
            : hash(h), names(values.begin(), values.end()), thing(std::forward<Arguments>(arguments)...) {}
        const std::uint32_t hash;
        const std::vector<std::string> names;
        Thing thing;
        node* next = nullptr;
    };

    name_table() noexcept = default;
    name_table(const name_table&) = delete;
    name_table& operator=(const name_table&) = delete;
    ~name_table() {
        for (std::atomic<node*>& b : buckets_) {
            for (node* n = b.load(std::memory_order_relaxed); n != nullptr;) {
                delete std::exchange(n, n->next);
            }
        }
    }

    [[nodiscard]] Thing* find(label_values values) const noexcept { return find(values, hash_of(values)); }
    [[nodiscard]] Thing* find(label_values values, std::uint32_t h) const noexcept {
        for (node* n = buckets_[h % bucket_count].load(std::memory_order_acquire); n != nullptr; n = n->next) {
            if (n->hash == h && same(n->names, values)) {
                return &n->thing;
            }
        }
        return nullptr;
    }

    // The thing of that name, which may have come meanwhile; null when there may be no more. Throws std::bad_alloc.
    template <class... Arguments>
    [[nodiscard]] Thing* add(label_values values, std::size_t limit, Arguments&&... arguments) {
        const std::uint32_t h = hash_of(values);
        auto fresh = std::make_unique<node>(h, values, std::forward<Arguments>(arguments)...);
        const spin_guard guard(lock_);
        if (Thing* const known = find(values, h)) {
            return known;
        }
        if (count_.load(std::memory_order_relaxed) >= limit) {
            return nullptr;
        }
        std::atomic<node*>& bucket = buckets_[h % bucket_count];
        fresh->next = bucket.load(std::memory_order_relaxed);
        node* const added = fresh.release();
        bucket.store(added, std::memory_order_release);
        count_.fetch_add(1, std::memory_order_relaxed);
        return &added->thing;
    }
    [[nodiscard]] bool full(std::size_t limit) const noexcept { return count_.load(std::memory_order_relaxed) >= limit; }

    // Those that were there when it began, and perhaps some that come meanwhile.
    template <class Function>
    void each(Function&& f) const {
        for (const std::atomic<node*>& b : buckets_) {
            for (node* n = b.load(std::memory_order_acquire); n != nullptr; n = n->next) {
                f(n->names, n->thing);
            }
        }
    }

private:
    static constexpr std::size_t bucket_count = 64;

    [[nodiscard]] static bool same(const std::vector<std::string>& names, label_values values) noexcept {
        for (std::size_t i = 0; i < names.size(); ++i) {
            if (names[i] != values[i]) {
                return false;
            }
        }
        return true;
    }

    std::array<std::atomic<node*>, bucket_count> buckets_{};
    std::atomic<std::size_t> count_{0};
    spin_lock lock_{};
};

// The values that one label has had: as many as there may be, and then no more.
class known_values {
public:
    // False: it goes with the others. Throws std::bad_alloc.
    [[nodiscard]] bool admit(std::string_view value, std::size_t limit) {
        const label_values one(&value, 1);
        return value == others || seen_.find(one) != nullptr || (!seen_.full(limit) && seen_.add(one, limit) != nullptr);
    }

private:
    struct nothing {};
    name_table<nothing> seen_{};
};

}  // namespace stentor::inline v0::detail::metrics
