#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <stentor/record.hpp>
#include <stentor/version.hpp>

namespace stentor::inline v0::detail::kafka {

// What the header sets that a thread sends look like: names, sizes, and which of them are literals. A recycled list notes the
// number of its shape. To see whether a list fits, a publish then reads its own hot memory, and not the list's, which the threads
// that sent it have had in their caches: that cost 60 ns.
class header_shape {
public:
    static constexpr std::size_t most_variable = 8;

    // These headers are of the shape with that number, which is not 0, and this thread knows it.
    [[nodiscard]] static bool is(std::uint64_t number, header_view headers) noexcept {
        // Mostly it is the shape that was looked for last.
        if (known_[last_found_].number_ != number) {
            last_found_ = static_cast<std::size_t>(&place_for(headers) - known_.data());
        }
        const header_shape& shape = known_[last_found_];
        return shape.number_ == number && shape.fits(headers);
    }

    // Where this thread would remember the shape of these headers, if it knows it.
    [[nodiscard]] static header_shape& place_for(header_view headers) noexcept {
        std::uintptr_t mix = headers.size();
        for (const header& h : headers) {
            if (h.fixed) {
                mix += reinterpret_cast<std::uintptr_t>(h.value.data());
            }
        }
        return known_[(mix ^ mix >> 4U ^ mix >> 8U) % known_.size()];
    }

    // Equal numbers: equal shapes. 0: none.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

    [[nodiscard]] bool fits(header_view headers) const noexcept {
        if (headers.size() != count_) {
            return false;
        }
        for (std::size_t i = 0; i < count_; ++i) {
            if (!same(items_[i], headers[i])) {
                return false;
            }
        }
        return true;
    }

    // The number of this shape, or 0 when it is too large to be remembered.
    [[nodiscard]] std::uint64_t learn(header_view headers) noexcept {
        if (number_ != 0 && fits(headers)) {
            return number_;
        }
        std::size_t variable = 0;
        for (const header& h : headers) {
            variable += h.fixed ? 0U : 1U;
            if (!h.fixed && h.name.size() > most_name) {
                return 0;
            }
        }
        if (headers.size() > most || variable > most_variable) {
            return 0;
        }
        count_ = headers.size();
        for (std::size_t i = 0; i < count_; ++i) {
            const header& h = headers[i];
            item& mine = items_[i];
            mine.fixed_name = h.fixed ? h.name.data() : nullptr;
            mine.value = h.fixed ? h.value.data() : nullptr;
            mine.name_size = h.name.size();
            mine.value_size = h.value.size();
            mine.fixed = h.fixed;
            mine.null = h.value.data() == nullptr;
            if (!h.fixed && !h.name.empty()) {
                std::memcpy(mine.name.data(), h.name.data(), h.name.size());
            }
        }
        return number_ = last_.fetch_add(1, std::memory_order_relaxed) + 1;
    }

private:
    static constexpr std::size_t most = 12;
    static constexpr std::size_t most_name = 24;

    struct item {
        const char* fixed_name;
        const char* value;  // of a literal
        std::size_t name_size;
        std::size_t value_size;
        std::array<char, most_name> name;
        bool fixed;
        bool null;
    };

    [[nodiscard]] static bool same(const item& mine, const header& h) noexcept {
        if (mine.fixed != h.fixed || mine.name_size != h.name.size() || mine.value_size != h.value.size()) {
            return false;
        }
        if (h.fixed) {
            return mine.fixed_name == h.name.data() && mine.value == h.value.data();
        }
        return mine.null == (h.value.data() == nullptr) && equal(mine.name.data(), h.name.data(), mine.name_size);
    }
    [[nodiscard]] static bool equal(const char* a, const char* b, std::size_t n) noexcept {
        if (n >= 8 && n <= 16) {  // nearly every name; two overlapping words are quicker than a call
            const auto differ = [a, b](std::size_t at) {
                std::array<std::uint64_t, 2> word{};
                std::memcpy(&word[0], a + at, 8);
                std::memcpy(&word[1], b + at, 8);
                return word[0] ^ word[1];
            };
            return (differ(0) | differ(n - 8)) == 0;
        }
        return n == 0 || std::memcmp(a, b, n) == 0;
    }

    std::uint64_t number_ = 0;
    std::size_t count_ = 0;
    std::array<item, most> items_{};

    inline static constinit std::atomic<std::uint64_t> last_{0};
    // A handful, for threads that send messages of several types in turn.
    static thread_local std::array<header_shape, 4> known_;
    inline static constinit thread_local std::size_t last_found_ = 0;
};

inline constinit thread_local std::array<header_shape, 4> header_shape::known_{};

}  // namespace stentor::inline v0::detail::kafka
