#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include <stentor/version.hpp>

// A text with a fixed bound and no allocation, for causes that are noted inside noexcept code. What does not fit is cut off, at a
// whole UTF-8 character.

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
        std::size_t n = text.size();
        if (n > Capacity - size_) {
            full_ = true;
            n = Capacity - size_;
            while (n > 0 && (static_cast<unsigned char>(text[n]) & 0xC0U) == 0x80U) {
                --n;
            }
        }
        std::memcpy(bytes_.data() + size_, text.data(), n);
        size_ += n;
        return *this;
    }

    short_text& append(std::uint64_t number) noexcept {
        std::array<char, 20> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        return append(std::string_view{digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

private:
    std::array<char, Capacity> bytes_{};
    std::size_t size_ = 0;
    bool full_ = false;
};

}  // namespace stentor::inline v0::detail
