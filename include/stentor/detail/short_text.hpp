#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stentor/version.hpp>

// A text with a fixed bound and no allocation, for causes that are noted inside noexcept code. What does not fit is cut off behind
// a whole word, or at least a whole UTF-8 character, and an ellipsis says so.

namespace stentor::inline v0::detail {

template <std::size_t Capacity>
class short_text {
public:
    [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), size_}; }
    void clear() noexcept {
        size_ = 0;
        full_ = false;
    }

    short_text& append(std::string_view text) noexcept {
        // Once something was cut off, a later and shorter text would make no sense behind it.
        if (full_ || text.empty()) {
            return *this;
        }
        const std::size_t n = text.size() <= Capacity - size_ ? text.size() : Capacity - size_;
        std::memcpy(bytes_.data() + size_, text.data(), n);
        size_ += n;
        if (n < text.size()) {
            full_ = true;
            cut();
        }
        return *this;
    }

    short_text& append(std::uint64_t number) noexcept {
        std::array<char, 20> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return append(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

private:
    static constexpr std::string_view ellipsis = "\u2026";
    static constexpr std::size_t longest_word = 40;  // a longer one is split: the whole text could be one
    static_assert(Capacity > ellipsis.size());

    void cut() noexcept {
        std::size_t end = Capacity - ellipsis.size();
        while (end > 0 && (static_cast<unsigned char>(bytes_[end]) & 0xC0U) == 0x80U) {
            --end;
        }
        std::size_t word = end;
        while (word > 0 && end - word < longest_word && bytes_[word] != ' ') {
            --word;
        }
        if (word > 0 && bytes_[word] == ' ') {
            end = word;
        }
        std::memcpy(bytes_.data() + end, ellipsis.data(), ellipsis.size());
        size_ = end + ellipsis.size();
    }

    std::array<char, Capacity> bytes_{};
    std::size_t size_ = 0;
    bool full_ = false;
};

}  // namespace stentor::inline v0::detail
